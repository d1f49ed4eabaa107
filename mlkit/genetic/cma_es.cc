// CMA-ES in coordinates scaled to [0, 1]. A candidate beyond a bound is reflected into it for the evaluation; the update uses the
// point that was sampled, so the distribution stays what it is.
#include "mlkit/genetic/cma_es.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace tusk::ml {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

struct CmaEs::State {
  size_t population = 0;
  size_t restarts_left = 0;
  uint64_t born = 0;                 // generation of the last restart
  Vector mean, path_sigma, path_c;
  Matrix covariance;
  double sigma = 0.3;
  std::vector<double> recent_best;   // of the last generations, for the test of collapse
  // Derived:
  std::vector<double> weights;
  double mu_effective = 0, c_sigma = 0, d_sigma = 0, c_c = 0, c_1 = 0, c_mu = 0, expected_norm = 0;
  Matrix basis;                      // eigenvectors
  Vector scales;                     // square roots of eigenvalues
  bool collapsed = false;
};

namespace {

// Back into [0, 1] by reflection.
double Reflect(double value) {
  value = std::fmod(std::fabs(value), 2.0);
  return value > 1 ? 2 - value : value;
}

}  // namespace

CmaEs::CmaEs(const Problem& problem, CmaSettings settings, uint64_t seed)
    : problem_(problem), settings_(settings), seed_(seed), state_(std::make_unique<State>()) {
  const auto n = static_cast<double>(problem_.dimensions());
  if (settings_.population == 0) settings_.population = 4 + static_cast<size_t>(3 * std::log(n));
  settings_.population = std::max<size_t>(settings_.population, 4);
  state_->restarts_left = settings_.restarts;
  Restart(settings_.population);
}
CmaEs::~CmaEs() = default;

void CmaEs::Restart(size_t population) {
  const auto n = static_cast<Eigen::Index>(problem_.dimensions());
  State& s = *state_;
  s.population = population;
  s.born = progress_.generation;
  Random random(seed_, progress_.generation | uint64_t{1} << 63);
  s.mean.resize(n);
  for (Eigen::Index d = 0; d < n; ++d) s.mean[d] = random.Uniform(0.2, 0.8);
  s.sigma = settings_.sigma;
  s.covariance = Matrix::Identity(n, n);
  s.path_sigma = s.path_c = Vector::Zero(n);
  s.recent_best.clear();
  s.collapsed = false;
  UpdateWeights();
  Decompose();
}

// Table 1 of the tutorial.
void CmaEs::UpdateWeights() {
  State& s = *state_;
  const auto n = static_cast<double>(problem_.dimensions()), lambda = static_cast<double>(s.population);
  const size_t mu = s.population / 2;
  s.weights.resize(s.population);
  double positive = 0, positive2 = 0, negative = 0, negative2 = 0;
  for (size_t i = 0; i < s.population; ++i) {
    const double w = std::log((lambda + 1) / 2) - std::log(static_cast<double>(i + 1));
    s.weights[i] = w;
    (i < mu ? positive : negative) += w;
    (i < mu ? positive2 : negative2) += w * w;
  }
  s.mu_effective = positive * positive / positive2;
  const double mu_negative = negative2 > 0 ? negative * negative / negative2 : 0;
  s.c_sigma = (s.mu_effective + 2) / (n + s.mu_effective + 5);
  s.d_sigma = 1 + 2 * std::max(0.0, std::sqrt((s.mu_effective - 1) / (n + 1)) - 1) + s.c_sigma;
  s.c_c = (4 + s.mu_effective / n) / (n + 4 + 2 * s.mu_effective / n);
  s.c_1 = 2 / ((n + 1.3) * (n + 1.3) + s.mu_effective);
  s.c_mu = std::min(1 - s.c_1, 2 * (0.25 + s.mu_effective + 1 / s.mu_effective - 2) / ((n + 2) * (n + 2) + s.mu_effective));
  s.expected_norm = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  const double alpha_negative = std::min({1 + s.c_1 / s.c_mu, 1 + 2 * mu_negative / (s.mu_effective + 2),
                                          (1 - s.c_1 - s.c_mu) / (n * s.c_mu)});
  for (size_t i = 0; i < s.population; ++i) {
    if (i < mu) {
      s.weights[i] /= positive;
    } else {
      s.weights[i] = negative < 0 ? s.weights[i] * alpha_negative / -negative : 0;
    }
  }
}

void CmaEs::Decompose() {
  State& s = *state_;
  s.covariance = (s.covariance + s.covariance.transpose()).eval() / 2;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(s.covariance);
  s.basis = solver.eigenvectors();
  s.scales = solver.eigenvalues().cwiseMax(1e-30).cwiseSqrt();
  if (solver.info() != Eigen::Success || s.scales.maxCoeff() > 1e7 * s.scales.minCoeff()) s.collapsed = true;
}

size_t CmaEs::Ask(std::vector<double>& x) {
  const State& s = *state_;
  const auto n = static_cast<Eigen::Index>(problem_.dimensions());
  Random random(seed_, progress_.generation);
  x.resize(s.population * static_cast<size_t>(n));
  Vector z(n);
  for (size_t i = 0; i < s.population; ++i) {
    for (Eigen::Index d = 0; d < n; ++d) z[d] = random.Normal() * s.scales[d];
    const Vector sample = s.mean + s.sigma * (s.basis * z);
    for (Eigen::Index d = 0; d < n; ++d) {
      const auto at = static_cast<size_t>(d);
      const double low = problem_.low(at), high = problem_.high(at);
      x[i * static_cast<size_t>(n) + at] = low + (high - low) * Reflect(sample[d]);
    }
  }
  return s.population;
}

void CmaEs::Tell(std::span<const double> x, std::span<const double> f) {
  State& s = *state_;
  const auto n = static_cast<Eigen::Index>(problem_.dimensions());
  progress_.Note(x, f, problem_.dimensions());
  std::vector<size_t> order(s.population);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return Finite(f[a]) < Finite(f[b]) || (Finite(f[a]) == Finite(f[b]) && a < b);
  });
  // The steps in units of sigma, sampled again from the same random numbers.
  Matrix steps(n, static_cast<Eigen::Index>(s.population));
  Random random(seed_, progress_.generation);
  Vector z(n);
  for (size_t i = 0; i < s.population; ++i) {
    for (Eigen::Index d = 0; d < n; ++d) z[d] = random.Normal() * s.scales[d];
    steps.col(static_cast<Eigen::Index>(i)) = s.basis * z;
  }
  const size_t mu = s.population / 2;
  Vector shift = Vector::Zero(n);
  for (size_t i = 0; i < mu; ++i) shift += s.weights[i] * steps.col(static_cast<Eigen::Index>(order[i]));
  s.mean += s.sigma * shift;
  const Vector whitened = s.basis * s.scales.cwiseInverse().asDiagonal() * s.basis.transpose() * shift;
  s.path_sigma = (1 - s.c_sigma) * s.path_sigma + std::sqrt(s.c_sigma * (2 - s.c_sigma) * s.mu_effective) * whitened;
  const auto age = static_cast<double>(progress_.generation - s.born + 1);
  const double norm = s.path_sigma.norm();
  const bool moving = norm / std::sqrt(1 - std::pow(1 - s.c_sigma, 2 * age)) <
                      (1.4 + 2 / (static_cast<double>(n) + 1)) * s.expected_norm;
  s.path_c = (1 - s.c_c) * s.path_c;
  if (moving) s.path_c += std::sqrt(s.c_c * (2 - s.c_c) * s.mu_effective) * shift;
  double weight_sum = 0;
  for (double w : s.weights) weight_sum += w;
  const double kept = 1 + (moving ? 0 : s.c_1 * s.c_c * (2 - s.c_c)) - s.c_1 - s.c_mu * weight_sum;
  s.covariance = kept * s.covariance + s.c_1 * s.path_c * s.path_c.transpose();
  for (size_t i = 0; i < s.population; ++i) {
    const Vector step = steps.col(static_cast<Eigen::Index>(order[i]));
    double w = s.weights[i];
    if (w < 0) {
      const Vector white = s.scales.cwiseInverse().asDiagonal() * (s.basis.transpose() * step);
      w *= static_cast<double>(n) / std::max(white.squaredNorm(), 1e-300);
    }
    s.covariance += s.c_mu * w * step * step.transpose();
  }
  s.sigma *= std::exp(std::min(1.0, s.c_sigma / s.d_sigma * (norm / s.expected_norm - 1)));
  ++progress_.generation;
  s.recent_best.push_back(Finite(f[order[0]]));
  const size_t window = 10 + static_cast<size_t>(30.0 * static_cast<double>(n) / static_cast<double>(s.population));
  if (s.recent_best.size() > window) s.recent_best.erase(s.recent_best.begin());
  Decompose();
  const auto [least, most] = std::minmax_element(s.recent_best.begin(), s.recent_best.end());
  if (s.recent_best.size() == window && *most - *least < 1e-12) s.collapsed = true;
  if (s.sigma * s.scales.maxCoeff() < 1e-12 || !std::isfinite(s.sigma)) s.collapsed = true;
  if (s.collapsed && s.restarts_left > 0) {
    --s.restarts_left;
    Restart(s.population * 2);
  }
}

bool CmaEs::converged() const { return state_->collapsed && state_->restarts_left == 0; }

std::vector<Solution> CmaEs::Emigrants(size_t count) const {
  if (count == 0 || progress_.best.f.empty()) return {};
  return {progress_.best};
}

void CmaEs::Immigrate(const std::vector<Solution>& arrivals) {
  for (const Solution& arrival : arrivals) {
    if (arrival.f.empty() || (!progress_.best.f.empty() && !(arrival.f[0] < progress_.best.f[0]))) continue;
    progress_.best = arrival;
    for (size_t d = 0; d < arrival.x.size(); ++d) {
      const double low = problem_.low(d), range = problem_.high(d) - low;
      double& mean = state_->mean[static_cast<Eigen::Index>(d)];
      mean += 0.5 * ((range > 0 ? (arrival.x[d] - low) / range : 0) - mean);
    }
  }
}

Bundle CmaEs::Save() const {
  const State& s = *state_;
  Bundle bundle;
  auto save = [&](const char* name, const Vector& v) {
    bundle.SetDoubles(name, {v.data(), static_cast<size_t>(v.size())});
  };
  save("mean", s.mean);
  save("path_sigma", s.path_sigma);
  save("path_c", s.path_c);
  bundle.SetDoubles("covariance", {s.covariance.data(), static_cast<size_t>(s.covariance.size())});
  bundle.SetDoubles("sigma", std::vector<double>{s.sigma});
  bundle.SetDoubles("recent_best", s.recent_best);
  bundle.SetLongs("counts", std::vector<int64_t>{static_cast<int64_t>(s.population), static_cast<int64_t>(s.restarts_left),
                                                 static_cast<int64_t>(s.born), s.collapsed ? 1 : 0,
                                                 static_cast<int64_t>(progress_.generation)});
  bundle.SetDoubles("best_x", progress_.best.x);
  bundle.SetDoubles("best_f", progress_.best.f);
  return bundle;
}

Status CmaEs::Load(const Bundle& bundle) {
  State s;
  const size_t n = problem_.dimensions();
  auto load = [&](const char* name, size_t size, double* to) -> Status {
    ASSIGN_OR_RETURN(const std::vector<double> values, bundle.Doubles(name));
    if (values.size() != size) return Status(Code::kCorruption, std::string(name) + " does not fit the problem");
    std::copy(values.begin(), values.end(), to);
    return Status::Ok();
  };
  const auto length = static_cast<Eigen::Index>(n);
  s.mean.resize(length);
  s.path_sigma.resize(length);
  s.path_c.resize(length);
  s.covariance.resize(length, length);
  RETURN_IF_ERROR(load("mean", n, s.mean.data()));
  RETURN_IF_ERROR(load("path_sigma", n, s.path_sigma.data()));
  RETURN_IF_ERROR(load("path_c", n, s.path_c.data()));
  RETURN_IF_ERROR(load("covariance", n * n, s.covariance.data()));
  RETURN_IF_ERROR(load("sigma", 1, &s.sigma));
  ASSIGN_OR_RETURN(s.recent_best, bundle.Doubles("recent_best"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> counts, bundle.Longs("counts"));
  if (counts.size() != 5 || counts[0] < 4 || counts[0] > 1 << 24) {
    return Status(Code::kCorruption, "the counts of the saved strategy are out of bounds");
  }
  s.population = static_cast<size_t>(counts[0]);
  s.restarts_left = static_cast<size_t>(counts[1]);
  s.born = static_cast<uint64_t>(counts[2]);
  const bool collapsed = counts[3] != 0;
  progress_.generation = static_cast<uint64_t>(counts[4]);
  ASSIGN_OR_RETURN(progress_.best.x, bundle.Doubles("best_x"));
  ASSIGN_OR_RETURN(progress_.best.f, bundle.Doubles("best_f"));
  *state_ = std::move(s);
  UpdateWeights();
  Decompose();
  state_->collapsed = collapsed;
  return Status::Ok();
}

}  // namespace tusk::ml
