// The edit log's segments lie in several folders, and after faults not every folder has them all, or has them whole.
// Here the best copy of each is found, and the other folders are given it.
#pragma once

#include <string>
#include <vector>

#include "dfs/namenode/editlog/edit_log_reader.h"

namespace tusk::dfs {

// The best copy of each segment in any of `folders`, ascending: the one with most whole records from its begin on.
// Segments that only hold records before `from` are taken as they are found.
Result<std::vector<SegmentFile>> BestSegments(Disk& disk, const std::vector<std::string>& folders, uint32_t namespace_id,
                                              Txid from);

// Each of `folders` gets the segments of `best` from `from` on which it lacks or has less of. Atomic per segment.
Status CompleteSegments(Disk& disk, const std::vector<std::string>& folders, const std::vector<SegmentFile>& best,
                        uint32_t namespace_id, Txid from);

}  // namespace tusk::dfs
