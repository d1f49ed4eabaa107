// CmaEs: covariance matrix adaptation with rank-one and rank-mu updates, active (negative) weights and cumulative
// step-size control (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772). Restarts with a doubled population
// (IPOP, Auger & Hansen 2005) when the distribution has collapsed.
#pragma once

#include <memory>

#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/population.h"

namespace tusk::ml {

struct CmaSettings {
  size_t population = 0;      // 0: 4 + 3 ln(dimensions)
  double sigma = 0.3;         // first step size as a share of the range
  size_t restarts = 9;        // with a doubled population each
};

class CmaEs final : public Optimizer {
 public:
  CmaEs(const Problem& problem, CmaSettings settings, uint64_t seed);
  ~CmaEs() override;

  size_t Ask(std::vector<double>& x) override;
  void Tell(std::span<const double> x, std::span<const double> f) override;
  bool converged() const override;
  std::vector<Solution> Best() const override { return {progress_.best}; }
  std::vector<Solution> Emigrants(size_t count) const override;
  // The best arrival pulls the mean when it is better than all that was seen.
  void Immigrate(const std::vector<Solution>& arrivals) override;
  Bundle Save() const override;
  Status Load(const Bundle& bundle) override;

 private:
  struct State;  // Eigen is kept out of this header
  void Restart(size_t population);
  void UpdateWeights();
  void Decompose();

  const Problem& problem_;
  CmaSettings settings_;
  uint64_t seed_;
  Progress progress_;
  std::unique_ptr<State> state_;
};

}  // namespace tusk::ml
