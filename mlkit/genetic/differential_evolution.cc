// A generation of differential evolution: one trial for each member, which it replaces where it is not worse.
#include "mlkit/genetic/differential_evolution.h"

#include <algorithm>

namespace tusk::ml {

DifferentialEvolution::DifferentialEvolution(const Problem& problem, DeSettings settings, uint64_t seed)
    : problem_(problem), settings_(settings), seed_(seed) {
  settings_.population = std::max<size_t>(settings_.population, 4);
  Random random(seed_, 0);
  population_ = RandomPopulation(problem_, settings_.population, random);
  weights_.assign(settings_.population, settings_.weight);
  rates_.assign(settings_.population, settings_.crossover);
}

// jDE: with chance 0.1 each, a member's trial takes a new F from [0.1, 1) or a new CR from [0, 1).
void DifferentialEvolution::ProposeRates() {
  trial_weights_ = weights_;
  trial_rates_ = rates_;
  if (!settings_.adaptive) return;
  Random random(seed_, progress_.generation | uint64_t{1} << 63);
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (random.Chance(0.1)) trial_weights_[i] = random.Uniform(0.1, 1.0);
    if (random.Chance(0.1)) trial_rates_[i] = random.Uniform();
  }
}

void DifferentialEvolution::MakeTrial(size_t member, Random& random, std::span<double> trial) const {
  const size_t size = population_.size();
  size_t r[3];
  for (int k = 0; k < 3; ++k) {
    do {
      r[k] = random.Below(size);
    } while (r[k] == member || (k > 0 && r[k] == r[0]) || (k > 1 && r[k] == r[1]));
  }
  const auto self = population_.point(member), a = population_.point(r[0]), b = population_.point(r[1]),
             c = population_.point(r[2]);
  const double weight = trial_weights_[member], rate = trial_rates_[member];
  const size_t sure = random.Below(trial.size());
  for (size_t d = 0; d < trial.size(); ++d) {
    trial[d] = self[d];
    if (d != sure && !random.Chance(rate)) continue;
    double value = 0;
    switch (settings_.strategy) {
      case DeStrategy::kRand1: value = a[d] + weight * (b[d] - c[d]); break;
      case DeStrategy::kBest1: value = progress_.best.x[d] + weight * (b[d] - c[d]); break;
      case DeStrategy::kCurrentToBest1:
        value = self[d] + weight * (progress_.best.x[d] - self[d]) + weight * (b[d] - c[d]);
        break;
    }
    const double low = problem_.low(d), high = problem_.high(d);
    // Beyond a bound: between the member and the bound.
    if (value < low) value = self[d] + random.Uniform() * (low - self[d]);
    if (value > high) value = self[d] + random.Uniform() * (high - self[d]);
    trial[d] = value;
  }
}

size_t DifferentialEvolution::Ask(std::vector<double>& x) {
  x = population_.x;
  if (!population_.evaluated()) return population_.size();
  ProposeRates();
  Random random(seed_, progress_.generation);
  for (size_t i = 0; i < population_.size(); ++i) {
    MakeTrial(i, random, {x.data() + i * population_.dimensions, population_.dimensions});
  }
  return population_.size();
}

void DifferentialEvolution::Tell(std::span<const double> x, std::span<const double> f) {
  progress_.Note(x, f, population_.dimensions);
  if (!population_.evaluated()) {
    population_.x.assign(x.begin(), x.end());
    for (double value : f) population_.f.push_back(Finite(value));
  } else {
    for (size_t i = 0; i < f.size(); ++i) {
      if (!(Finite(f[i]) <= population_.f[i])) continue;
      std::copy_n(x.begin() + static_cast<ptrdiff_t>(i * population_.dimensions), population_.dimensions,
                  population_.point(i).begin());
      population_.f[i] = Finite(f[i]);
      weights_[i] = trial_weights_[i];
      rates_[i] = trial_rates_[i];
    }
  }
  ++progress_.generation;
}

Bundle DifferentialEvolution::Save() const {
  Bundle bundle;
  SavePopulation(population_, progress_, bundle);
  bundle.SetDoubles("weights", weights_);
  bundle.SetDoubles("rates", rates_);
  return bundle;
}

Status DifferentialEvolution::Load(const Bundle& bundle) {
  RETURN_IF_ERROR(LoadPopulation(bundle, population_, progress_));
  ASSIGN_OR_RETURN(weights_, bundle.Doubles("weights"));
  ASSIGN_OR_RETURN(rates_, bundle.Doubles("rates"));
  if (weights_.size() != population_.size() || rates_.size() != population_.size()) {
    return Status(Code::kCorruption, "the saved weights do not fit the population");
  }
  return Status::Ok();
}

}  // namespace tusk::ml
