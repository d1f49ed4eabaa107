// EditLogWriter: appends frames to the newest segment and makes each durable before it returns. Calls block and come
// one at a time (the commit driver runs them on a disk thread). After any error the writer refuses everything: what a
// failed write or sync left behind is unknown, so the namenode stops and replays at its next start.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/env/disk.h"
#include "base/env/random.h"
#include "dfs/namenode/editlog/segment.h"

namespace tusk::dfs {

struct EditLogOptions {
  uint32_t namespace_id = 0;
  uint64_t epoch = 0;
  // Zeros are written ahead in steps of this size, so that a sync does not have to change the file's length. 0: none.
  size_t preallocate_bytes = 1 << 20;
};

class EditLogWriter {
 public:
  EditLogWriter(Disk& disk, std::string folder, EditLogOptions options, Random& random);

  // Starts a segment whose first record will be `first_txid`; its name is durable when this returns. Replaces a
  // segment of that name, which can only hold what was never acknowledged.
  Status StartSegment(Txid first_txid);
  // Writes the frame and syncs.
  Status Append(const Frame& frame);
  // Tries to make room for what comes next if little is left. A disk that is full is no error yet: low_on_room says so
  // while what was made before lasts, so that nothing new is begun.
  Status MakeRoom();
  bool low_on_room() const { return low_on_room_; }
  // Of the current segment.
  uint64_t segment_bytes() const { return offset_; }
  Txid segment_first_txid() const { return header_.first_txid; }

 private:
  Status Preallocate(uint64_t end);
  Status Fail(Status status);

  Disk& disk_;
  const std::string folder_;
  const EditLogOptions options_;
  Random& random_;
  SegmentHeader header_;
  std::string path_;
  std::unique_ptr<File> file_;
  uint64_t offset_ = 0;
  uint64_t allocated_ = 0;
  std::atomic<bool> low_on_room_ = false;
  std::string buffer_;
  Status failure_;
};

}  // namespace tusk::dfs
