// LostAndFound: what can still be read of a corrupt file of hdfs://, copied into /lost+found/PATH/0, 1, ...: one file for
// each run of blocks that could be read whole. What `fsck -move` does.
#pragma once

#include <string>

#include "dfs/client/file_system.h"

namespace tusk::dfs {

class LostAndFound {
 public:
  // `fs` is an hdfs:// one and outlives this; everything is done with the rights of its user.
  explicit LostAndFound(FileSystem& fs) : fs_(fs) {}
  // OK also where /lost+found/PATH is there already: what it holds is left alone. Not OK where a replica could not be
  // read; what could be read is there all the same.
  Task<Status> Salvage(std::string path);

 private:
  Task<Status> MakeFolder();
  Task<Status> CopyBlocks(std::string path, std::string target, uint64_t length);

  FileSystem& fs_;
};

}  // namespace tusk::dfs
