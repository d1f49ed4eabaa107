// Evolution: an optimizer, or islands of them, as an Algorithm. One island: all ranks know the population, each evaluates its
// share of the candidates, everybody learns all values. More islands: each lives on one rank for `migration_interval`
// generations, then migrants go along the topology. Both give the same result for any number of workers. Asynchronous islands
// (async_islands.h) evolve on while ranks exchange snapshots of them: a step is such an exchange, and what all ranks know are
// the snapshots; a lost worker's islands go back to theirs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/genetic/async_islands.h"
#include "mlkit/genetic/evolution_settings.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

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
  Evolution(EvolutionSettings settings, Parameters parameters, std::shared_ptr<const Problem> problem);
  Result<std::unique_ptr<Optimizer>> MakeIsland(size_t number) const;
  Status StepTogether(WorkerContext& context, uint64_t& evaluated);
  Status StepIslands(WorkerContext& context, uint64_t& evaluated);
  Status ShareIslands(WorkerContext& context, const std::vector<size_t>& mine, std::vector<uint64_t>& counts, Status own);
  static Status AgreeOn(WorkerContext& context, const Status& own);
  Status Migrate();
  Status Load(const Bundle& state);
  Status LoadAsynchronous(const Bundle& state);
  Status RunHere(WorkerContext& context);
  Status StepAsynchronously(WorkerContext& context, uint64_t& evaluated);
  Status TakeSnapshots(const std::vector<std::vector<uint8_t>>& of_ranks, std::vector<size_t>& changed);
  StepReport Report(uint64_t evaluated) const;

  EvolutionSettings settings_;
  Parameters parameters_;   // of the optimizers
  std::shared_ptr<const Problem> problem_;
  std::vector<std::unique_ptr<Optimizer>> islands_;
  uint64_t generation_ = 0;
  uint64_t evaluations_ = 0;
  // Of asynchronous islands: islands_ are their snapshots, with these counts.
  std::vector<uint64_t> island_generations_, island_evaluations_;
  std::unique_ptr<AsyncIslands> running_;   // last: it uses the rest
};

}  // namespace tusk::ml
