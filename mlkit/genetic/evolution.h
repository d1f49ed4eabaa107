// Evolution: an optimizer, or islands of them, as an Algorithm. One island: all ranks know the population, each evaluates its
// share of the candidates, everybody learns all values. More islands: each lives on one rank for `migration_interval`
// generations, then migrants go along the topology. Both give the same result for any number of workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// Who gets an island's emigrants: the next island; all others; or one drawn anew at each migration.
enum class Topology { kRing, kFull, kRandom };

struct EvolutionSettings {
  std::string optimizer = "ga";
  size_t islands = 1;
  Topology topology = Topology::kRing;
  size_t migration_interval = 20;    // generations
  size_t migrants = 2;               // of each island
  uint64_t generations = 500;        // of each island
  uint64_t evaluations = 0;          // 0: no limit
  double target = -1e300;            // stop at a best value <= target
  uint64_t seed = 1;
};

class Evolution final : public Algorithm {
 public:
  // `parameters` hold the optimizer's own settings; they are checked here as a whole.
  static Result<std::unique_ptr<Evolution>> Make(EvolutionSettings settings, Parameters parameters,
                                                 std::shared_ptr<const Problem> problem);
  // Settings of an optimization from named ones, "island-ga" meaning 4 islands of "ga": islands, topology, generations, …
  static Result<std::unique_ptr<Evolution>> Make(const std::string& name, Parameters parameters,
                                                 std::shared_ptr<const Problem> problem, uint64_t seed);

  Status Start(WorkerContext& context, const Bundle* state) override;
  Status ShardsChanged(WorkerContext& context) override;
  Result<StepReport> Step(WorkerContext& context) override;
  Bundle SaveState() const override;
  // An OptimizationResult.
  Result<std::unique_ptr<Model>> Finish() override;

  // The best point, or the front of several objectives, over all islands.
  std::vector<Solution> Best() const;
  uint64_t evaluations() const { return evaluations_; }

 private:
  Evolution(EvolutionSettings settings, std::shared_ptr<const Problem> problem);
  Status StepTogether(WorkerContext& context, uint64_t& evaluated);
  Status StepIslands(WorkerContext& context, uint64_t& evaluated);
  Status ShareIslands(WorkerContext& context, const std::vector<size_t>& mine, std::vector<uint64_t>& counts, Status own);
  static Status AgreeOn(WorkerContext& context, const Status& own);
  Status Migrate();
  StepReport Report(uint64_t evaluated) const;

  EvolutionSettings settings_;
  std::shared_ptr<const Problem> problem_;
  std::vector<std::unique_ptr<Optimizer>> islands_;
  uint64_t generation_ = 0;
  uint64_t evaluations_ = 0;
};

}  // namespace tusk::ml
