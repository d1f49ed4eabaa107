// The bridge to mlkit/job.
#include "tools/tusk/ml/cluster_run.h"

namespace tusk::tools {

Status TrainOnCluster(CliContext&, const MlOptions&, MlFiles&, TrainingProgress&, const std::atomic<bool>&) {
  return Status(Code::kUnsupported, "--cluster: jobs of containers are not part of this build yet; without it the training runs here");
}

bool IsMlContainer(const std::vector<std::string>&) { return false; }
int RunMlContainer(const std::vector<std::string>&) { return 1; }

}  // namespace tusk::tools
