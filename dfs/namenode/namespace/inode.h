// Inode: one file, directory or symbolic link as the namespace stores it, and its record's bytes. An Inode that others
// can see is immutable (InodeRef); an operation changes a copy inside its Edit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "dfs/namenode/blocks/block_types.h"

namespace tusk::dfs {

using InodeId = int64_t;

inline constexpr InodeId kRootInodeId = 16385;         // Hadoop's; the ids below it are reserved
inline constexpr InodeId kDeletedParentId = 1;         // parent of the subtrees that wait for their deletion
inline constexpr int64_t kFirstBlockId = 1073741825;   // Hadoop's first one
inline constexpr int64_t kLastReservedStamp = 1000;    // the first stamp given out is 1001
inline constexpr int64_t kQuotaNone = -1;
inline constexpr int64_t kNamespaceQuotaMax = INT64_MAX;  // the root's, as Hadoop's

enum class InodeType : uint8_t { kDirectory = 1, kFile = 2, kSymlink = 3 };  // numbers of the wire and of the record

// A directory's quota on the space that one storage type's replicas take (dfs/namenode/namespace/storage_policies.h).
struct StorageTypeQuota {
  uint8_t type = 0;
  int64_t bytes = 0;
  bool operator==(const StorageTypeQuota&) const = default;
};

struct Inode {
  InodeId id = 0;
  InodeId parent = 0;
  std::string name;  // empty for the root

  InodeType type = InodeType::kDirectory;
  uint16_t mode = 0;  // permission bits and sticky: 01777
  uint8_t storage_policy = 0;
  std::string owner;
  std::string group;
  int64_t mtime_ms = 0;
  int64_t atime_ms = 0;

  // Directories.
  uint64_t child_count = 0;
  int64_t namespace_quota = kQuotaNone;
  int64_t space_quota = kQuotaNone;
  std::vector<StorageTypeQuota> type_quotas;

  // Files.
  uint16_t replication = 0;
  int64_t block_size = 0;
  std::vector<BlockSpec> blocks;
  bool last_block_complete = true;  // false: the last of `blocks` is under construction or committed only
  bool under_construction = false;
  bool truncating = false;     // the last block is being recovered to the length that it has here
  std::string client_name;     // lease holder while under construction
  std::string client_machine;

  std::string symlink_target;
  // As encoded by permission/acl.h and xattr_ops.h; empty while nothing sets them.
  std::string acl;
  std::string xattrs;

  bool is_directory() const { return type == InodeType::kDirectory; }
  bool is_file() const { return type == InodeType::kFile; }
  // Of all blocks; an under-construction last one counts with the length known (0 until fsync or commit).
  int64_t Length() const;

  // The record's value; id and type and everything but parent and name, which are the key.
  std::string Encode() const;
  static Result<Inode> Decode(InodeId parent, std::string_view name, std::string_view record);
};

using InodeRef = std::shared_ptr<const Inode>;

}  // namespace tusk::dfs
