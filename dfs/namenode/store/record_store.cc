// Reads merge the overlay with LevelDB; writes leave the overlay in txid order.
#include "dfs/namenode/store/record_store.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "base/core/check.h"
#include "dfs/namenode/store/leveldb_env.h"

namespace tusk::dfs {
namespace {

leveldb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

Status FromLevelDb(const leveldb::Status& status, std::string_view doing) {
  if (status.ok()) return Status::Ok();
  std::string text = "namespace store: " + std::string(doing) + ": " + status.ToString();
  return Status(status.IsCorruption() ? Code::kCorruption : Code::kIOError, std::move(text));
}

size_t BytesOf(const ChangeSet& set) {
  size_t bytes = 0;
  for (const RecordChange& change : set.changes) bytes += change.key.size() + (change.value ? change.value->size() : 0) + 64;
  return bytes;
}

}  // namespace

// Destroyed bottom up: the database before what it uses.
struct RecordStore::Database {
  bool waits_for_compactions = false;
  std::unique_ptr<LevelDbEnv> env;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<leveldb::DB> db;
};

class RecordStore::Quiet {
 public:
  explicit Quiet(Database& database) : database_(database) {}
  ~Quiet() {
    if (database_.waits_for_compactions) database_.env->WaitIdle();
  }

 private:
  Database& database_;
};

RecordStore::RecordStore() : database_(std::make_unique<Database>()) {}
RecordStore::~RecordStore() = default;

Result<std::unique_ptr<RecordStore>> RecordStore::Open(Disk& disk, const std::string& folder, RecordStoreOptions options) {
  RETURN_IF_ERROR(disk.MakeDirs(folder, 0700));
  std::unique_ptr<RecordStore> store(new RecordStore);
  Database& database = *store->database_;
  database.waits_for_compactions = options.waits_for_compactions;
  database.env = MakeLevelDbEnv(disk);
  const Quiet quiet(database);
  database.filter.reset(leveldb::NewBloomFilterPolicy(10));
  database.cache.reset(leveldb::NewLRUCache(options.block_cache_bytes));
  leveldb::Options settings;
  settings.create_if_missing = true;
  settings.paranoid_checks = true;
  settings.env = database.env.get();
  settings.write_buffer_size = options.write_buffer_bytes;
  settings.block_cache = database.cache.get();
  settings.filter_policy = database.filter.get();
  leveldb::DB* db = nullptr;
  leveldb::Status opened = leveldb::DB::Open(settings, folder, &db);
  if (!opened.ok()) {
    return Status(opened.IsCorruption() ? Code::kCorruption : Code::kIOError,
                  "the namespace store in " + folder + " cannot be opened: " + opened.ToString() +
                      ". If files are damaged, restore the folder of the namenode from a copy.");
  }
  database.db.reset(db);
  return store;
}

Result<std::optional<std::string>> RecordStore::Get(std::string_view key) const {
  if (auto found = overlay_.find(key); found != overlay_.end()) return found->second.change->value;
  std::string value;
  const Quiet quiet(*database_);
  leveldb::Status got = database_->db->Get(leveldb::ReadOptions(), ToSlice(key), &value);
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return FromLevelDb(got, "read");
  return std::optional<std::string>(std::move(value));
}

Status RecordStore::Scan(std::string_view first, std::string_view end,
                         const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const Quiet quiet(*database_);
  std::unique_ptr<leveldb::Iterator> stored(database_->db->NewIterator(leveldb::ReadOptions()));
  stored->Seek(ToSlice(first));
  auto changed = overlay_.lower_bound(first);
  while (true) {
    bool has_stored = stored->Valid() && ToView(stored->key()) < end;
    bool has_changed = changed != overlay_.end() && changed->first < end;
    if (!has_stored && !has_changed) break;
    bool use_changed = has_changed && (!has_stored || changed->first <= ToView(stored->key()));
    if (use_changed) {
      if (has_stored && changed->first == ToView(stored->key())) stored->Next();  // hidden by the change
      const std::optional<std::string>& value = changed->second.change->value;
      if (value && !visit(changed->first, *value)) break;
      ++changed;
    } else {
      if (!visit(ToView(stored->key()), ToView(stored->value()))) break;
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

Status RecordStore::Write(const std::vector<std::shared_ptr<const ChangeSet>>& sets) {
  const Quiet quiet(*database_);
  leveldb::WriteBatch batch;
  for (const std::shared_ptr<const ChangeSet>& set : sets) {
    for (const RecordChange& change : set->changes) {
      if (change.value) {
        batch.Put(ToSlice(change.key), ToSlice(*change.value));
      } else {
        batch.Delete(ToSlice(change.key));
      }
    }
  }
  return FromLevelDb(database_->db->Write(leveldb::WriteOptions(), &batch), "write");
}

Status RecordStore::FlushTables() {
  // Any CompactRange first turns the memtable into a table file and waits for it; the range itself holds no key.
  const Quiet quiet(*database_);
  leveldb::Slice first("\xff\xfe", 2);
  leveldb::Slice last("\xff\xff", 2);
  database_->db->CompactRange(&first, &last);
  // CompactRange reports no error, but a failed flush makes LevelDB refuse the next write.
  leveldb::WriteBatch empty;
  return FromLevelDb(database_->db->Write(leveldb::WriteOptions(), &empty), "flush");
}

}  // namespace tusk::dfs
