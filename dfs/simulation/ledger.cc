// Answers and paths.
#include "dfs/simulation/ledger.h"

namespace tusk::dfs::simulation {

bool LeavesDoubt(const Status& status) {
  switch (status.code()) {
    case Code::kFileNotFound:
    case Code::kFileAlreadyExists:
    case Code::kParentNotDirectory:
    case Code::kPathIsNotEmptyDirectory:
    case Code::kAccessControl:
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return false;
    default:
      return true;
  }
}

bool IsUnder(const std::string& path, const std::string& folder) {
  return path == folder || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace tusk::dfs::simulation
