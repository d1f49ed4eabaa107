// GeneticAlgorithm: real, binary and permutation encodings (Goldberg 1989; Deb 2001). The next population is the best of old
// and new members (mu + lambda), or the children and an elite.
#pragma once

#include "mlkit/genetic/crossover.h"
#include "mlkit/genetic/mutation.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"
#include "mlkit/genetic/selection.h"

namespace tusk::ml {

struct GeneticSettings {
  size_t population = 100;
  bool plus = true;            // mu + lambda; else generational
  size_t elite = 1;            // generational: best members that survive as they are
  SelectionSettings selection;
  CrossoverSettings crossover;
  MutationSettings mutation;
};

// Operators that do not suit the problem's encoding are an error.
Status CheckSettings(const GeneticSettings& settings, const Problem& problem);

class GeneticAlgorithm final : public Optimizer {
 public:
  // Settings have passed CheckSettings.
  GeneticAlgorithm(const Problem& problem, GeneticSettings settings, uint64_t seed);

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  std::vector<Solution> Best() const override { return {progress_.best}; }
  std::vector<Solution> Emigrants(size_t count) const override { return BestMembers(population_, count); }
  void Immigrate(const std::vector<Solution>& arrivals) override { TakeIn(population_, progress_, arrivals); }
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  size_t children() const { return settings_.plus ? settings_.population : settings_.population - settings_.elite; }

  Bounds bounds_;
  GeneticSettings settings_;
  uint64_t seed_;
  Population population_;
  Progress progress_;
};

}  // namespace tusk::ml
