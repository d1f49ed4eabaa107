// What the NamespaceDriver does beside answering: the marker, expired leases, the rest of deleted directories.
#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/editlog/edit_log_reader.h"
#include "dfs/namenode/namespace/directory_ops.h"
#include "dfs/namenode/namespace/lease_ops.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "namenode.editlog";
constexpr size_t kLeasesPerRound = 1000;

}  // namespace

Status NamespaceDriver::PurgeSegments(Txid marker) {
  // Segments below the marker stay while the answers that they hold may still be asked for.
  const int64_t oldest_ms = env_.clock.WallMillis() - namesystem_->answers_kept_ms();
  const auto purge = [&](const std::string& folder) -> Status {
    ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, ListSegments(env_.disk, folder));
    for (size_t i = 0; i + 1 < segments.size(); ++i) {
      if (segments[i + 1].first_txid > marker + 1) break;
      ASSIGN_OR_RETURN(FileStat stat, env_.disk.Stat(segments[i].path));
      if (stat.mtime_wall_ms > oldest_ms) break;
      RETURN_IF_ERROR(env_.disk.RemoveFile(segments[i].path));
    }
    return Status::Ok();
  };
  for (const std::string& folder : journals_->Folders()) {
    Status purged = purge(folder);
    if (!purged.ok()) RETURN_IF_ERROR(journals_->DropFailed(folder, purged));
  }
  return Status::Ok();
}

Task<Status> NamespaceDriver::Checkpoint() {
  const Txid target = namesystem_->last_txid();
  CO_RETURN_IF_ERROR(co_await WaitDurable(target));
  while (!failed() && stored_txid_ < target) {
    applied_.Reset();
    CO_RETURN_IF_ERROR(co_await applied_.Wait());
  }
  if (failed()) co_return failure_;
  RestoreSoon();
  if (marker_ >= target) co_return Status::Ok();
  Status advanced = co_await AdvanceMarker();
  if (!advanced.ok()) Fail(advanced);
  co_return advanced;
}

Txid NamespaceDriver::RollSegment() {
  RestoreSoon();
  roll_segment_ = true;
  return namesystem_->last_txid() + 1;
}

Task<Status> NamespaceDriver::AdvanceMarker() {
  AsyncMutex::Guard one = co_await marker_mutex_.Lock();
  Txid reached = stored_txid_;
  bytes_since_marker_ = 0;
  Status advanced = co_await env_.disk_pool.Run([this, reached]() -> Status {
    RETURN_IF_ERROR(store_->FlushTables());
    RETURN_IF_ERROR(WriteMarkers(reached));
    return PurgeSegments(reached);
  });
  NoteFaults();
  if (advanced.ok()) {
    marker_ = reached;
    LogInfo(kModule, "marker advanced to txid {}", reached);
  }
  co_return advanced;
}

Task<void> NamespaceDriver::MarkerLoop() {
  while (!chores_.cancelled()) {
    marker_due_.Reset();
    Status due = co_await marker_due_.Wait(env_.loop.In(options_.marker_interval), chores_.token());
    if (chores_.cancelled()) break;
    RestoreSoon();
    if (marker_ == stored_txid_) continue;
    Status advanced = co_await AdvanceMarker();
    if (!advanced.ok()) Fail(advanced);
  }
}

Task<void> NamespaceDriver::LeaseLoop() {
  while (true) {
    Status slept = co_await SleepFor(env_.loop, options_.housekeeping_interval, chores_.token());
    if (!slept.ok()) break;
    if (failed() || namesystem_->blocks().safe_mode().on()) continue;
    TimePoint now = env_.loop.Now();
    for (InodeId id : ExpiredLeases(*namesystem_, now, kLeasesPerRound)) {
      Result<InodeRef> file = namesystem_->tree().ById(id);
      if (!file.ok() || *file == nullptr) continue;
      Caller nobody;
      Call call{nobody, now, env_.clock.WallMillis()};
      Edit edit(namesystem_->counters());
      Result<bool> released = ReleaseLease(*namesystem_, call, *file, edit);
      LogInfo("namenode.lease", "lease of inode {} ({}) expired: {}", id, (*file)->client_name,
              released.ok() ? (*released ? "closed" : "recovery started") : released.status().ToString());
      CommitLater(std::move(edit), {"expireLease", {}, {}}, call);
    }
  }
}

Task<void> NamespaceDriver::DeleteLoop() {
  DeleteCursor cursor;
  while (true) {
    Status woken = co_await deletions_.Wait(kNever, chores_.token());
    if (!woken.ok()) break;
    deletions_.Reset();
    bool more = true;
    while (more && !failed() && !chores_.cancelled()) {
      if (namesystem_->blocks().safe_mode().resources_low()) {  // what room there is, is for what was begun
        [[maybe_unused]] Status slept = co_await SleepFor(env_.loop, options_.housekeeping_interval, chores_.token());
        continue;
      }
      Status room = co_await Room();
      if (!room.ok()) break;
      Caller nobody;
      Call call{nobody, env_.loop.Now(), env_.clock.WallMillis()};
      Edit edit(namesystem_->counters());
      Result<bool> deleted = DeleteSlice(*namesystem_, options_.delete_slice_inodes, cursor, edit);
      if (!deleted.ok()) {
        Fail(deleted.status());
        break;
      }
      more = *deleted;
      CommitLater(std::move(edit), {"deleteSlice", {}, {}}, call);
      co_await Yield(env_.loop);
    }
  }
}

}  // namespace tusk::dfs
