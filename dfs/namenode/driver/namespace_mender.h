// Makes the namespace's records fit together again after some were lost: for "hdfs namenode -recover" only. Everything is
// held in memory meanwhile (about 200 bytes an inode).
#pragma once

#include <string>
#include <vector>

#include "base/core/result.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

struct Mending {
  std::vector<RecordChange> changes;
  std::vector<std::string> notes;  // one line per inode that was moved, dropped or counted anew
};

// An inode that two names claim keeps the one that its own record says; one whose directory is lost comes to
// /recovered-<inode id>; child counts, indexes and counters follow from the inodes.
Result<Mending> MendNamespace(const RecordStore& store);

}  // namespace tusk::dfs
