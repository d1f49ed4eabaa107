// Populations: sampling, order, migration and saving.
#include "mlkit/genetic/population.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tusk::ml {

void Population::Set(size_t i, const Solution& solution) {
  std::copy(solution.x.begin(), solution.x.end(), x.begin() + static_cast<ptrdiff_t>(i * dimensions));
  std::copy(solution.f.begin(), solution.f.end(), f.begin() + static_cast<ptrdiff_t>(i * objectives));
}

double Finite(double value) { return std::isnan(value) ? std::numeric_limits<double>::infinity() : value; }

void Progress::Note(std::span<const double> x, std::span<const double> f, size_t dimensions) {
  for (size_t i = 0; i < f.size(); ++i) {
    const double value = Finite(f[i]);
    if (!best.f.empty() && !(value < best.f[0])) continue;
    best.x.assign(x.begin() + static_cast<ptrdiff_t>(i * dimensions),
                  x.begin() + static_cast<ptrdiff_t>((i + 1) * dimensions));
    best.f = {value};
  }
}

Population RandomPopulation(const Problem& problem, size_t size, Random& random) {
  Population population;
  population.dimensions = problem.dimensions();
  population.objectives = problem.objectives();
  population.x.resize(size * population.dimensions);
  for (size_t i = 0; i < size; ++i) {
    std::span<double> point = population.point(i);
    for (size_t d = 0; d < point.size(); ++d) {
      switch (problem.encoding()) {
        case Encoding::kReal: point[d] = random.Uniform(problem.low(d), problem.high(d)); break;
        case Encoding::kBinary: point[d] = static_cast<double>(random.Next32() & 1); break;
        case Encoding::kPermutation: {  // Fisher-Yates, inside out
          const size_t j = random.Below(d + 1);
          point[d] = point[j];
          point[j] = static_cast<double>(d);
          break;
        }
      }
    }
  }
  return population;
}

std::vector<size_t> ByFitness(const Population& population) {
  std::vector<size_t> order(population.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const double fa = population.values(a)[0], fb = population.values(b)[0];
    return fa < fb || (fa == fb && a < b);
  });
  return order;
}

std::vector<Solution> BestMembers(const Population& population, size_t count) {
  std::vector<Solution> best;
  if (!population.evaluated()) return best;
  const std::vector<size_t> order = ByFitness(population);
  for (size_t i = 0; i < std::min(count, order.size()); ++i) {
    const auto point = population.point(order[i]);
    const auto values = population.values(order[i]);
    best.push_back({{point.begin(), point.end()}, {values.begin(), values.end()}});
  }
  return best;
}

void KeepBest(Population& population, size_t count) {
  if (population.size() <= count) return;
  const std::vector<double>& f = population.f;
  std::vector<double> ordered = f;
  std::nth_element(ordered.begin(), ordered.begin() + static_cast<ptrdiff_t>(count), ordered.end());
  const double limit = ordered[count];
  const auto is_limit = [limit](double value) { return value == limit; };
  const auto better = std::count_if(f.begin(), f.end(), [limit](double value) { return value < limit; });
  // Of those at the limit the last ones stay.
  auto skipped = std::count_if(f.begin(), f.end(), is_limit) - (static_cast<ptrdiff_t>(count) - better);
  const size_t dimensions = population.dimensions, size = population.size();
  size_t kept = 0;
  for (size_t i = 0; i < size; ++i) {
    if (f[i] > limit || (is_limit(f[i]) && skipped-- > 0)) continue;
    if (kept != i) {
      std::copy_n(population.x.begin() + static_cast<ptrdiff_t>(i * dimensions), dimensions,
                  population.x.begin() + static_cast<ptrdiff_t>(kept * dimensions));
      population.f[kept] = population.f[i];
    }
    ++kept;
  }
  population.x.resize(kept * dimensions);
  population.f.resize(kept);
}

void TakeIn(Population& population, Progress& progress, const std::vector<Solution>& arrivals) {
  for (const Solution& arrival : arrivals) progress.Note(arrival.x, arrival.f, population.dimensions);
  if (!population.evaluated()) return;
  const std::vector<size_t> order = ByFitness(population);
  for (size_t i = 0; i < std::min(arrivals.size(), order.size()); ++i) {
    population.Set(order[order.size() - 1 - i], arrivals[i]);
  }
}

void SavePopulation(const Population& population, const Progress& progress, Bundle& bundle) {
  bundle.SetDoubles("x", population.x, {population.size(), population.dimensions});
  bundle.SetDoubles("f", population.f);
  bundle.SetDoubles("best_x", progress.best.x);
  bundle.SetDoubles("best_f", progress.best.f);
  bundle.SetLongs("generation", std::vector<int64_t>{static_cast<int64_t>(progress.generation)});
}

Status LoadPopulation(const Bundle& bundle, Population& population, Progress& progress) {
  ASSIGN_OR_RETURN(std::vector<double> x, bundle.Doubles("x"));
  ASSIGN_OR_RETURN(std::vector<double> f, bundle.Doubles("f"));
  ASSIGN_OR_RETURN(progress.best.x, bundle.Doubles("best_x"));
  ASSIGN_OR_RETURN(progress.best.f, bundle.Doubles("best_f"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> generation, bundle.Longs("generation"));
  const size_t dimensions = population.dimensions, objectives = population.objectives;
  if (dimensions == 0 || x.empty() || x.size() % dimensions != 0 ||
      (!f.empty() && f.size() != x.size() / dimensions * objectives) || generation.size() != 1 || generation[0] < 0 ||
      (!progress.best.x.empty() && progress.best.x.size() != dimensions)) {
    return Status(Code::kCorruption, "the saved population does not fit a problem of " + std::to_string(dimensions) +
                                         " dimensions and " + std::to_string(objectives) + " objectives");
  }
  population.x = std::move(x);
  population.f = std::move(f);
  progress.generation = static_cast<uint64_t>(generation[0]);
  return Status::Ok();
}

}  // namespace tusk::ml
