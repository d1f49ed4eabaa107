// NameFolders: the folders of dfs.namenode.name.dir and dfs.namenode.edits.dir: what was found in them at the start, their
// locks, and which of them are in use, being filled, or failed. On the loop's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "dfs/namenode/driver/name_directory.h"

namespace tusk::dfs {

class NameFolders {
 public:
  enum class State {
    kActive,      // written, and its tables are one of the copies
    kFilling,     // its log is written; its tables are being copied from another folder
    kFailed,      // not used any more; `why`
  };
  struct Entry {
    NameFolder folder;
    State state = State::kActive;
    std::string why;
    std::optional<Txid> marker;  // as found at the start; nothing if its tables cannot be used
    std::unique_ptr<FileLock> lock;
  };

  // Finds out who the namespace is and locks all folders. A folder that does not exist is refused, as in Hadoop: it may
  // hold what the others lack. One that exists and is empty will be filled. kInconsistentState where none is formatted or
  // where two belong to different namespaces.
  static Result<NameFolders> Open(Env env, const std::vector<NameFolder>& folders);

  const StorageVersion& version() const { return version_; }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  // By the folder itself or anything in it.
  Entry* Holding(const std::string& path);
  // `current` of the folders that have segments and have not failed.
  std::vector<std::string> EditsFolders() const;
  // The first in use.
  const std::string& FirstActive() const;
  bool AnyIn(State state) const;
  void Unlock();

 private:
  StorageVersion version_;
  std::vector<Entry> entries_;
};

// Makes the folder one that a start fills: its tables and marker go, VERSION is written. On a disk thread.
Status PrepareForFilling(Env env, const NameFolder& folder, const StorageVersion& version);

}  // namespace tusk::dfs
