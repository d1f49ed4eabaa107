// CheckpointFolder: checkpoints of one training as files with the step in their names; the newest few are kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlkit/api/checkpoint.h"
#include "tools/tusk/ml/ml_files.h"

namespace tusk::tools {

class CheckpointFolder {
 public:
  CheckpointFolder(MlFiles& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  // Its path. Older ones than the last three go.
  Result<std::string> Write(const ml::Checkpoint& checkpoint);
  struct Found {
    std::string path;
    ml::Checkpoint checkpoint;
    std::vector<std::string> damaged;  // newer ones that cannot be read, and why
  };
  // The newest that can be read; nothing where there is none.
  Result<std::optional<Found>> Newest();
  Result<bool> IsEmpty();
  // All of them, and the folder if nothing else is in it.
  Status Remove();

 private:
  // Ascending by step.
  Result<std::vector<std::string>> List();

  MlFiles& files_;
  std::string folder_;
};

}  // namespace tusk::tools
