// ResourceSource: where localized files come from, as the localizer sees it. The real one is dfs/client
// (dfs_resource_source.h); tests have their own.
#pragma once

#include <cstdint>
#include <string>

#include "base/async/task.h"
#include "base/core/result.h"

namespace tusk::yarn {

struct SourceStat {
  uint64_t size = 0;
  int64_t mtime_wall_ms = 0;
  bool is_directory = false;
  // Readable by everybody, and so are the folders above it to pass through.
  bool is_public = false;
};

class ResourceSource {
 public:
  virtual ~ResourceSource() = default;
  // kFileNotFound where there is none. `check_public` also looks at the folders above.
  virtual Task<Result<SourceStat>> Stat(std::string uri, std::string user, bool check_public) = 0;
  // The file's bytes into a new local file. Returns their count.
  virtual Task<Result<uint64_t>> Copy(std::string uri, std::string user, std::string local_path) = 0;
};

}  // namespace tusk::yarn
