// LevelDbEnv: LevelDB's way to the outside, over our Disk. It differs from LevelDB's own one where that one trusts
// the file system too much, and where the edit log makes its work needless:
//   - LevelDB's own log files (*.log) go nowhere: the edit log is the only truth, and the record store starts from
//     the last table files (RecordStore, marker);
//   - a rename (of CURRENT) syncs the folder, and so does the sync of a MANIFEST before any of its bytes are written:
//     no power loss keeps a manifest and loses the tables that it names.
#pragma once

#include <leveldb/env.h>

#include <memory>

#include "base/env/disk.h"

namespace tusk::dfs {

class LevelDbEnv : public leveldb::EnvWrapper {
 public:
  using EnvWrapper::EnvWrapper;
  // Until no background work waits or runs.
  virtual void WaitIdle() = 0;
};

// Background work (compaction) runs on a thread of the Env, joined by its destructor.
std::unique_ptr<LevelDbEnv> MakeLevelDbEnv(Disk& disk);

}  // namespace tusk::dfs
