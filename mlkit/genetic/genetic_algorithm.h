// GeneticAlgorithm: generational, with elitism; real, binary and permutation encodings (Goldberg 1989; Deb 2001).
#pragma once

#include "mlkit/genetic/crossover.h"
#include "mlkit/genetic/mutation.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"
#include "mlkit/genetic/selection.h"

namespace tusk::ml {

struct GeneticSettings {
  size_t population = 100;
  size_t elite = 1;            // best members that survive as they are
  SelectionSettings selection;
  CrossoverSettings crossover;
  MutationSettings mutation;
};

// Operators that do not suit the problem's encoding are an error.
Status CheckSettings(const GeneticSettings& settings, const Problem& problem);

class GeneticAlgorithm final : public Optimizer {
 public:
  // `problem` outlives it. Settings have passed CheckSettings.
  GeneticAlgorithm(const Problem& problem, GeneticSettings settings, uint64_t seed);

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  std::vector<Solution> Best() const override { return {progress_.best}; }
  std::vector<Solution> Emigrants(size_t count) const override { return BestMembers(population_, count); }
  void Immigrate(const std::vector<Solution>& arrivals) override;
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  const Problem& problem_;
  GeneticSettings settings_;
  uint64_t seed_;
  Population population_;
  Progress progress_;
};

}  // namespace tusk::ml
