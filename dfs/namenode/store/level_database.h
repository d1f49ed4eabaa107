// LevelDatabase: one LevelDB in one folder, over our Disk (LevelDbEnv). RecordStore keeps one per name folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace leveldb {
class Iterator;
class Status;
class WriteBatch;
}  // namespace leveldb

namespace tusk::dfs {

struct RecordStoreOptions {
  size_t block_cache_bytes = 32 << 20;
  size_t write_buffer_bytes = 16 << 20;
  // Compactions are over when a call returns: for simulations, where nothing may happen beside the caller.
  bool waits_for_compactions = false;
};

class LevelDatabase {
 public:
  // `folder` is created if absent. kCorruption with the folder and the remedy if LevelDB finds damage.
  static Result<std::unique_ptr<LevelDatabase>> Open(Disk& disk, const std::string& folder,
                                                     const RecordStoreOptions& options);
  ~LevelDatabase();
  LevelDatabase(const LevelDatabase&) = delete;

  // Thread-safe, all of them.
  Result<std::optional<std::string>> Get(std::string_view key) const;
  std::unique_ptr<leveldb::Iterator> Iterate() const;
  Status Write(leveldb::WriteBatch& batch);
  // Returns when everything written before is in table files and they are synced.
  Status FlushTables();
  // Waits for compactions, where that is asked for.
  void Quieten() const;

  const std::string& folder() const { return folder_; }

 private:
  struct Parts;  // LevelDB's objects
  explicit LevelDatabase(std::string folder);

  const std::string folder_;
  std::unique_ptr<Parts> parts_;
};

// kCorruption or kIOError with what was being done; OK for OK.
Status FromLevelDb(const leveldb::Status& status, std::string_view doing);

}  // namespace tusk::dfs
