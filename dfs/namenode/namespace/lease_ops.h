// Closing files whose writers are gone: lease recovery and the end of block recovery.
#pragma once

#include <vector>

#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

// Takes the file from its writer. True: it is closed in `edit` (its last block had its replicas, or held nothing).
// False: recovery of the last block has begun; the file closes when a datanode reports its end.
Result<bool> ReleaseLease(Namesystem& ns, const Call& call, const InodeRef& file, Edit& edit);
// True: the file is closed now.
Result<bool> RecoverLease(Namesystem& ns, const Call& call, const std::string& path, const std::string& holder,
                          const std::string& machine, Edit& edit);
// Files whose writers were silent for the hard limit: closed, or their recovery started. One edit per file.
std::vector<InodeId> ExpiredLeases(Namesystem& ns, TimePoint now, size_t count_max);

struct RecoveredBlock {
  BlockSpec old_block;
  int64_t new_stamp = 0;
  int64_t new_length = 0;
  bool close_file = false;
  bool delete_block = false;
  std::vector<StorageIndex> targets;
};
// commitBlockSynchronization of a datanode that recovered the block.
Status CommitBlockSynchronization(Namesystem& ns, const Call& call, const RecoveredBlock& recovered, Edit& edit);

}  // namespace tusk::dfs
