// Population: points and their values side by side, and what all methods do with them: sampling, best, saving, migration.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/api/random.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

struct Population {
  size_t dimensions = 0;
  size_t objectives = 1;
  std::vector<double> x;  // [size][dimensions]
  std::vector<double> f;  // [size][objectives]; empty before the first Tell

  size_t size() const { return dimensions == 0 ? 0 : x.size() / dimensions; }
  std::span<const double> point(size_t i) const { return {x.data() + i * dimensions, dimensions}; }
  std::span<double> point(size_t i) { return {x.data() + i * dimensions, dimensions}; }
  std::span<const double> values(size_t i) const { return {f.data() + i * objectives, objectives}; }
  bool evaluated() const { return !f.empty(); }
  void Set(size_t i, const Solution& solution);
};

// What every method keeps beside its population.
struct Progress {
  uint64_t generation = 0;
  Solution best;  // of a single objective; empty before the first Tell
  // Values as told, NaN made +infinity; keeps the best.
  void Note(std::span<const double> x, std::span<const double> f, size_t dimensions);
};

// `size` uniformly random points of the problem's encoding.
Population RandomPopulation(const Problem& problem, size_t size, Random& random);

// Numbers of the members by their first objective, best first; equal ones by number.
std::vector<size_t> ByFitness(const Population& population);
std::vector<Solution> BestMembers(const Population& population, size_t count);
// Only the best `count` members stay, in the order of their numbers; of equal ones the later (younger).
void KeepBest(Population& population, size_t count);
// The worst make room for arrivals, whose best may be the best so far.
void TakeIn(Population& population, Progress& progress, const std::vector<Solution>& arrivals);

double Finite(double value);  // NaN becomes +infinity

void SavePopulation(const Population& population, const Progress& progress, Bundle& bundle);
Status LoadPopulation(const Bundle& bundle, Population& population, Progress& progress);

}  // namespace tusk::ml
