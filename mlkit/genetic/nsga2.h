// Nsga2: several objectives at once (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002).
#pragma once

#include "mlkit/genetic/crossover.h"
#include "mlkit/genetic/mutation.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"

namespace tusk::ml {

struct Nsga2Settings {
  size_t population = 100;
  CrossoverSettings crossover{.probability = 0.95, .eta = 10};
  MutationSettings mutation{.eta = 50};
};

class Nsga2 final : public Optimizer {
 public:
  Nsga2(const Problem& problem, Nsga2Settings settings, uint64_t seed);

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  // The first front, by the first objective.
  std::vector<Solution> Best() const override;
  // The least crowded members of the first front.
  std::vector<Solution> Emigrants(size_t count) const override;
  void Immigrate(const std::vector<Solution>& arrivals) override;
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  // Keeps the best `count` by front and crowding, in that order; fills fronts_ and crowding_.
  void Keep(size_t count);

  Bounds bounds_;
  Nsga2Settings settings_;
  uint64_t seed_;
  Population population_;
  Progress progress_;
  std::vector<uint32_t> fronts_;
  std::vector<double> crowding_;
};

}  // namespace tusk::ml
