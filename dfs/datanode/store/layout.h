// Hadoop's datanode layout -57 (hdfs-wire §5.1) as text: VERSION files, block file names, folders. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::dfs::datanode {

inline constexpr int32_t kLayoutVersion = -57;

// The numbers are StorageTypeProto's.
enum class StorageType : uint8_t { kDisk = 1, kSsd = 2, kArchive = 3, kRamDisk = 4, kProvided = 5, kNvdimm = 6 };
// "DISK"
std::string_view NameOf(StorageType type);

struct StorageLocation {
  std::string path;
  StorageType type = StorageType::kDisk;
  std::string ToString() const;  // "[DISK]file:/path", as in volume failure reports
};
// One entry of dfs.datanode.data.dir: "/p", "file:///p", "[SSD]file:///p".
Result<StorageLocation> ParseStorageLocation(std::string_view text);

// Java properties, as far as VERSION files use them.
using Properties = std::map<std::string, std::string>;
Properties ParseProperties(std::string_view text);
std::string FormatProperties(const Properties& properties, int64_t now_wall_ms);

// blk_<id>
std::string BlockFileName(int64_t block_id);
// blk_<id>_<stamp>.meta
std::string MetaFileName(int64_t block_id, uint64_t generation_stamp);
std::optional<int64_t> ParseBlockFileName(std::string_view name);
struct MetaName {
  int64_t block_id = 0;
  uint64_t generation_stamp = 0;
};
std::optional<MetaName> ParseMetaFileName(std::string_view name);
// "subdir3/subdir17"
std::string FinalizedSubdir(int64_t block_id);
// A block pool's name as a folder: no slash, not hidden.
bool IsValidPoolId(std::string_view pool_id);

}  // namespace tusk::dfs::datanode
