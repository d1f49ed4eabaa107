// Reading the edit log back: segments in order, every record once, no txid skipped. A torn tail (a group that was
// being written when the machine stopped, so nobody was answered) is left out; damage before the end is refused.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/env/disk.h"
#include "dfs/namenode/editlog/edit_record.h"
#include "dfs/namenode/editlog/segment.h"

namespace tusk::dfs {

inline constexpr uint64_t kSegmentBytesMax = uint64_t{1} << 30;

struct ReplayOutcome {
  Txid last_txid = 0;      // of the last whole record; `from - 1` where there is none
  uint64_t epoch_max = 0;  // of any segment
  uint64_t torn_bytes = 0;  // left out at the end of the last segment
  std::string torn_path;
  bool stopped = false;    // AskOnDamage said kStop
};

struct SegmentFile {
  Txid first_txid = 0;
  std::string path;
};

// The segments in `folder`, ascending.
Result<std::vector<SegmentFile>> ListSegments(Disk& disk, const std::string& folder);

// What to do where the log is damaged: `what` says what is wrong with which txid, and what continuing would skip.
enum class DamageChoice { kRefuse, kContinue, kStop };
using AskOnDamage = std::function<DamageChoice(const std::string& what, const std::string& continuing)>;

// Gives `visit` every record that the segments hold, ascending. Records before `from` are given if their segment is
// still there (the retry cache wants them); `from` and everything after it must be whole. A gap, damage or a segment
// of another namespace gives kCorruption naming txid, file and remedy. An error of `visit` ends the reading.
// With `ask`, damage is not refused but asked about; then txids are missing, and last_txid is the highest in any segment.
Result<ReplayOutcome> ReadEditLog(Disk& disk, const std::vector<SegmentFile>& segments, uint32_t namespace_id, Txid from,
                                  const std::function<Status(EditRecord&& record)>& visit,
                                  const AskOnDamage& ask = nullptr);
Result<ReplayOutcome> ReadEditLog(Disk& disk, const std::string& folder, uint32_t namespace_id, Txid from,
                                  const std::function<Status(EditRecord&& record)>& visit);

}  // namespace tusk::dfs
