// Opening, group commit, and the way to LevelDB.
#include "dfs/namenode/driver/namespace_driver.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "dfs/namenode/editlog/segment_copies.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "namenode.editlog";
constexpr size_t kApplyBytes = 4 << 20;

}  // namespace

NamespaceDriver::NamespaceDriver(Env env, DriverOptions options, std::function<void(const Status&)> on_fatal)
    : env_(env),
      options_(std::move(options)),
      on_fatal_(std::move(on_fatal)),
      pending_(env.loop),
      durable_(env.loop),
      room_(env.loop),
      deletions_(env.loop),
      marker_due_(env.loop),
      upkeep_due_(env.loop),
      applied_(env.loop),
      marker_mutex_(env.loop),
      journal_mutex_(env.loop),
      writers_(env.loop),
      chores_(env.loop) {}

NamespaceDriver::~NamespaceDriver() = default;

Result<std::unique_ptr<NamespaceDriver>> NamespaceDriver::Open(Env env, DriverOptions options, BlockManager& blocks,
                                                               std::function<void(const Status&)> on_fatal) {
  std::unique_ptr<NamespaceDriver> driver(new NamespaceDriver(env, std::move(options), std::move(on_fatal)));
  RETURN_IF_ERROR(driver->OpenParts(blocks));
  return driver;
}

Status NamespaceDriver::OpenParts(BlockManager& blocks) {
  restore_failed_ = options_.restore_failed;
  ASSIGN_OR_RETURN(NameFolders folders, NameFolders::Open(env_, options_.folders));
  folders_ = std::make_unique<NameFolders>(std::move(folders));
  version_ = folders_->version();
  const auto namespace_id = static_cast<uint32_t>(version_.namespace_id);
  const std::vector<std::string> edits = folders_->EditsFolders();
  Txid newest = 0;
  for (const NameFolders::Entry& entry : folders_->entries()) newest = std::max(newest, entry.marker.value_or(0));
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, BestSegments(env_.disk, edits, namespace_id, newest + 1));
  RETURN_IF_ERROR(OpenStores(segments));
  if (marker_ < newest) {
    ASSIGN_OR_RETURN(segments, BestSegments(env_.disk, edits, namespace_id, marker_ + 1));
  }
  namesystem_ = std::make_unique<Namesystem>(
      *store_, blocks, options_.limits, options_.leases,
      NamesystemIdentity{version_.block_pool_id, options_.process_user, options_.supergroup, options_.host_name});
  RETURN_IF_ERROR(Replay(segments));
  RETURN_IF_ERROR(CompleteSegments(env_.disk, edits, segments, namespace_id, marker_ + 1));
  std::vector<JournalFolder> journals;
  for (const NameFolders::Entry& entry : folders_->entries()) {
    if (entry.folder.edits) journals.push_back({CurrentFolder(entry.folder.path), entry.folder.required});
  }
  journals_ = std::make_unique<EditJournals>(env_.disk, std::move(journals), options_.edits_folders_min,
                                             EditLogOptions{namespace_id, epoch_, options_.preallocate_bytes}, env_.random);
  RETURN_IF_ERROR(journals_->StartSegment(durable_txid_ + 1));
  TimePoint now = env_.loop.Now();
  int64_t now_ms = env_.clock.WallMillis();
  namesystem_->CommitStart(epoch_, now_ms);
  RETURN_IF_ERROR(namesystem_->Load(now, now_ms));
  // The first group at once, so that whoever sees this namenode sees a txid above any earlier one.
  RecordGroup group = namesystem_->TakePending();
  RETURN_IF_ERROR(journals_->Append(Frame{group.first_txid, group.count, group.payload}));
  durable_txid_ = group.last_txid();
  NoteFaults();
  return failure_;
}

Status NamespaceDriver::Replay(const std::vector<SegmentFile>& segments) {
  const Txid marker = marker_;
  namesystem_->BeginReplay(marker);
  stored_txid_ = marker;
  int64_t now_ms = env_.clock.WallMillis();
  uint64_t replayed = 0;
  auto visit = [&](EditRecord&& record) -> Status {
    if (record.txid > marker) ++replayed;
    namesystem_->Replay(std::move(record), now_ms);
    if (store_->overlay_bytes() < options_.overlay_bytes_max) return Status::Ok();
    return DrainToStore();
  };
  ASSIGN_OR_RETURN(ReplayOutcome outcome,
                   ReadEditLog(env_.disk, segments, static_cast<uint32_t>(version_.namespace_id), marker + 1, visit));
  RETURN_IF_ERROR(DrainToStore());
  durable_txid_ = outcome.last_txid;
  epoch_ = outcome.epoch_max + 1;
  if (outcome.torn_bytes > 0) {
    LogWarn(kModule, "left out {} bytes at the end of {}: a group that was being written when the namenode stopped; "
            "nobody was told that it succeeded", outcome.torn_bytes, outcome.torn_path);
  }
  LogInfo(kModule, "replayed {} edits up to txid {} from marker {}, epoch {}", replayed, durable_txid_, marker, epoch_);
  return Status::Ok();
}

Status NamespaceDriver::DrainToStore() {
  while (true) {
    auto batch = store_->TakeDurable(namesystem_->last_txid(), kApplyBytes);
    if (batch.empty()) return Status::Ok();
    RETURN_IF_ERROR(store_->Write(batch));
    stored_txid_ = batch.back()->txid;
    store_->Forget(batch);
  }
}

void NamespaceDriver::Start() {
  writers_.Spawn(WriteLoop());
  writers_.Spawn(ApplyLoop());
  chores_.Spawn(MarkerLoop());
  chores_.Spawn(LeaseLoop());
  chores_.Spawn(DeleteLoop());
  chores_.Spawn(UpkeepLoop());
  deletions_.Set();
}

Task<void> NamespaceDriver::Stop() {
  chores_.Cancel();
  co_await chores_.Join();
  stopping_ = true;
  pending_.Set();
  durable_.Set();
  co_await writers_.Join();
  if (!failed() && marker_ < stored_txid_) {
    Status advanced = co_await AdvanceMarker();
    if (!advanced.ok()) LogWarn(kModule, "the marker was not advanced at the stop: {}", advanced.ToString());
  }
  folders_->Unlock();
}

void NamespaceDriver::Fail(const Status& status) {
  if (failed()) return;
  failure_ = status;
  LogError(kModule, "the namenode cannot go on: {}. Nothing is acknowledged from here on.", status.ToString());
  pending_.Set();
  durable_.Set();
  room_.Set();
  applied_.Set();
  WakeWaiters();
  on_fatal_(failure_);
}

void NamespaceDriver::WakeWaiters() {
  std::vector<std::coroutine_handle<>> ready;
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    if (!failed() && waiter.txid > durable_txid_) return false;
    ready.push_back(waiter.handle);
    return true;
  });
  if (ready.empty()) return;
  env_.loop.Post([ready = std::move(ready)] {
    for (std::coroutine_handle<> handle : ready) handle.resume();
  });
}

struct NamespaceDriver::DurableAwaiter {
  NamespaceDriver& driver;
  Txid txid;
  bool await_ready() const { return driver.failed() || driver.durable_txid_ >= txid; }
  void await_suspend(std::coroutine_handle<> handle) { driver.waiters_.push_back({txid, handle}); }
  void await_resume() const {}
};

Task<Status> NamespaceDriver::WaitDurable(Txid txid) {
  co_await DurableAwaiter{*this, txid};
  if (durable_txid_ >= txid) co_return Status::Ok();
  co_return Status(Code::kIOError, "the namenode is stopping: its edit log cannot be written");
}

Task<Status> NamespaceDriver::Room() {
  while (!failed() && store_->overlay_bytes() > options_.overlay_bytes_max) {
    room_.Reset();
    CO_RETURN_IF_ERROR(co_await room_.Wait());
  }
  if (failed()) co_return Status(Code::kIOError, "the namenode is stopping: its edit log cannot be written");
  co_return Status::Ok();
}

Task<Status> NamespaceDriver::Commit(Edit edit, CommitNote note, Call call) {
  Txid txid = namesystem_->Commit(std::move(edit), std::move(note), call);
  if (txid == 0) co_return Status::Ok();
  pending_.Set();
  co_await DurableAwaiter{*this, txid};
  if (durable_txid_ >= txid) co_return Status::Ok();
  co_return Status(Code::kIOError, "the namenode is stopping: its edit log cannot be written");
}

void NamespaceDriver::CommitLater(Edit edit, CommitNote note, const Call& call) {
  if (namesystem_->Commit(std::move(edit), std::move(note), call) != 0) pending_.Set();
}

Task<void> NamespaceDriver::WriteLoop() {
  while (!failed()) {
    if (!namesystem_->HasPending()) {
      if (stopping_) break;
      pending_.Reset();
      [[maybe_unused]] Status woken = co_await pending_.Wait();
      continue;
    }
    RecordGroup group = namesystem_->TakePending();
    const bool roll = std::exchange(roll_segment_, false);
    const TimePoint began = env_.clock.Now();
    AsyncMutex::Guard one = co_await journal_mutex_.Lock();
    Status written = co_await env_.disk_pool.Run([this, &group, roll]() -> Status {
      if (roll || journals_->segment_bytes() > options_.segment_bytes_max) {
        RETURN_IF_ERROR(journals_->StartSegment(group.first_txid));
      }
      return journals_->Append(Frame{group.first_txid, group.count, group.payload});
    });
    NoteFaults();
    if (failed()) break;
    if (!written.ok()) {
      Fail(written);
      break;
    }
    NoteSync(env_.clock.Now() - began, group);
    if (journals_->low_on_room() && options_.on_low_room) options_.on_low_room();
    durable_txid_ = group.last_txid();
    bytes_since_marker_ += group.payload.size();
    namesystem_->Durable(durable_txid_, env_.loop.Now());
    durable_.Set();
    WakeWaiters();
  }
  durable_.Set();
}

Task<void> NamespaceDriver::MakeRoom() {
  AsyncMutex::Guard one = co_await journal_mutex_.Lock();
  if (failed()) co_return;
  Status made = co_await env_.disk_pool.Run([this] { return journals_->MakeRoom(); });
  NoteFaults();
  if (!made.ok()) Fail(made);
}

void NamespaceDriver::NoteSync(Duration took, const RecordGroup& group) {
  constexpr Duration kSlow = std::chrono::milliseconds(1000);
  sync_time_.Record(took);
  synced_records_ += group.count;
  if (took < kSlow) return;
  LogWarn(kModule, "Slow edit log sync: {} ms for {} transactions, txid {} to {}", ToMillis(took), group.count, group.first_txid,
          group.last_txid());
}

Task<void> NamespaceDriver::ApplyLoop() {
  while (!failed()) {
    auto batch = store_->TakeDurable(durable_txid_, kApplyBytes);
    if (batch.empty()) {
      if (stopping_ && !namesystem_->HasPending() && durable_txid_ == namesystem_->last_txid()) break;
      durable_.Reset();
      [[maybe_unused]] Status woken = co_await durable_.Wait();
      continue;
    }
    Status written = co_await env_.disk_pool.Run([this, &batch] { return store_->Write(batch); });
    NoteFaults();
    if (!written.ok()) {
      Fail(written);
      break;
    }
    stored_txid_ = batch.back()->txid;
    store_->Forget(batch);
    room_.Set();
    applied_.Set();
    if (bytes_since_marker_ > options_.marker_bytes) marker_due_.Set();
  }
}

}  // namespace tusk::dfs
