// LevelDatabase, see the header.
#include "dfs/namenode/store/level_database.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "dfs/namenode/store/leveldb_env.h"

namespace tusk::dfs {
namespace {

leveldb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Status FromLevelDb(const leveldb::Status& status, std::string_view doing) {
  if (status.ok()) return Status::Ok();
  std::string text = "namespace store: " + std::string(doing) + ": " + status.ToString();
  return Status(status.IsCorruption() ? Code::kCorruption : Code::kIOError, std::move(text));
}

// Destroyed bottom up: the database before what it uses.
struct LevelDatabase::Parts {
  bool waits_for_compactions = false;
  std::unique_ptr<LevelDbEnv> env;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<leveldb::DB> db;
};

LevelDatabase::LevelDatabase(std::string folder) : folder_(std::move(folder)), parts_(std::make_unique<Parts>()) {}
LevelDatabase::~LevelDatabase() = default;

void LevelDatabase::Quieten() const {
  if (parts_->waits_for_compactions) parts_->env->WaitIdle();
}

Result<std::unique_ptr<LevelDatabase>> LevelDatabase::Open(Disk& disk, const std::string& folder,
                                                           const RecordStoreOptions& options) {
  RETURN_IF_ERROR(disk.MakeDirs(folder, 0700));
  std::unique_ptr<LevelDatabase> database(new LevelDatabase(folder));
  Parts& parts = *database->parts_;
  parts.waits_for_compactions = options.waits_for_compactions;
  parts.env = MakeLevelDbEnv(disk);
  parts.filter.reset(leveldb::NewBloomFilterPolicy(10));
  parts.cache.reset(leveldb::NewLRUCache(options.block_cache_bytes));
  leveldb::Options settings;
  settings.create_if_missing = true;
  settings.paranoid_checks = true;
  settings.env = parts.env.get();
  settings.write_buffer_size = options.write_buffer_bytes;
  settings.block_cache = parts.cache.get();
  settings.filter_policy = parts.filter.get();
  leveldb::DB* db = nullptr;
  leveldb::Status opened = leveldb::DB::Open(settings, folder, &db);
  parts.db.reset(db);
  database->Quieten();
  if (opened.ok()) return database;
  return Status(opened.IsCorruption() ? Code::kCorruption : Code::kIOError,
                "the namespace store in " + folder + " cannot be opened: " + opened.ToString() +
                    ". If files are damaged, restore the folder of the namenode from a copy.");
}

Result<std::optional<std::string>> LevelDatabase::Get(std::string_view key) const {
  std::string value;
  leveldb::Status got = parts_->db->Get(leveldb::ReadOptions(), ToSlice(key), &value);
  Quieten();
  if (got.IsNotFound()) return std::optional<std::string>();
  if (!got.ok()) return FromLevelDb(got, "read");
  return std::optional<std::string>(std::move(value));
}

std::unique_ptr<leveldb::Iterator> LevelDatabase::Iterate() const {
  return std::unique_ptr<leveldb::Iterator>(parts_->db->NewIterator(leveldb::ReadOptions()));
}

Status LevelDatabase::Write(leveldb::WriteBatch& batch) {
  leveldb::Status written = parts_->db->Write(leveldb::WriteOptions(), &batch);
  Quieten();
  return FromLevelDb(written, "write");
}

Status LevelDatabase::FlushTables() {
  // Any CompactRange first turns the memtable into a table file and waits for it; the range itself holds no key.
  leveldb::Slice first("\xff\xfe", 2);
  leveldb::Slice last("\xff\xff", 2);
  parts_->db->CompactRange(&first, &last);
  // CompactRange reports no error, but a failed flush makes LevelDB refuse the next write.
  leveldb::WriteBatch empty;
  leveldb::Status flushed = parts_->db->Write(leveldb::WriteOptions(), &empty);
  Quieten();
  return FromLevelDb(flushed, "flush");
}

}  // namespace tusk::dfs
