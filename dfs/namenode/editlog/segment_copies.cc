// The best copy of each segment, see the header.
#include "dfs/namenode/editlog/segment_copies.h"

#include <map>

namespace tusk::dfs {
namespace {

// How far a copy is whole: the txid behind its last record, counted from its begin; 0 where not even the header is.
Result<Txid> WholeUntil(Disk& disk, const SegmentFile& segment, uint32_t namespace_id) {
  ASSIGN_OR_RETURN(std::string content, disk.ReadFile(segment.path, kSegmentBytesMax));
  Result<SegmentHeader> header = DecodeSegmentHeader(content, segment.path);
  if (!header.ok() || header->namespace_id != namespace_id || header->first_txid != segment.first_txid) return 0;
  Txid next = segment.first_txid;
  std::string_view rest = std::string_view(content).substr(kSegmentHeaderBytes);
  while (std::optional<Frame> frame = DecodeFrame(rest, *header)) {
    if (frame->first_txid != next) break;
    next += frame->record_count;
    rest.remove_prefix(kFrameHeaderBytes + frame->payload.size());
  }
  return next;
}

using CopiesOfSegments = std::map<Txid, std::vector<SegmentFile>>;

Result<CopiesOfSegments> ListCopies(Disk& disk, const std::vector<std::string>& folders) {
  CopiesOfSegments copies;
  for (const std::string& folder : folders) {
    ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, ListSegments(disk, folder));
    for (SegmentFile& segment : segments) copies[segment.first_txid].push_back(std::move(segment));
  }
  return copies;
}

// The first txid of the segment that holds `from`: that of the last one which begins at or before it.
Txid FirstNeeded(const std::vector<SegmentFile>& segments, Txid from) {
  Txid first = 0;
  for (const SegmentFile& segment : segments) {
    if (segment.first_txid <= from) first = segment.first_txid;
  }
  return first;
}

}  // namespace

Result<std::vector<SegmentFile>> BestSegments(Disk& disk, const std::vector<std::string>& folders, uint32_t namespace_id,
                                              Txid from) {
  ASSIGN_OR_RETURN(CopiesOfSegments copies, ListCopies(disk, folders));
  std::vector<SegmentFile> all;
  for (const auto& [first, files] : copies) all.push_back(files.front());
  const Txid needed = FirstNeeded(all, from);
  std::vector<SegmentFile> best;
  for (auto& [first, files] : copies) {
    size_t chosen = 0;
    Txid longest = -1;
    for (size_t i = 0; first >= needed && files.size() > 1 && i < files.size(); ++i) {
      Result<Txid> whole = WholeUntil(disk, files[i], namespace_id);
      if (!whole.ok() || *whole <= longest) continue;
      longest = *whole;
      chosen = i;
    }
    best.push_back(files[chosen]);
  }
  return best;
}

Status CompleteSegments(Disk& disk, const std::vector<std::string>& folders, const std::vector<SegmentFile>& best,
                        uint32_t namespace_id, Txid from) {
  if (folders.size() < 2) return Status::Ok();
  const Txid needed = FirstNeeded(best, from);
  for (const SegmentFile& segment : best) {
    if (segment.first_txid < needed) continue;
    ASSIGN_OR_RETURN(Txid whole, WholeUntil(disk, segment, namespace_id));
    for (const std::string& folder : folders) {
      const SegmentFile copy{segment.first_txid, JoinPath(folder, SegmentName(segment.first_txid))};
      if (copy.path == segment.path) continue;
      if (disk.Exists(copy.path)) {
        Result<Txid> there = WholeUntil(disk, copy, namespace_id);
        if (there.ok() && *there >= whole) continue;
      }
      ASSIGN_OR_RETURN(std::string content, disk.ReadFile(segment.path, kSegmentBytesMax));
      RETURN_IF_ERROR(disk.WriteFileAtomic(copy.path, AsBytes(content)));
    }
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
