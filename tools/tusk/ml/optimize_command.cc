// `tusk ml optimize`.
#include <nlohmann/json.hpp>

#include "mlkit/genetic/optimization_result.h"
#include "tools/tusk/ml/checkpointed_run.h"
#include "tools/tusk/ml/cluster_run.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/optimization.h"

namespace tusk::tools {
namespace {

struct Optimization {
  CliContext& context;
  const MlOptions& options;
  MlFiles& files;
  CheckpointedRun run;

  Status RunLocally();
  Status RunOnCluster();
  void Report(const ml::OptimizationResult& result);
};

void Optimization::Report(const ml::OptimizationResult& result) {
  if (!options.json) {
    std::fputs(result.Describe().c_str(), context.out);
    return;
  }
  nlohmann::json best = nlohmann::json::array();
  for (const ml::Solution& solution : result.best()) best.push_back({{"x", solution.x}, {"f", solution.f}});
  const nlohmann::json json = {{"event", "result"},         {"function", options.fitness},
                               {"optimizer", options.algorithm}, {"evaluations", result.evaluations()},
                               {"seconds", run.progress().seconds()},  {"best", std::move(best)}};
  std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

Status Optimization::RunOnCluster() {
  RETURN_IF_ERROR(OptimizeOnCluster(options, files, run.progress(), Interrupted()));
  run.progress().Finish();
  ASSIGN_OR_RETURN(const ml::Bundle bundle, files.ReadBundle(options.output));
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> result, ml::OptimizationResult::Load(bundle));
  Report(static_cast<const ml::OptimizationResult&>(*result));
  return Status::Ok();
}

Status Optimization::RunLocally() {
  std::map<std::string, std::string> settings = options.parameters;
  settings[kFitnessParameter] = options.fitness;
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Evolution> evolution, MakeOptimization(options.algorithm, settings, options.seed));
  ml::Checkpoint checkpoint{.algorithm = options.algorithm, .parameters = std::move(settings), .seed = options.seed,
                            .schema = {}, .state = {}};
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> result, run.Run(*evolution, nullptr, std::move(checkpoint)));
  if (!options.output.empty()) RETURN_IF_ERROR(files.WriteAtomically(options.output, result->Save().Encode()));
  RETURN_IF_ERROR(run.Clean());
  Report(static_cast<const ml::OptimizationResult&>(*result));
  return Status::Ok();
}

}  // namespace

int RunMlOptimize(CliContext& context, MlOptions options) {
  if (!options.words.empty()) return MlUsage(context, "optimize: what is '" + options.words[0] + "'?");
  if (options.algorithm.empty()) return MlUsage(context, "optimize: the optimizer is missing (-a)");
  if (options.fitness.empty()) return MlUsage(context, "optimize: the function is missing (-f)");
  if (CheckpointFolderOf(options).empty() && (options.resume || options.checkpoint_every > 0)) {
    return MlUsage(context, "optimize: checkpoints need a folder (--checkpoint-dir) or a result (-o)");
  }
  if (options.cluster && options.output.empty()) return MlUsage(context, "optimize: a job needs a place for its result (-o)");
  CatchInterrupts();
  MlFiles files(context);
  Optimization optimization{
      .context = context, .options = options, .files = files,
      .run = CheckpointedRun(context, options, files, "evaluations", "the optimization")};
  return optimization.run.End(options.cluster ? optimization.RunOnCluster() : optimization.RunLocally());
}

}  // namespace tusk::tools
