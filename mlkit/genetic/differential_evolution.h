// DifferentialEvolution: rand/1/bin, best/1/bin and current-to-best/1/bin (Storn & Price 1997), with fixed F and CR or self-adapted
// ones (jDE, Brest et al. 2006).
#pragma once

#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"

namespace tusk::ml {

enum class DeStrategy { kRand1, kBest1, kCurrentToBest1 };

struct DeSettings {
  size_t population = 100;     // at least 4
  DeStrategy strategy = DeStrategy::kRand1;
  double weight = 0.5;         // F
  double crossover = 0.9;      // CR
  bool adaptive = true;        // jDE
};

class DifferentialEvolution final : public Optimizer {
 public:
  DifferentialEvolution(const Problem& problem, DeSettings settings, uint64_t seed);

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  std::vector<Solution> Best() const override { return {progress_.best}; }
  std::vector<Solution> Emigrants(size_t count) const override { return BestMembers(population_, count); }
  void Immigrate(const std::vector<Solution>& arrivals) override { TakeIn(population_, progress_, arrivals); }
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  void ProposeRates();
  void MakeTrial(size_t member, Random& random, std::span<double> trial) const;

  const Problem& problem_;
  DeSettings settings_;
  uint64_t seed_;
  Population population_;
  Progress progress_;
  std::vector<double> weights_, rates_;          // F and CR of every member
  std::vector<double> trial_weights_, trial_rates_;
};

}  // namespace tusk::ml
