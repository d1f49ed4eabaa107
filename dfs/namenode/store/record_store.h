// RecordStore: the namespace's sorted records: LevelDB under an overlay of changes that are not in it yet.
//
// A change is put into the overlay when an operation is applied, and is seen by reads from then on. When the edit log
// has made it durable, the driver takes it (TakeDurable), writes it to LevelDB on a disk thread (Write) and then drops
// it from the overlay (Forget). So LevelDB never holds what the edit log does not, and nobody waits for LevelDB. Its
// own log is switched off (LevelDbEnv): after a crash it holds what was in table files, and the edit log is replayed
// from the marker, which is advanced only after FlushTables.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::dfs {

using Txid = int64_t;

// One record put, or deleted where `value` is absent.
struct RecordChange {
  std::string key;
  std::optional<std::string> value;
};

// The changes of one transaction, in order; a later one of the same key wins.
struct ChangeSet {
  Txid txid = 0;
  std::vector<RecordChange> changes;
};

struct RecordStoreOptions {
  size_t block_cache_bytes = 32 << 20;
  size_t write_buffer_bytes = 16 << 20;
  // Compactions are over when a call returns: for simulations, where nothing may happen beside the caller.
  bool waits_for_compactions = false;
};

class RecordStore {
 public:
  // `folder` is created if absent. kCorruption with the folder and the remedy if LevelDB finds damage.
  static Result<std::unique_ptr<RecordStore>> Open(Disk& disk, const std::string& folder, RecordStoreOptions options);
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;

  // ---- On the owner's thread.
  Result<std::optional<std::string>> Get(std::string_view key) const;
  // Records of [first, end) in order until `visit` returns false. `visit` must not change the store.
  Status Scan(std::string_view first, std::string_view end,
              const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  // Puts the changes into the overlay. Txids only grow.
  void Apply(std::shared_ptr<const ChangeSet> changes);
  // The oldest change sets with txid <= `durable` that were not taken yet, about `bytes_max` of them.
  std::vector<std::shared_ptr<const ChangeSet>> TakeDurable(Txid durable, size_t bytes_max);
  // Drops what Write has written.
  void Forget(const std::vector<std::shared_ptr<const ChangeSet>>& written);
  // Keys and values in the overlay.
  size_t overlay_bytes() const { return overlay_bytes_; }

  // ---- On any thread. One Write at a time.
  Status Write(const std::vector<std::shared_ptr<const ChangeSet>>& sets);
  // Returns when everything written before is in table files and they are synced.
  Status FlushTables();

 private:
  struct Database;  // LevelDB's objects
  class Quiet;      // waits for compactions at the end of a call, where that is asked for
  struct OverlayEntry {
    const RecordChange* change;  // lives in a ChangeSet of waiting_ or in_flight_
    Txid txid;
  };
  RecordStore();

  std::unique_ptr<Database> database_;
  std::map<std::string_view, OverlayEntry, std::less<>> overlay_;  // keys view into the changes
  std::deque<std::shared_ptr<const ChangeSet>> waiting_;
  std::deque<std::shared_ptr<const ChangeSet>> in_flight_;
  size_t overlay_bytes_ = 0;
};

}  // namespace tusk::dfs
