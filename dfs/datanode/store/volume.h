// Volume: one data folder of a datanode. Its methods block (they run on the disk pool) except for the accounting at
// the end, which belongs to the loop's thread.
//
// What is durable: names of folders at once; a finalized replica's bytes and names when a client asked for it
// (hsync, syncBlock) or with dfs.datanode.synconclose; else when the kernel writes them, as with Hadoop's defaults.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/env/disk.h"
#include "base/env/random.h"
#include "base/metrics/metrics.h"
#include "dfs/common/checksum.h"
#include "dfs/datanode/store/layout.h"
#include "dfs/datanode/store/replica.h"

namespace tusk::dfs::datanode {

// What the namenode says of the namespace that a block pool serves.
struct PoolIdentity {
  std::string pool_id;
  std::string cluster_id;
  uint32_t namespace_id = 0;
  uint64_t ctime = 0;
};

// What was read from and written to a volume since the start; the loop's thread counts.
struct VolumeTraffic {
  uint64_t bytes_read = 0, bytes_written = 0;
  LatencyHistogram read, write, sync;  // of replicas' bytes, the first with the wait for the page cache
  uint64_t errors = 0;
};

struct FoundReplica {
  Block block;
  ReplicaState state = ReplicaState::kFinalized;
  uint64_t meta_bytes = 0;
};

class Volume {
 public:
  // Creates the folder if absent, locks it and reads its VERSION if it has one. `lock_text` is what in_use.lock says.
  static Result<std::unique_ptr<Volume>> Open(Disk& disk, StorageLocation location, uint64_t reserved_bytes,
                                              std::string_view lock_text);

  const StorageLocation& location() const { return location_; }
  // Empty until formatted.
  const std::string& storage_uuid() const { return storage_uuid_; }
  const std::string& datanode_uuid() const { return datanode_uuid_; }
  const std::string& cluster_id() const { return cluster_id_; }

  // Writes VERSION if there is none; refuses a folder of another cluster or datanode.
  Status Format(const std::string& cluster_id, const std::string& datanode_uuid, Random& random, int64_t now_wall_ms);
  // Creates the pool's folders or checks that they are this namespace's; wipes tmp.
  Status OpenPool(const PoolIdentity& pool, int64_t now_wall_ms);
  Status RemovePool(const std::string& pool_id);
  // Every replica of the pool. Those in rbw are cut to the bytes whose checksums are right.
  Result<std::vector<FoundReplica>> ScanPool(const std::string& pool_id);

  // The folder of a replica in `home`: finalized (with its subdirs), rbw or tmp.
  std::string FolderOf(const std::string& pool_id, ReplicaState home, int64_t block_id) const;
  std::string DataPath(const std::string& pool_id, ReplicaState home, int64_t block_id) const;
  std::string MetaPath(const std::string& pool_id, ReplicaState home, const Block& block) const;
  // Moves both files; the meta first. `sync`: the new names are durable when it returns, and the old ones are gone for good.
  Status Move(const std::string& pool_id, const Block& block, ReplicaState from, ReplicaState to, uint64_t new_stamp,
              bool sync);
  // The bytes of both files are durable when it returns.
  Status SyncBytes(const std::string& pool_id, const Block& block, ReplicaState home);
  Status Remove(const std::string& pool_id, const Block& block, ReplicaState home);
  // Cuts a replica to `length` and rewrites the CRC of its last chunk. Gives that CRC if the chunk is partial.
  Result<PartialChunk> Truncate(const std::string& pool_id, const Block& block, ReplicaState home, uint64_t length);
  // Whether the folder still works: EIO here condemns the volume.
  Status Probe();

  Disk& disk() { return disk_; }
  Result<DiskSpace> Space() { return disk_.Space(location_.path); }

  // ---- accounting; the loop's thread ----
  VolumeTraffic traffic{};
  bool failed = false;
  uint64_t reserved_bytes = 0;       // dfs.datanode.du.reserved
  uint64_t reserved_for_rbw = 0;     // what open replicas may still grow
  DiskSpace space{};                 // as of the last look
  std::unordered_map<std::string, uint64_t> used_by_pool{};  // bytes of block and meta files
  std::unordered_map<std::string, uint64_t> blocks_by_pool{};
  uint64_t used() const;
  uint64_t capacity() const;   // without the reserve
  uint64_t remaining() const;  // what new replicas may take

 private:
  Volume(Disk& disk, StorageLocation location, uint64_t reserved)
      : reserved_bytes(reserved), disk_(disk), location_(std::move(location)) {}
  std::string PoolFolder(const std::string& pool_id) const;
  Status ScanFinalized(const std::string& folder, std::vector<FoundReplica>* found);
  Result<bool> DropIfFinalized(const std::string& pool_id, int64_t block_id, const std::optional<std::string>& rbw_meta);
  Status ScanRbw(const std::string& pool_id, std::vector<FoundReplica>* found);
  Result<std::optional<std::string>> FindMeta(const std::string& folder, int64_t block_id);

  Disk& disk_;
  StorageLocation location_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<File> lock_file_;  // open as long as the lock: closing any descriptor of the file drops an fcntl lock
  std::string storage_uuid_;
  std::string datanode_uuid_;
  std::string cluster_id_;
};

// The length of the longest prefix of a block file whose chunks all match `meta`'s CRCs, and the CRC of its last
// chunk if partial.
struct ValidPrefix {
  uint64_t length = 0;
  PartialChunk partial{};
};
Result<ValidPrefix> FindValidPrefix(File& data, File& meta);

// The first `length_max` bytes of a file into a new one; durable where `sync`.
Status CopyBytes(Disk& disk, const std::string& from, const std::string& to, uint64_t length_max, bool sync);

}  // namespace tusk::dfs::datanode
