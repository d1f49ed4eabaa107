// BlockStore: the replicas of a datanode on all its volumes. The map belongs to the loop's thread; files are touched
// on the disk pool. Operations on one block follow each other (a lock per block); a replica's writer is stopped
// before anybody else changes the replica.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "dfs/datanode/store/replica.h"
#include "dfs/datanode/store/replica_writer.h"
#include "dfs/datanode/store/volume.h"

namespace tusk::dfs::datanode {

struct StoreOptions {
  std::vector<StorageLocation> locations;
  uint64_t reserved_bytes = 0;       // dfs.datanode.du.reserved, per volume
  bool sync_on_close = false;        // dfs.datanode.synconclose
  bool prefer_available_space = false;  // AvailableSpaceVolumeChoosingPolicy instead of round robin
  std::string lock_text;             // content of in_use.lock
};

enum class BlockEvent : uint8_t { kReceiving = 1, kReceived = 2, kDeleted = 3 };  // as in incremental reports

// Called on the loop. The namenode actors implement it.
class StoreObserver {
 public:
  virtual ~StoreObserver() = default;
  virtual void OnBlock(const std::string& pool_id, const Block& block, const Volume& volume, BlockEvent event,
                       const std::string& delete_hint) = 0;
  virtual void OnVolumeFailed(const Volume& volume, const Status& why) = 0;
};

// What a new replica is to be written on.
struct Placement {
  StorageType type = StorageType::kDisk;
  std::string storage_uuid{};  // a wish; empty: any
  uint64_t bytes_expected = 128 << 20;
};

struct OpenReplica {
  ReplicaPtr replica;
  std::unique_ptr<ReplicaWriter> writer;
  std::shared_ptr<WriterHold> hold;  // the session sets hold->stop, and hold->ended when it has let go
};

// Two open files and what may be read of them.
struct ReplicaReader {
  std::unique_ptr<File> data;
  std::unique_ptr<File> meta;
  DataChecksum checksum;
  uint64_t generation_stamp = 0;
  uint64_t length = 0;          // bytes on disk with checksums
  uint64_t visible_length = 0;  // bytes that a client may ask for
  PartialChunk partial{};       // CRC of the last chunk where length is no chunk boundary
};

struct RecoveryInfo {
  Block block;
  ReplicaState state = ReplicaState::kFinalized;
};

struct VolumeFailures {
  std::vector<std::string> locations;
  int64_t last_wall_ms = 0;
  uint64_t capacity_lost = 0;
};

class BlockStore {
 public:
  // Opens what can be opened; an error only when no volume is left.
  static Task<Result<std::unique_ptr<BlockStore>>> Open(Env env, StoreOptions options);
  ~BlockStore();
  void set_observer(StoreObserver* observer) { observer_ = observer; }
  // Waits for deletions in progress.
  Task<void> Close();

  // From VERSION of any volume; empty on a fresh node.
  std::string datanode_uuid() const;
  std::string cluster_id() const;
  // Formats what is fresh and loads the pool's replicas. Again: nothing.
  Task<Status> AddPool(PoolIdentity pool, std::string datanode_uuid);
  Task<Status> RemovePool(std::string pool_id, bool force);
  bool HasPool(const std::string& pool_id) const { return pools_.contains(pool_id); }

  // ---- writing; each gives an open replica with its hold taken ----
  Task<Result<OpenReplica>> CreateRbw(ExtendedBlock block, Placement placement, DataChecksum checksum);
  Task<Result<OpenReplica>> CreateTemporary(ExtendedBlock block, Placement placement, DataChecksum checksum);
  Task<Result<OpenReplica>> Append(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length, DataChecksum checksum);
  Task<Result<OpenReplica>> RecoverAppend(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length,
                                          DataChecksum checksum);
  Task<Result<OpenReplica>> RecoverRbw(ExtendedBlock block, uint64_t new_stamp, uint64_t acked_min, uint64_t received_max,
                                       DataChecksum checksum);
  // CLOSE_RECOVERY: finalizes under the new stamp. Tells the observer.
  Task<Status> RecoverClose(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length);
  // Publishes what `open.writer` has written.
  void Wrote(const std::string& pool_id, OpenReplica& open);
  // Closes the files and moves them to finalized. Tells the observer kReceived.
  Task<Status> Finalize(std::string pool_id, OpenReplica& open, bool sync, std::string delete_hint = {});
  // TRANSFER_RBW's end: the copy becomes an RBW that its client's pipeline goes on with.
  Task<Status> ConvertToRbw(std::string pool_id, OpenReplica& open);
  // Closes the connections of all writers.
  void StopWriters();
  // Lets go of a replica whose writer gave up: an RBW stays, a temporary one is removed.
  Task<void> Abandon(std::string pool_id, OpenReplica& open);

  // ---- reading ----
  // kReplicaNotFound; a replica newer than asked is fine, an older one is not.
  Task<Result<ReplicaReader>> OpenForRead(ExtendedBlock block);
  ReplicaPtr Find(const std::string& pool_id, int64_t block_id) const;
  // What Find gave null for: kReplicaNotFound, or kIOError of one that a failed volume took along. Who takes that for "never had it" would
  // think the block empty.
  Status WhyMissing(const ExtendedBlock& block) const;
  // All replicas of a pool that lie on `volume`, temporary ones left out.
  std::vector<ReplicaPtr> ReplicasOn(const std::string& pool_id, const Volume& volume) const;

  // ---- namenode's orders ----
  // Drops the replicas from the map at once and their files in the background; tells the observer kDeleted.
  Status Invalidate(const std::string& pool_id, const std::vector<Block>& blocks);
  Task<Result<std::optional<RecoveryInfo>>> InitRecovery(ExtendedBlock block, uint64_t recovery_id);
  // Gives the storage uuid.
  Task<Result<std::string>> UpdateRecovered(ExtendedBlock old_block, uint64_t recovery_id, int64_t new_block_id,
                                            uint64_t new_length);

  // Moves a finalized replica to a volume of this datanode as `placement` wishes. kReplicaAlreadyExists if it lies there.
  Task<Status> MoveToStorage(ExtendedBlock block, Placement placement);

  // ---- volumes ----
  const std::vector<std::unique_ptr<Volume>>& volumes() const { return volumes_; }  // the failed ones too
  const VolumeFailures& failures() const { return failures_; }
  Task<void> RefreshSpace();
  // After a failed disk operation: probes the volume and drops it if it is broken.
  Task<void> CheckVolume(Volume& volume, Status why);
  Env& env() { return env_; }

 private:
  struct Pool {
    PoolIdentity identity;
    std::unordered_map<int64_t, ReplicaPtr> replicas;
    std::unordered_set<int64_t> lost_with_volumes;   // until the daemon ends: what was on volumes that failed
  };
  // Operations on one block in order of arrival.
  class BlockLocks {
   public:
    explicit BlockLocks(EventLoop& loop) : loop_(loop) {}
    struct Entry {
      explicit Entry(EventLoop& loop) : mutex(loop) {}
      AsyncMutex mutex;
      int users = 0;
    };
    class [[nodiscard]] Guard {
     public:
      Guard(BlockLocks* locks, int64_t id, AsyncMutex::Guard guard) : locks_(locks), id_(id), guard_(std::move(guard)) {}
      Guard(Guard&& other) noexcept
          : locks_(std::exchange(other.locks_, nullptr)), id_(other.id_), guard_(std::move(other.guard_)) {}
      Guard& operator=(Guard&&) = delete;
      ~Guard() {
        if (locks_ != nullptr) locks_->Release(id_, guard_);
      }

     private:
      BlockLocks* locks_;
      int64_t id_;
      std::optional<AsyncMutex::Guard> guard_;
    };
    Task<Guard> Lock(int64_t block_id);

   private:
    void Release(int64_t block_id, std::optional<AsyncMutex::Guard>& guard);
    EventLoop& loop_;
    std::unordered_map<int64_t, std::unique_ptr<Entry>> entries_;
  };

  BlockStore(Env env, StoreOptions options);
  Pool* FindPool(const std::string& pool_id);
  Result<Volume*> ChooseVolume(const Placement& placement);
  Task<Result<OpenReplica>> CreateReplica(ExtendedBlock block, Placement placement, DataChecksum checksum, ReplicaState state);
  // Locks the block with its writer stopped and gives the replica; kReplicaNotFound.
  struct Locked {
    BlockLocks::Guard guard;
    ReplicaPtr replica;
  };
  Task<Result<Locked>> LockQuiet(ExtendedBlock block);
  // RecoverAppend's and RecoverClose's conditions.
  Status CheckForRecovery(const ExtendedBlock& block, const Replica& replica, uint64_t new_stamp, uint64_t expected_length);
  // Moves a replica (its stamp too) and opens it behind its last byte. Under the lock.
  Task<Result<OpenReplica>> ReopenAsRbw(std::string pool_id, ReplicaPtr replica, uint64_t new_stamp, DataChecksum checksum);
  Task<Status> FinalizeDurably(const std::string& pool_id, Replica& replica, uint64_t new_stamp);
  Task<Status> MoveReplica(const std::string& pool_id, Replica& replica, ReplicaState to, uint64_t new_stamp, bool sync);
  Task<Status> CopyForTruncate(std::string pool_id, ReplicaPtr replica, Block target);
  // A failure is told and looked into; what is left over does not count any more.
  Task<void> RemoveFiles(std::string pool_id, ReplicaPtr replica);
  Task<void> DeleteFiles(std::string pool_id, ReplicaPtr replica);   // and gives its room back
  Task<void> WorkOffDeletions();
  Task<void> HandleFailure(Volume* volume, Status status);
  void TakeHold(OpenReplica& open);
  void ReleaseHold(OpenReplica& open);
  void SetUsed(const std::string& pool_id, Replica& replica, uint64_t bytes_before, uint64_t bytes_now);
  void Unreserve(Replica& replica);
  void DropVolume(Volume& volume, const Status& why);
  // Of a block found on two volumes (one failed, a copy came to the other, the first is back) the newer, longer replica counts; the
  // other goes into `superfluous`.
  static void TakeFound(Pool& pool, Volume& volume, const FoundReplica& found, std::vector<ReplicaPtr>& superfluous);
  Task<void> RemoveSuperfluous(std::string pool_id, std::vector<ReplicaPtr> superfluous);
  static uint64_t FileBytes(uint64_t length) { return length + kMetaHeaderBytes + (length + 511) / 512 * kChecksumBytes; }

  Env env_;
  StoreOptions options_;
  StoreObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<Volume>> volumes_;
  VolumeFailures failures_;
  std::map<std::string, Pool> pools_;
  AsyncMutex pool_changes_;  // two namenodes of one pool may register at once
  BlockLocks locks_;
  size_t next_volume_ = 0;
  std::deque<std::pair<std::string, ReplicaPtr>> deletions_;  // one worker takes them in turn
  bool deleting_ = false;
  TaskScope background_;
};

}  // namespace tusk::dfs::datanode
