// ParticleSwarm: constricted particles (Clerc & Kennedy 2002) with the whole swarm or a ring as neighbourhood.
#pragma once

#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"

namespace tusk::ml {

struct PsoSettings {
  size_t population = 40;
  double inertia = 0.7298;
  double cognitive = 1.49618;   // pull to a particle's own best
  double social = 1.49618;      // pull to its neighbourhood's best
  bool ring = false;            // neighbours are the particles before and after; else all
  double max_speed = 0.5;       // share of the range a step
};

class ParticleSwarm final : public Optimizer {
 public:
  ParticleSwarm(const Problem& problem, PsoSettings settings, uint64_t seed);

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  std::vector<Solution> Best() const override { return {progress_.best}; }
  std::vector<Solution> Emigrants(size_t count) const override { return BestMembers(own_best_, count); }
  void Immigrate(const std::vector<Solution>& arrivals) override { TakeIn(own_best_, progress_, arrivals); }
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  size_t Leader(size_t particle) const;

  const Problem& problem_;
  PsoSettings settings_;
  uint64_t seed_;
  std::vector<double> position_, speed_;   // [population][dimensions]
  std::vector<double> next_position_, next_speed_;  // of the last Ask, until its Tell
  Population own_best_;                    // best point of each particle
  Progress progress_;
};

}  // namespace tusk::ml
