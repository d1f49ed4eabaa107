// EditJournals: the edit log in all its folders. A group is durable when every folder in use has it; a folder that
// fails is dropped (TakeFaults says so) and the rest go on, unless it is required or too few are left: then the error is
// final, as it is for one writer alone. Calls block and come one at a time, but for the ones marked.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dfs/namenode/editlog/edit_log_writer.h"

namespace tusk::dfs {

struct JournalFolder {
  std::string folder;     // where the segments are
  bool required = false;  // dfs.namenode.edits.dir.required
};

struct JournalFault {
  std::string folder;
  Status status;
};

class EditJournals {
 public:
  // `folders_min`: dfs.namenode.edits.dir.minimum.
  EditJournals(Disk& disk, std::vector<JournalFolder> folders, size_t folders_min, EditLogOptions options, Random& random);

  Status StartSegment(Txid first_txid);
  Status Append(const Frame& frame);
  Status MakeRoom();
  // Of the current segment.
  uint64_t segment_bytes() const;

  // ---- From any thread.
  // Some folder in use has no room for more than what is prepared.
  bool low_on_room() const;
  // Joins with the next segment.
  void Add(JournalFolder folder);
  // Written no more from here on. False if the log cannot go on without it.
  bool Drop(const std::string& folder);
  // As if a write to it had failed; `why` if the log cannot go on without it.
  Status DropFailed(const std::string& folder, const Status& why);
  std::vector<std::string> Folders() const;
  std::vector<JournalFault> TakeFaults();

 private:
  struct Journal {
    JournalFolder folder;
    std::shared_ptr<EditLogWriter> writer;
  };
  // `act` on each journal; drops those that fail. The error if the log cannot go on.
  template <typename Act>
  Status OnEach(Act act);
  bool CanLose(const Journal& journal) const;  // with the mutex
  std::shared_ptr<EditLogWriter> MakeWriter(const std::string& folder);

  Disk& disk_;
  const size_t folders_min_;
  const EditLogOptions options_;
  Random& random_;
  mutable std::mutex mutex_;
  std::vector<Journal> journals_;
  std::vector<JournalFolder> joining_;
  std::vector<JournalFault> faults_;
};

}  // namespace tusk::dfs
