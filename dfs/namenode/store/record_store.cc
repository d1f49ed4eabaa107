// Reads merge the overlay with LevelDB; writes leave the overlay in txid order.
#include "dfs/namenode/store/record_store.h"

#include <leveldb/iterator.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <utility>

#include "base/core/check.h"

namespace tusk::dfs {
namespace {

leveldb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

size_t BytesOf(const ChangeSet& set) {
  size_t bytes = 0;
  for (const RecordChange& change : set.changes) bytes += change.key.size() + (change.value ? change.value->size() : 0) + 64;
  return bytes;
}

}  // namespace

RecordStore::~RecordStore() = default;

Result<std::unique_ptr<RecordStore>> RecordStore::Open(Disk& disk, const std::string& folder, RecordStoreOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<LevelDatabase> database, LevelDatabase::Open(disk, folder, options));
  return Over({std::move(database)});
}

std::unique_ptr<RecordStore> RecordStore::Over(std::vector<Copy> copies) {
  TUSK_CHECK(!copies.empty()) << "no database";
  std::unique_ptr<RecordStore> store(new RecordStore);
  store->copies_ = std::move(copies);
  return store;
}

RecordStore::Copy RecordStore::First() const {
  std::lock_guard lock(mutex_);
  return copies_.front();
}

std::vector<RecordStore::Copy> RecordStore::Copies() const {
  std::lock_guard lock(mutex_);
  return copies_;
}

std::vector<std::string> RecordStore::Folders() const {
  std::vector<std::string> folders;
  for (const Copy& copy : Copies()) folders.push_back(copy->folder());
  return folders;
}

bool RecordStore::DropAfter(const Copy& copy, const Status& status) const {
  std::lock_guard lock(mutex_);
  auto at = std::find(copies_.begin(), copies_.end(), copy);
  if (at == copies_.end()) return true;  // another thread was faster
  if (copies_.size() == 1) return false;
  copies_.erase(at);
  faults_.push_back({copy->folder(), status});
  return true;
}

void RecordStore::Drop(const std::string& folder) {
  std::lock_guard lock(mutex_);
  for (auto at = copies_.begin(); at != copies_.end() && copies_.size() > 1; ++at) {
    if ((*at)->folder() != folder) continue;
    copies_.erase(at);
    return;
  }
}

void RecordStore::DropFailed(const std::string& folder, const Status& why) {
  for (const Copy& copy : Copies()) {
    if (copy->folder() == folder) [[maybe_unused]] const bool dropped = DropAfter(copy, why);
  }
}

std::vector<StoreFault> RecordStore::TakeFaults() {
  std::lock_guard lock(mutex_);
  return std::exchange(faults_, {});
}

Result<std::optional<std::string>> RecordStore::Get(std::string_view key) const {
  if (auto found = overlay_.find(key); found != overlay_.end()) return found->second.change->value;
  while (true) {
    const Copy copy = First();
    Result<std::optional<std::string>> got = copy->Get(key);
    if (got.ok() || !DropAfter(copy, got.status())) return got;
  }
}

Status RecordStore::Scan(std::string_view first, std::string_view end,
                         const std::function<bool(std::string_view, std::string_view)>& visit) const {
  std::string from(first);
  while (true) {
    const Copy copy = First();
    std::string reached;
    Status scanned = ScanCopy(*copy, from, end, reached, visit);
    copy->Quieten();
    if (scanned.ok() || !DropAfter(copy, scanned)) return scanned;
    if (!reached.empty()) from = reached + '\0';  // the next copy goes on behind what was given
  }
}

Status RecordStore::ScanCopy(const LevelDatabase& copy, std::string_view first, std::string_view end, std::string& reached,
                             const std::function<bool(std::string_view, std::string_view)>& visit) const {
  std::unique_ptr<leveldb::Iterator> stored = copy.Iterate();
  stored->Seek(ToSlice(first));
  auto changed = overlay_.lower_bound(first);
  while (stored->status().ok()) {
    bool has_stored = stored->Valid() && ToView(stored->key()) < end;
    bool has_changed = changed != overlay_.end() && changed->first < end;
    if (!has_stored && !has_changed) break;
    bool use_changed = has_changed && (!has_stored || changed->first <= ToView(stored->key()));
    if (use_changed) {
      if (has_stored && changed->first == ToView(stored->key())) stored->Next();  // hidden by the change
      const std::optional<std::string>& value = changed->second.change->value;
      reached = changed->first;
      if (value && !visit(changed->first, *value)) return Status::Ok();
      ++changed;
    } else {
      reached = ToView(stored->key());
      if (!visit(ToView(stored->key()), ToView(stored->value()))) return Status::Ok();
      stored->Next();
    }
  }
  return FromLevelDb(stored->status(), "scan");
}

void RecordStore::Apply(std::shared_ptr<const ChangeSet> changes) {
  TUSK_CHECK(waiting_.empty() || changes->txid > waiting_.back()->txid) << "txid " << changes->txid << " out of order";
  overlay_bytes_ += BytesOf(*changes);
  for (const RecordChange& change : changes->changes) {
    auto [at, inserted] = overlay_.try_emplace(change.key, OverlayEntry{&change, changes->txid});
    if (inserted) continue;
    // The key's bytes must live as long as the entry, so they move to the newer change too.
    auto node = overlay_.extract(at);
    node.key() = change.key;
    node.mapped() = OverlayEntry{&change, changes->txid};
    overlay_.insert(std::move(node));
  }
  waiting_.push_back(std::move(changes));
}

std::vector<std::shared_ptr<const ChangeSet>> RecordStore::TakeDurable(Txid durable, size_t bytes_max) {
  std::vector<std::shared_ptr<const ChangeSet>> taken;
  size_t bytes = 0;
  while (!waiting_.empty() && waiting_.front()->txid <= durable && bytes < bytes_max) {
    bytes += BytesOf(*waiting_.front());
    taken.push_back(waiting_.front());
    in_flight_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

void RecordStore::Forget(const std::vector<std::shared_ptr<const ChangeSet>>& written) {
  for (const std::shared_ptr<const ChangeSet>& set : written) {
    TUSK_CHECK(!in_flight_.empty() && in_flight_.front() == set) << "forgotten out of order";
    for (const RecordChange& change : set->changes) {
      auto entry = overlay_.find(change.key);
      if (entry != overlay_.end() && entry->second.txid == set->txid) overlay_.erase(entry);
    }
    overlay_bytes_ -= BytesOf(*set);
    in_flight_.pop_front();
  }
}

Status RecordStore::WriteTo(const std::vector<std::shared_ptr<const ChangeSet>>& sets, LevelDatabase& to,
                            const std::string* up_to) {
  leveldb::WriteBatch batch;
  for (const std::shared_ptr<const ChangeSet>& set : sets) {
    for (const RecordChange& change : set->changes) {
      if (up_to != nullptr && change.key > *up_to) continue;
      if (change.value) {
        batch.Put(ToSlice(change.key), ToSlice(*change.value));
      } else {
        batch.Delete(ToSlice(change.key));
      }
    }
  }
  return to.Write(batch);
}

Status RecordStore::Write(const std::vector<std::shared_ptr<const ChangeSet>>& sets) {
  std::lock_guard one(write_mutex_);
  for (const Copy& copy : Copies()) {
    Status written = WriteTo(sets, *copy, nullptr);
    if (!written.ok() && !DropAfter(copy, written)) return written;
  }
  if (filling_ == nullptr) return Status::Ok();
  Status written = WriteTo(sets, *filling_, &filled_up_to_);
  if (!written.ok()) filling_.reset();  // CopySome will tell
  return Status::Ok();
}

Status RecordStore::FlushTables() {
  for (const Copy& copy : Copies()) {
    Status flushed = copy->FlushTables();
    if (!flushed.ok() && !DropAfter(copy, flushed)) return flushed;
  }
  return Status::Ok();
}

void RecordStore::BeginCopy(std::shared_ptr<LevelDatabase> target) {
  std::lock_guard one(write_mutex_);
  filling_ = std::move(target);
  filled_up_to_.clear();
}

void RecordStore::AbandonCopy() {
  std::lock_guard one(write_mutex_);
  filling_.reset();
}

Result<bool> RecordStore::CopySome(size_t bytes_max) {
  std::lock_guard one(write_mutex_);
  if (filling_ == nullptr) return Status(Code::kIOError, "namespace store: the copy was abandoned after an error");
  const Copy from = First();
  std::unique_ptr<leveldb::Iterator> stored = from->Iterate();
  // What was written since the last slice: up to the mark both have it, behind it this iterator sees it.
  stored->Seek(filled_up_to_.empty() ? leveldb::Slice() : ToSlice(filled_up_to_ + std::string(1, '\0')));
  leveldb::WriteBatch batch;
  size_t bytes = 0;
  std::string reached = filled_up_to_;
  for (; stored->Valid() && bytes < bytes_max; stored->Next()) {
    batch.Put(stored->key(), stored->value());
    bytes += stored->key().size() + stored->value().size();
    reached = stored->key().ToString();
  }
  const bool done = !stored->Valid();
  Status read = FromLevelDb(stored->status(), "copy");
  Status written = read.ok() ? filling_->Write(batch) : read;
  if (!written.ok()) {
    filling_.reset();
    return written;
  }
  filled_up_to_ = std::move(reached);
  if (!done) return false;
  std::lock_guard lock(mutex_);
  copies_.push_back(std::move(filling_));
  filling_.reset();
  return true;
}

}  // namespace tusk::dfs
