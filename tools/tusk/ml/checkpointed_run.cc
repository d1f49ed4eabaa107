// A run in this process with its checkpoints.
#include "tools/tusk/ml/checkpointed_run.h"

#include "mlkit/training/local_workers.h"
#include "tools/tusk/ml/interrupt.h"

namespace tusk::tools {

CheckpointedRun::CheckpointedRun(CliContext& context, const MlOptions& options, MlFiles& files, const std::string& unit,
                                 std::string name)
    : context_(context),
      options_(options),
      folder_(CheckpointFolderOf(options)),
      name_(std::move(name)),
      progress_(context, options.json, options.quiet, unit),
      checkpoints_(files, folder_) {}

Status CheckpointedRun::CheckIsFresh() {
  ASSIGN_OR_RETURN(const bool fresh, checkpoints_.IsEmpty());
  if (fresh) return Status::Ok();
  return Status(Code::kInvalidArgument,
                folder_ + " holds checkpoints of an earlier run: resume it (--resume), or give another folder");
}

Status CheckpointedRun::Clean() { return options_.checkpoint_dir.empty() ? checkpoints_.Remove() : Status::Ok(); }

Status CheckpointedRun::Resume(ml::Checkpoint& checkpoint) {
  ASSIGN_OR_RETURN(std::optional<CheckpointFolder::Found> found, checkpoints_.Newest());
  if (!found.has_value()) {
    progress_.Note("note", "no checkpoint in " + folder_ + ": " + name_ + " begins anew");
    return Status::Ok();
  }
  for (const std::string& damaged : found->damaged) progress_.Note("note", "left out: " + damaged);
  const Status fits = found->checkpoint.Fits(checkpoint.algorithm, checkpoint.parameters, checkpoint.seed, checkpoint.schema,
                                             checkpoint.shards);
  if (!fits.ok()) return fits.WithContext(found->path);
  checkpoint = std::move(found->checkpoint);
  progress_.Note("resume", "going on from step " + std::to_string(checkpoint.steps) + " (" + found->path + ")");
  return Status::Ok();
}

Result<std::unique_ptr<ml::Model>> CheckpointedRun::Run(ml::Algorithm& algorithm,
                                                        const std::shared_ptr<const ml::Dataset>& dataset,
                                                        ml::Checkpoint start,
                                                        const std::function<Result<std::unique_ptr<ml::Algorithm>>()>& make) {
  if (options_.resume) RETURN_IF_ERROR(Resume(start));
  if (!options_.resume && !folder_.empty()) RETURN_IF_ERROR(CheckIsFresh());
  const ml::Bundle state = start.state;
  ml::LocalTrainingOptions local{.threads = ThreadsOf(options_), .seed = options_.seed, .steps_done = start.steps,
                                 .checkpoint_every = options_.checkpoint_every, .cancelled = &Interrupted()};
  if (start.steps > 0) local.state = &state;
  local.on_step = [this](uint64_t step, const ml::StepReport& report) {
    progress_.Step(step, report, 0, 0);
    return Status::Ok();
  };
  if (!folder_.empty()) {
    local.checkpoint = [&](uint64_t step, const ml::Bundle& now) -> Status {
      start.steps = step;
      start.state = now;
      ASSIGN_OR_RETURN(written_, checkpoints_.Write(start));
      return Status::Ok();
    };
  }
  const auto seconds = [this] { return std::chrono::duration<double>(context_.clock.Now().time_since_epoch()).count(); };
  Result<std::unique_ptr<ml::Model>> model = make && options_.workers > 1 ? ml::TrainOnThreads(make, dataset, options_.workers, local, seconds)
                                                                          : ml::TrainLocally(algorithm, dataset, local);
  progress_.Finish();
  return model;
}

int CheckpointedRun::End(const Status& status) {
  if (status.ok()) return 0;
  progress_.Finish();
  MlFail(context_, status);
  if (status.code() != Code::kCancelled || !Interrupted()) return 1;
  if (!written_.empty()) {
    std::fprintf(context_.err, "checkpoint: %s; the same command with --resume goes on from there\n", written_.c_str());
  }
  return kInterruptedExit;
}

}  // namespace tusk::tools
