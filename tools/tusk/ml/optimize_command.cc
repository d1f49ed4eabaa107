// `tusk ml optimize`.
#include <nlohmann/json.hpp>

#include "mlkit/api/local_training.h"
#include "mlkit/genetic/optimization_result.h"
#include "tools/tusk/ml/checkpoint_folder.h"
#include "tools/tusk/ml/cluster_run.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/optimization.h"
#include "tools/tusk/ml/training_progress.h"

namespace tusk::tools {
namespace {

struct Optimization {
  CliContext& context;
  MlOptions options;
  MlFiles& files;
  TrainingProgress progress;
  CheckpointFolder checkpoints;
  std::string written;  // the last checkpoint

  Status RunLocally();
  Status RunOnCluster();
  Status Resume(ml::Checkpoint& checkpoint);
  void Report(const ml::OptimizationResult& result) const;
};

Status Optimization::Resume(ml::Checkpoint& checkpoint) {
  ASSIGN_OR_RETURN(std::optional<CheckpointFolder::Found> found, checkpoints.Newest());
  if (!found.has_value()) {
    progress.Note("note", "no checkpoint in " + options.checkpoint_dir + ": the optimization begins anew");
    return Status::Ok();
  }
  for (const std::string& damaged : found->damaged) progress.Note("note", "left out: " + damaged);
  const Status fits = found->checkpoint.Fits(checkpoint.algorithm, checkpoint.parameters, options.seed, {}, 0);
  if (!fits.ok()) return fits.WithContext(found->path);
  checkpoint = std::move(found->checkpoint);
  progress.Note("resume", "going on from step " + std::to_string(checkpoint.steps) + " (" + found->path + ")");
  return Status::Ok();
}

void Optimization::Report(const ml::OptimizationResult& result) const {
  if (!options.json) {
    std::fputs(result.Describe().c_str(), context.out);
    return;
  }
  nlohmann::json best = nlohmann::json::array();
  for (const ml::Solution& solution : result.best()) best.push_back({{"x", solution.x}, {"f", solution.f}});
  const nlohmann::json json = {{"event", "result"},         {"function", options.fitness},
                               {"optimizer", options.algorithm}, {"evaluations", result.evaluations()},
                               {"seconds", progress.seconds()},  {"best", std::move(best)}};
  std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

Status Optimization::RunOnCluster() {
  RETURN_IF_ERROR(OptimizeOnCluster(options, files, progress, Interrupted()));
  progress.Finish();
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
  if (options.resume) RETURN_IF_ERROR(Resume(checkpoint));
  const ml::Bundle state = checkpoint.state;
  ml::LocalTrainingOptions local{.threads = ThreadsOf(options), .seed = options.seed, .steps_done = checkpoint.steps,
                                 .checkpoint_every = options.checkpoint_every, .cancelled = &Interrupted()};
  if (checkpoint.steps > 0) local.state = &state;
  local.on_step = [this](uint64_t step, const ml::StepReport& report) {
    progress.Step(step, report, 0, 0);
    return Status::Ok();
  };
  if (!options.checkpoint_dir.empty()) {
    local.checkpoint = [&](uint64_t step, const ml::Bundle& now) -> Status {
      checkpoint.steps = step;
      checkpoint.state = now;
      ASSIGN_OR_RETURN(written, checkpoints.Write(checkpoint));
      return Status::Ok();
    };
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> result, ml::TrainLocally(*evolution, nullptr, local));
  progress.Finish();
  if (!options.output.empty()) RETURN_IF_ERROR(files.WriteAtomically(options.output, result->Save().Encode()));
  Report(static_cast<const ml::OptimizationResult&>(*result));
  return Status::Ok();
}

}  // namespace

int RunMlOptimize(CliContext& context, MlOptions options) {
  if (!options.words.empty()) return MlUsage(context, "optimize: what is '" + options.words[0] + "'?");
  if (options.algorithm.empty()) return MlUsage(context, "optimize: the optimizer is missing (-a)");
  if (options.fitness.empty()) return MlUsage(context, "optimize: the function is missing (-f)");
  if (options.checkpoint_dir.empty() && !options.output.empty()) options.checkpoint_dir = options.output + ".checkpoints";
  if (options.checkpoint_dir.empty() && (options.resume || options.checkpoint_every > 0)) {
    return MlUsage(context, "optimize: checkpoints need a folder (--checkpoint-dir) or a result (-o)");
  }
  if (options.cluster && options.output.empty()) return MlUsage(context, "optimize: a job needs a place for its result (-o)");
  CatchInterrupts();
  MlFiles files(context);
  Optimization optimization{.context = context, .options = options, .files = files,
                            .progress = TrainingProgress(context, options.json, options.quiet, "evaluations"),
                            .checkpoints = CheckpointFolder(files, options.checkpoint_dir), .written = ""};
  const Status status = options.cluster ? optimization.RunOnCluster() : optimization.RunLocally();
  if (status.ok()) return 0;
  optimization.progress.Finish();
  MlFail(context, status);
  if (status.code() != Code::kCancelled || !Interrupted()) return 1;
  if (!optimization.written.empty()) {
    std::fprintf(context.err, "checkpoint: %s; the same command with --resume goes on from there\n", optimization.written.c_str());
  }
  return kInterruptedExit;
}

}  // namespace tusk::tools
