// Questions about the namespace. They see what has been applied, durable or not, as Hadoop's do.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

// Null where nothing is there.
Result<InodeRef> GetFileInfo(const Namesystem& ns, const Call& call, const std::string& path);
// A file or directory that must exist: kFileNotFound "File does not exist: /p".
Result<InodeRef> GetExisting(const Namesystem& ns, const Call& call, const std::string& path, uint8_t access);

struct Listing {
  std::vector<InodeRef> entries;  // of a file: itself
  bool of_file = false;
  uint64_t remaining = 0;
};
// Nothing where nothing is there. With `count_locations` a page also ends after about a thousand block locations.
Result<std::optional<Listing>> GetListing(const Namesystem& ns, const Call& call, const std::string& path,
                                          const std::string& start_after, bool count_locations);

// Blocks of a file that overlap a range, and what a reader must know of its end.
struct FileBlocks {
  InodeRef file;
  struct Located {
    BlockSpec block;
    int64_t offset = 0;
  };
  std::vector<Located> blocks;
  std::optional<Located> last;
  int64_t file_length = 0;  // without a last block under construction
  bool last_complete = false;
};
// Access READ for others than getLocatedFileInfo; updates the access time in `edit` where it is old enough.
Result<FileBlocks> GetBlockLocations(const Namesystem& ns, const Call& call, const std::string& path, int64_t offset,
                                     int64_t length, Edit& edit);
FileBlocks BlocksOf(const Namesystem& ns, const InodeRef& file, int64_t offset, int64_t length);

struct SubtreeSummary {
  uint64_t length = 0;
  uint64_t files = 0;
  uint64_t directories = 0;
  uint64_t space_consumed = 0;
  std::array<int64_t, kStorageTypesEnd> type_consumed{};
  int64_t namespace_quota = kQuotaNone;
  int64_t space_quota = kQuotaNone;
  std::vector<StorageTypeQuota> type_quotas;
  bool of_file = false;
};
Result<SubtreeSummary> GetContentSummary(const Namesystem& ns, const Call& call, const std::string& path);
// The same numbers but `length`, without a walk where the directory has a quota; `files` counts directories, too.
Result<SubtreeSummary> GetQuotaUsage(const Namesystem& ns, const Call& call, const std::string& path);
Result<bool> IsFileClosed(const Namesystem& ns, const Call& call, const std::string& path);

}  // namespace tusk::dfs
