// `tusk ml train|optimize --cluster`: the options as a job of mlkit/job.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/training_progress.h"

namespace tusk::tools {

// Plans the data here, trains there; the model is at options.output afterwards.
Status TrainOnCluster(CliContext& context, const MlOptions& options, MlFiles& files, TrainingProgress& progress,
                      const std::atomic<bool>& cancelled);

// The same for `tusk ml optimize`: a fitness program or library goes with the job, with the libraries that it needs.
Status OptimizeOnCluster(const MlOptions& options, MlFiles& files, TrainingProgress& progress,
                         const std::atomic<bool>& cancelled);

// Whether the words behind `tusk ml` are those of a container of a job; then RunMlContainer is all there is to do.
bool IsMlContainer(const std::vector<std::string>& args);
int RunMlContainer(const std::vector<std::string>& args);

}  // namespace tusk::tools
