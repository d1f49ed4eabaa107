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
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"
#include "dfs/namenode/store/level_database.h"

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

struct StoreFault {
  std::string folder;
  Status status;
};

class RecordStore {
 public:
  // `folder` is created if absent. kCorruption with the folder and the remedy if LevelDB finds damage.
  static Result<std::unique_ptr<RecordStore>> Open(Disk& disk, const std::string& folder, RecordStoreOptions options);
  // Over databases that hold the same, or will after the replay: at least one; the first is read.
  static std::unique_ptr<RecordStore> Over(std::vector<std::shared_ptr<LevelDatabase>> copies);
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
  // The copies that were dropped since this was last asked, by a read or a write.
  std::vector<StoreFault> TakeFaults();
  // Folders of the copies in use.
  std::vector<std::string> Folders() const;
  // Drops the copy, unless it is the last. For a folder that failed elsewhere.
  void Drop(const std::string& folder);
  // As if a write to it had failed.
  void DropFailed(const std::string& folder, const Status& why);
  // Starts to fill an empty database, which is given every Write from now on too; then CopySome until it says true: all is
  // copied, and the database is one of the copies, with everything that Write was given. An error abandons it.
  void BeginCopy(std::shared_ptr<LevelDatabase> target);
  Result<bool> CopySome(size_t bytes_max);
  void AbandonCopy();

 private:
  using Copy = std::shared_ptr<LevelDatabase>;
  struct OverlayEntry {
    const RecordChange* change;  // lives in a ChangeSet of waiting_ or in_flight_
    Txid txid;
  };
  RecordStore() = default;
  Copy First() const;
  std::vector<Copy> Copies() const;
  // Drops `copy` and returns true; false if it is the last one, which stays.
  bool DropAfter(const Copy& copy, const Status& status) const;
  Status WriteTo(const std::vector<std::shared_ptr<const ChangeSet>>& sets, LevelDatabase& to, const std::string* up_to);
  // `reached`: the last key that was looked at.
  Status ScanCopy(const LevelDatabase& copy, std::string_view first, std::string_view end, std::string& reached,
                  const std::function<bool(std::string_view, std::string_view)>& visit) const;

  mutable std::mutex mutex_;  // guards copies_ and faults_
  mutable std::vector<Copy> copies_;
  mutable std::vector<StoreFault> faults_;
  std::mutex write_mutex_;  // one Write or CopySome at a time
  Copy filling_;
  std::string filled_up_to_;  // keys up to here are in filling_
  std::map<std::string_view, OverlayEntry, std::less<>> overlay_;  // keys view into the changes
  std::deque<std::shared_ptr<const ChangeSet>> waiting_;
  std::deque<std::shared_ptr<const ChangeSet>> in_flight_;
  size_t overlay_bytes_ = 0;
};

}  // namespace tusk::dfs
