// DurableMap: a map of strings kept in one file, FOLDER/journal: a magic and then records, each the changes of one
// commit: u32 magic, u32 length, u32 CRC32C, then per change u8 (1 put, 0 erase), u32 length and key, for a put u32
// length and value; integers big-endian. A commit is one record: after a crash it is there whole or not at all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk {

class DurableMap {
 public:
  struct Change {
    std::string key;
    std::optional<std::string> value;  // absent: erased
  };
  using Entries = std::map<std::string, std::string>;

  // `folder` is created if absent (mode 0700: what is kept here may be secret), and locked. kCorruption names the file
  // where something other than an unfinished last commit is damaged.
  static Result<std::unique_ptr<DurableMap>> Open(Disk& disk, const std::string& folder);

  // What is in it. Not during a Commit on another thread.
  const Entries& entries() const { return entries_; }
  // All of the changes, in order; durable when it returns OK, and otherwise not applied. One at a time; blocks.
  Status Commit(const std::vector<Change>& changes);

 private:
  DurableMap(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  std::string path() const { return folder_ + "/journal"; }
  Status Load();
  Status Rewrite();
  void Apply(const std::vector<Change>& changes);

  Disk& disk_;
  std::string folder_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<File> file_;
  uint64_t size_ = 0;        // of the file, up to the last whole record
  uint64_t live_bytes_ = 0;  // of keys and values
  bool broken_ = false;      // the file's end is not known: it is rewritten before the next commit
  Entries entries_;
};

}  // namespace tusk
