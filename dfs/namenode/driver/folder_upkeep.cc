// What the NamespaceDriver does about its folders: a failed one is dropped, one that came back empty or stale is filled
// beside the daily work.
#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "namenode.storage";
constexpr size_t kCopyBytes = 4 << 20;

}  // namespace

// The copies that can be brought up to date by the log from their own marker on; the others are filled anew.
Status NamespaceDriver::OpenStores(const std::vector<SegmentFile>& segments) {
  RecordStoreOptions options = options_.store;
  options.waits_for_compactions = !env_.disk_pool.has_threads();
  std::vector<NameFolders::Entry*> newest_first;
  for (NameFolders::Entry& entry : folders_->entries()) {
    if (entry.folder.image && entry.marker) newest_first.push_back(&entry);
  }
  std::sort(newest_first.begin(), newest_first.end(), [](const auto* a, const auto* b) { return *a->marker != *b->marker ? *a->marker > *b->marker : a < b; });
  std::vector<std::shared_ptr<LevelDatabase>> copies;
  Status first_error;
  for (const NameFolders::Entry& entry : folders_->entries()) {
    if (!entry.why.empty() && first_error.ok()) first_error = Status(Code::kCorruption, entry.why);
  }
  for (NameFolders::Entry* entry : newest_first) {
    const bool reaches = copies.empty() || *entry->marker == marker_ ||
                         (!segments.empty() && segments.front().first_txid <= *entry->marker + 1);
    Status opened = reaches ? Status::Ok() : Status(Code::kIOError, "the edit log does not reach back to its tables");
    if (reaches) {
      auto database = LevelDatabase::Open(env_.disk, StoreFolder(entry->folder.path), options);
      opened = database.ok() ? Status::Ok() : std::move(database).status();
      if (opened.ok()) {
        copies.push_back(std::move(database).value());
        marker_ = *entry->marker;  // the oldest in use
      }
    }
    if (opened.ok()) continue;
    if (first_error.ok()) first_error = opened;
    entry->state = NameFolders::State::kFilling;
    entry->why = opened.ToString();
  }
  if (copies.empty()) return first_error;
  store_ = RecordStore::Over(std::move(copies));
  for (NameFolders::Entry& entry : folders_->entries()) {
    if (entry.state != NameFolders::State::kFilling) continue;
    LogWarn(kModule, "the tables in {} are not used, and made anew from {}{}{}", entry.folder.path, folders_->FirstActive(),
            entry.why.empty() ? "" : ": ", entry.why);
    RETURN_IF_ERROR(PrepareForFilling(env_, entry.folder, version_));
  }
  return Status::Ok();
}

void NamespaceDriver::NoteFaults() {
  for (const StoreFault& fault : store_->TakeFaults()) DropFolder(fault.folder, fault.status);
  for (const JournalFault& fault : journals_->TakeFaults()) DropFolder(fault.folder, fault.status);
}

void NamespaceDriver::DropFolder(const std::string& path, const Status& why) {
  NameFolders::Entry* entry = folders_->Holding(path);
  if (entry == nullptr || entry->state == NameFolders::State::kFailed) return;
  LogError(kModule, "Error reported on storage directory {}: {}. It is not written any more{}", entry->folder.path,
           why.ToString(),
           restore_failed_ ? " and tried again at the next checkpoint"
                           : "; \"hdfs dfsadmin -restoreFailedStorage true\" has it tried again at a checkpoint");
  entry->state = NameFolders::State::kFailed;
  entry->why = why.ToString();
  entry->lock.reset();
  ++folders_dropped_;
  store_->Drop(StoreFolder(entry->folder.path));
  if (!journals_->Drop(CurrentFolder(entry->folder.path))) Fail(why);
}

Status NamespaceDriver::WriteMarkers(Txid reached) {
  std::vector<std::string> failed;
  Status first_error;
  const std::vector<std::string> stores = store_->Folders();
  for (const std::string& store : stores) {
    const std::string name_dir = ParentPath(ParentPath(store));
    Status written = WriteMarker(env_.disk, name_dir, reached);
    if (written.ok()) continue;
    if (first_error.ok()) first_error = written;
    failed.push_back(store);
  }
  if (failed.size() == stores.size()) return first_error;
  for (const std::string& store : failed) store_->DropFailed(store, first_error);
  return Status::Ok();
}

void NamespaceDriver::SetRestoreFailed(bool on) { restore_failed_ = on; }

void NamespaceDriver::RestoreSoon() {
  if (restore_failed_ && folders_->AnyIn(NameFolders::State::kFailed)) upkeep_due_.Set();
}

Task<void> NamespaceDriver::UpkeepLoop() {
  while (!chores_.cancelled()) {
    upkeep_due_.Reset();
    for (NameFolders::Entry& entry : folders_->entries()) {
      if (chores_.cancelled() || failed()) break;
      if (entry.state == NameFolders::State::kFailed && restore_failed_) {
        Status restored = co_await Restore(entry);
        if (!restored.ok()) LogWarn(kModule, "{} is not restored: {}", entry.folder.path, restored.ToString());
      }
      if (entry.state != NameFolders::State::kFilling) continue;
      Status filled = co_await Fill(entry);
      if (!filled.ok() && !chores_.cancelled()) DropFolder(entry.folder.path, filled);
    }
    Status due = co_await upkeep_due_.Wait(kNever, chores_.token());
    if (!due.ok()) break;
  }
}

// A failed folder that can be written again takes part in the log from the next segment on.
Task<Status> NamespaceDriver::Restore(NameFolders::Entry& entry) {
  Result<std::unique_ptr<FileLock>> locked = co_await env_.disk_pool.Run([this, &entry]() -> Result<std::unique_ptr<FileLock>> {
    ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, LockNameDirectory(env_.disk, entry.folder.path));
    RETURN_IF_ERROR(PrepareForFilling(env_, entry.folder, version_));
    return lock;
  });
  if (!locked.ok()) co_return std::move(locked).status();
  entry.lock = std::move(locked).value();
  entry.state = entry.folder.image ? NameFolders::State::kFilling : NameFolders::State::kActive;
  if (entry.folder.edits) {
    journals_->Add({CurrentFolder(entry.folder.path), entry.folder.required});
    roll_segment_ = true;
  }
  LogInfo(kModule, "storage directory {} is written again", entry.folder.path);
  co_return Status::Ok();
}

Task<Status> NamespaceDriver::Fill(NameFolders::Entry& entry) {
  // What is committed until now may lie in segments that the folder does not have: its marker must be beyond it.
  const Txid target = namesystem_->last_txid();
  Result<std::unique_ptr<LevelDatabase>> database = co_await env_.disk_pool.Run([this, &entry] {
    RecordStoreOptions options = options_.store;
    options.waits_for_compactions = !env_.disk_pool.has_threads();
    return LevelDatabase::Open(env_.disk, StoreFolder(entry.folder.path), options);
  });
  if (!database.ok()) co_return std::move(database).status();
  store_->BeginCopy(std::move(database).value());
  while (true) {
    Result<bool> done = co_await env_.disk_pool.Run([this] { return store_->CopySome(kCopyBytes); });
    if (!done.ok()) co_return std::move(done).status();
    if (*done) break;
    if (chores_.cancelled() || failed() || entry.state == NameFolders::State::kFailed) {
      store_->AbandonCopy();
      co_return Status(Code::kCancelled, "the namenode stops");
    }
  }
  while (!failed() && stored_txid_ < target) {
    applied_.Reset();
    Status waited = co_await applied_.Wait(kNever, chores_.token());
    if (!waited.ok()) break;
  }
  if (failed() || stored_txid_ < target || entry.state == NameFolders::State::kFailed) {
    store_->Drop(StoreFolder(entry.folder.path));  // without a marker it is filled again by the next start
    co_return Status(Code::kCancelled, "the namenode stops");
  }
  CO_RETURN_IF_ERROR(co_await AdvanceMarker());
  if (entry.state != NameFolders::State::kFilling) co_return Status::Ok();  // it failed meanwhile
  entry.state = NameFolders::State::kActive;
  entry.why.clear();
  LogInfo(kModule, "storage directory {} is filled", entry.folder.path);
  co_return Status::Ok();
}

}  // namespace tusk::dfs
