// Trash: instead of being deleted, things move to /user/NAME/.Trash/Current; -expunge puts Current aside as a checkpoint
// and deletes checkpoints that are older than fs.trash.interval. The namenode does the same for all users.
#pragma once

#include <ostream>

#include "dfs/shell/path_data.h"
#include "dfs/shell/shell.h"

namespace tusk::dfs {

class Trash {
 public:
  explicit Trash(ShellContext& context) : context_(context) {}

  // True if the item was moved, and says so on `err`. False: trash is off, or the item is in the trash already.
  Result<bool> Move(const PathData& item);
  // Deletes checkpoints that are old enough, then makes one of Current; `immediately`: deletes all of it.
  Status Expunge(const BlockingFileSystem& fs, bool immediately);

 private:
  // Minutes; the server's, or the client's where the server has none.
  Result<uint64_t> Interval(const BlockingFileSystem& fs) const;
  Status DeleteCheckpoints(const BlockingFileSystem& fs, const std::string& trash, bool immediately);
  Status MakeCheckpoint(const BlockingFileSystem& fs, const std::string& trash);
  // Makes `folder`; a file that stands in the way makes it "NAMEtime".
  Result<std::string> MakeFolder(const BlockingFileSystem& fs, std::string folder);

  ShellContext& context_;
};

}  // namespace tusk::dfs
