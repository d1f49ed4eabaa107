// CopyCommand: verbs with a destination. Rules of Hadoop's shell: several sources need a folder; a folder that is
// copied becomes a child of an existing destination; data arrives under ._COPYING_ and is renamed when it is whole.
#pragma once

#include <string>
#include <vector>

#include "dfs/shell/command.h"
#include "dfs/shell/copy_threads.h"

namespace tusk::dfs {

class CopyCommand : public Command {
 protected:
  // Takes the last argument; "." where there is only one.
  Status TakeRemoteDestination(std::vector<std::string>& args);
  Status TakeLocalDestination(std::vector<std::string>& args);

  Status ProcessArguments(Items& items) override;
  Status ProcessPathArgument(PathData& source) override;
  Status ProcessPath(PathData& source) override;
  Status RecursePath(PathData& source) override;

  virtual Status ProcessPathTo(PathData& source, PathData& target);
  Result<PathData> TargetOf(const PathData& source);
  Status CopyFile(const PathData& source, PathData& target);
  // What `next` gives, until it is empty, becomes the target's content.
  Status CopyPieces(const std::function<Result<ByteView>()>& next, PathData& target);
  // -t and -q. kInvalidArgument for what is no number.
  Status TakeThreads(const ParsedOptions& options);
  Status PreserveAttributes(const PathData& source, const PathData& target);

  PathData destination_;
  bool overwrite_ = false;
  bool direct_ = false;  // without ._COPYING_
  bool preserve_ = false;
  bool preserve_times_ = true;
  bool preserve_owner_ = true;
  bool preserve_permission_ = true;
  bool preserve_acl_ = false;
  bool preserve_xattr_ = false;
  bool verify_ = true;
  bool write_checksum_ = true;
  bool lazy_persist_ = false;
  size_t threads_ = 1;
  size_t queue_max_ = 1024;

 private:
  std::unique_ptr<CopyThreads> workers_;  // where there is more than one file to copy at a time
};

}  // namespace tusk::dfs
