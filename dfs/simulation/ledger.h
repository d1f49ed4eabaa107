// Ledger: what clients were promised: the files that must be there, the bytes that must be in them, and what was found
// to be broken. Shared by the clients of a run; each writes only its own folder, all read everything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/status.h"

namespace tusk::dfs::simulation {

struct FileModel {
  std::string content;     // handed to Write since the length was last known for certain; more than this cannot be there
  std::string cut;         // what a truncate under way takes away: readers may still see it behind the content
  size_t promised = 0;     // of it: acknowledged, so less than this must not be there
  bool settled = true;     // closed, and the length is content.size()
  uint32_t replication = 3;
  uint64_t version = 0;    // of changes that take bytes away, or the file itself
  int changing = 0;        // such changes under way: readers may see the file before or after them, or not at all
};

// For the time of a change of `files`.
class Changing {
 public:
  explicit Changing(std::vector<std::shared_ptr<FileModel>> files) : files_(std::move(files)) {
    for (const auto& file : files_) ++file->changing;
  }
  Changing(const Changing&) = delete;
  ~Changing() {
    for (const auto& file : files_) {
      --file->changing;
      ++file->version;
    }
  }

 private:
  const std::vector<std::shared_ptr<FileModel>> files_;
};

struct Ledger {
  // Absolute paths. Folders map to nothing; the roots of the clients are not in it.
  std::map<std::string, std::shared_ptr<FileModel>> files;
  std::map<std::string, bool> folders;
  std::vector<std::string> violations;
  bool hold = false;       // clients begin nothing new
  int busy = 0;            // clients with something under way
  // Any call may fail for want of machines; only wrong answers count.
  bool disturbed = true;
  uint64_t acknowledged_writes = 0;
  uint64_t bytes_verified = 0;
  uint64_t operations = 0;
  uint64_t failures = 0;   // answers that left a client in doubt

  void Violation(std::string text) { violations.push_back(std::move(text)); }
};

// Whether the answer leaves open whether the operation was done: the line broke, the namenode was not there, or it had
// no machines to do it with. The others are verdicts about names.
bool LeavesDoubt(const Status& status);

// Children and the thing itself: "/a" has "/a" and "/a/b", not "/ab".
bool IsUnder(const std::string& path, const std::string& folder);

}  // namespace tusk::dfs::simulation
