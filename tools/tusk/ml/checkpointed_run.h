// CheckpointedRun: what `train` and `optimize` share in this process: progress, checkpoints, going on from one, and what is said
// in the end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mlkit/api/checkpoint.h"
#include "mlkit/api/local_training.h"
#include "tools/tusk/ml/checkpoint_folder.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/training_progress.h"

namespace tusk::tools {

class CheckpointedRun {
 public:
  // Checkpoints go to the folder that the user names, or beside the output; without either none are written. `unit` is what
  // steps count ("rows"); `name` begins "… begins anew".
  CheckpointedRun(CliContext& context, const MlOptions& options, MlFiles& files, const std::string& unit, std::string name);

  TrainingProgress& progress() { return progress_; }

  // To its end, on `options.workers` ranks where `make` (a new object like `algorithm`) is given; `start` says what is trained, with no
  // steps made. With --resume from the newest checkpoint, which must fit it;
  // without, a folder that holds checkpoints is an error.
  Result<std::unique_ptr<ml::Model>> Run(ml::Algorithm& algorithm, const std::shared_ptr<const ml::Dataset>& dataset,
                                         ml::Checkpoint start, const std::function<Result<std::unique_ptr<ml::Algorithm>>()>& make = nullptr);
  // The result is written: checkpoints beside it are of no use any more. A folder that the user named is the user's.
  Status Clean();
  // The exit code; says what failed, and which checkpoint --resume goes on from.
  int End(const Status& status);

 private:
  Status CheckIsFresh();
  Status Resume(ml::Checkpoint& checkpoint);

  CliContext& context_;
  const MlOptions& options_;
  const std::string folder_, name_;
  TrainingProgress progress_;
  CheckpointFolder checkpoints_;
  std::string written_;  // the last checkpoint
};

}  // namespace tusk::tools
