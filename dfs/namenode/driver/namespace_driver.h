// NamespaceDriver: puts the Namesystem on disk and on time. Opens the folder (lock, replay), makes what operations
// commit durable by group commit, hands durable changes to LevelDB, advances the marker, and runs what time demands
// (expired leases, the rest of deleted directories, folders that come and go).
//
//   handler:  co_await driver.Room(); apply an operation to an Edit; co_return co_await driver.Commit(...)
//
// Operations are applied in order on the loop's thread. All records that are pending when the disk becomes free are
// written and synced as one frame; then all their callers are answered. Reads see what is applied and wait for
// nothing, as in Hadoop.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/metrics/metrics.h"
#include "dfs/namenode/driver/name_folders.h"
#include "dfs/namenode/editlog/edit_journals.h"
#include "dfs/namenode/editlog/edit_log_reader.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

struct DriverOptions {
  std::vector<NameFolder> folders;
  std::function<void()> on_low_room;  // on the loop: the edit log's disk is full, and what was set aside is being used
  size_t edits_folders_min = 1;  // dfs.namenode.edits.dir.minimum
  bool restore_failed = false;   // dfs.namenode.name.dir.restore
  NamesystemLimits limits;
  LeaseLimits leases;
  std::string process_user;
  std::string supergroup = "supergroup";
  std::string host_name;
  size_t overlay_bytes_max = 32 << 20;       // changes that LevelDB does not have yet; beyond it operations wait
  uint64_t segment_bytes_max = 64 << 20;     // of the edit log
  size_t preallocate_bytes = 1 << 20;
  uint64_t marker_bytes = 64 << 20;          // edits after which the marker is advanced
  Duration marker_interval = std::chrono::hours(1);
  Duration housekeeping_interval = std::chrono::seconds(2);
  size_t delete_slice_inodes = 500;
  RecordStoreOptions store;
};

class NamespaceDriver {
 public:
  // Blocks: locks the folders, opens LevelDB, replays, loads `blocks`. `on_fatal` is called once, on the loop, when the
  // edit log or the store cannot be written anywhere: nothing is acknowledged after that, and the process must end.
  static Result<std::unique_ptr<NamespaceDriver>> Open(Env env, DriverOptions options, BlockManager& blocks,
                                                       std::function<void(const Status&)> on_fatal);
  ~NamespaceDriver();
  NamespaceDriver(const NamespaceDriver&) = delete;

  // From the loop's thread.
  void Start();
  // Writes what is pending, advances the marker. No Commit may come after.
  Task<void> Stop();

  Namesystem& namesystem() { return *namesystem_; }
  const StorageVersion& version() const { return version_; }
  Txid durable_txid() const { return durable_txid_; }
  // A start replays from after it.
  Txid checkpoint_txid() const { return marker_; }
  // The first folder in use, and all with their states.
  const std::string& name_dir() const { return folders_->FirstActive(); }
  const NameFolders& folders() const { return *folders_; }
  uint64_t folders_dropped() const { return folders_dropped_; }
  // Whether a folder that failed is tried again at the next checkpoint or roll of the edit log.
  void SetRestoreFailed(bool on);
  bool restore_failed() const { return restore_failed_; }
  // The edit log has no room for more than what is on its way.
  bool low_on_room() const { return journals_->low_on_room(); }
  // Tries to make room, after low_on_room.
  Task<void> MakeRoom();
  bool failed() const { return !failure_.ok(); }
  // One write and sync of the edit log's next group; and how many records went so.
  const LatencyHistogram& sync_time() const { return sync_time_; }
  uint64_t synced_records() const { return synced_records_; }

  // Waits while too much is on its way to LevelDB. Before an operation is applied.
  Task<Status> Room();
  // Commits `edit`, and returns when it is durable.
  Task<Status> Commit(Edit edit, CommitNote note, Call call);
  // Commits without waiting; for access times.
  void CommitLater(Edit edit, CommitNote note, const Call& call);
  Task<Status> WaitDurable(Txid txid);
  // Waits until everything that was committed before is in tables that survive, and a start replays from after it.
  Task<Status> Checkpoint();
  // The next record begins a new file of the edit log; its txid.
  Txid RollSegment();
  // There is something for DeleteSlice.
  void DeletionsWait() { deletions_.Set(); }

 private:
  NamespaceDriver(Env env, DriverOptions options, std::function<void(const Status&)> on_fatal);
  Status OpenParts(BlockManager& blocks);
  Status OpenStores(const std::vector<SegmentFile>& segments);
  Status Replay(const std::vector<SegmentFile>& segments);
  Status DrainToStore();

  Task<void> WriteLoop();
  Task<void> ApplyLoop();
  Task<void> MarkerLoop();
  Task<void> LeaseLoop();
  Task<void> DeleteLoop();
  Task<void> UpkeepLoop();
  Task<Status> Restore(NameFolders::Entry& entry);
  Task<Status> Fill(NameFolders::Entry& entry);
  void RestoreSoon();
  void NoteFaults();
  void DropFolder(const std::string& path, const Status& why);
  Status WriteMarkers(Txid reached);
  Task<Status> AdvanceMarker();
  Status PurgeSegments(Txid marker);
  void Fail(const Status& status);
  void NoteSync(Duration took, const RecordGroup& group);
  void WakeWaiters();

  struct DurableAwaiter;
  struct Waiter {
    Txid txid;
    std::coroutine_handle<> handle;
  };

  Env env_;
  const DriverOptions options_;
  const std::function<void(const Status&)> on_fatal_;
  StorageVersion version_;
  std::unique_ptr<NameFolders> folders_;
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<Namesystem> namesystem_;
  std::unique_ptr<EditJournals> journals_;

  LatencyHistogram sync_time_;
  uint64_t synced_records_ = 0;
  Txid durable_txid_ = 0;  // in the edit log
  Txid stored_txid_ = 0;   // in LevelDB, though perhaps not in its table files
  Txid marker_ = 0;        // of the copy that is furthest behind
  uint64_t folders_dropped_ = 0;
  bool restore_failed_ = false;
  uint64_t bytes_since_marker_ = 0;
  uint64_t epoch_ = 0;
  bool stopping_ = false;
  Status failure_;
  std::vector<Waiter> waiters_;

  AsyncEvent pending_;    // records to write
  AsyncEvent durable_;    // records to hand to LevelDB
  AsyncEvent room_;       // the overlay has shrunk
  AsyncEvent deletions_;
  AsyncEvent marker_due_;
  AsyncEvent upkeep_due_;
  AsyncEvent applied_;       // more is in LevelDB
  AsyncMutex marker_mutex_;  // one advance at a time
  AsyncMutex journal_mutex_;  // one call at a time to journals_
  bool roll_segment_ = false;
  TaskScope writers_;     // WriteLoop, ApplyLoop
  TaskScope chores_;      // the others
};

}  // namespace tusk::dfs
