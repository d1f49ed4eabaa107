// What is damage and what is a torn tail: a frame is written only after the one before it was synced, so a whole frame
// behind a broken one, or a later segment that does not continue where this one breaks off, means that acknowledged
// records were damaged.
#include "dfs/namenode/editlog/edit_log_reader.h"

#include <algorithm>

namespace tusk::dfs {
namespace {

constexpr std::string_view kRemedy =
    "Restore the folder from a copy, or see with \"hdfs namenode -recover\" what would be lost without it.";

// Where the first whole frame of this segment stands in `bytes`; npos if nowhere.
size_t FindFrame(std::string_view bytes, const SegmentHeader& header) {
  for (size_t at = bytes.find("TEDF"); at != std::string_view::npos; at = bytes.find("TEDF", at + 1)) {
    if (DecodeFrame(bytes.substr(at), header)) return at;
  }
  return std::string_view::npos;
}

std::string TxidRange(Txid first, Txid end) {
  return first + 1 == end ? "txid " + std::to_string(first) : "txid " + std::to_string(first) + " to " + std::to_string(end - 1);
}

class Replay {
 public:
  Replay(Disk& disk, uint32_t namespace_id, Txid from, const std::function<Status(EditRecord&&)>& visit,
         const AskOnDamage& ask)
      : disk_(disk), namespace_id_(namespace_id), from_(from), visit_(visit), ask_(ask) {
    outcome_.last_txid = from - 1;
  }

  Status ReadSegment(const SegmentFile& segment, bool is_last) {
    ASSIGN_OR_RETURN(std::string content, disk_.ReadFile(segment.path, kSegmentBytesMax));
    Result<SegmentHeader> decoded = DecodeSegmentHeader(content, segment.path);
    if (!decoded.ok()) {
      // The machine stopped while the segment was being made: no record was in it.
      bool was_being_made = is_last && decoded.code() == Code::kCorruption;
      if (was_being_made) return NoteTorn(segment, content.size());
      if (decoded.code() != Code::kCorruption) return std::move(decoded).status();
      return Damaged(std::string(decoded.status().message()), "skipping this file");
    }
    const SegmentHeader& header = *decoded;
    RETURN_IF_ERROR(CheckHeader(segment, header));
    std::string_view rest = std::string_view(content).substr(kSegmentHeaderBytes);
    RETURN_IF_ERROR(ReadFrames(segment, header, content.size(), rest));
    if (outcome_.stopped || rest.find_first_not_of('\0') == std::string_view::npos) return Status::Ok();  // preallocated
    return is_last ? NoteTorn(segment, rest.size()) : Status::Ok();  // the next segment tells whether it continues
  }

  Result<ReplayOutcome> Finish() {
    if (started_ && next_ - 1 > outcome_.last_txid) outcome_.last_txid = next_ - 1;
    return outcome_;
  }

  // A segment before the next one that starts at `next_first` ends where it should.
  Status CheckContinues(const SegmentFile& next) {
    if (!started_ || next.first_txid == next_) return Status::Ok();
    if (next.first_txid <= from_ && next_ <= from_) return Status::Ok();  // a gap among records that are not needed
    if (next.first_txid < next_) {
      return Status(Code::kCorruption, "the edit log has txid " + std::to_string(next.first_txid) + " twice: " + next.path +
                                           " begins where an earlier segment goes on. Two namenodes wrote, each without the "
                                           "other's folder; take the one that is out of date out of dfs.namenode.name.dir");
    }
    return Damaged("the edit log lacks " + TxidRange(next_, next.first_txid) + " before " + next.path, "without them");
  }
  // The oldest segment does not reach back to where the tables end.
  Status LacksBegin(const SegmentFile& oldest) {
    return Damaged("the edit log lacks " + TxidRange(from_, oldest.first_txid) + ": the oldest segment is " + oldest.path,
                   "without them");
  }
  void StartAt(Txid first) {
    started_ = true;
    next_ = first;
  }
  bool stopped() const { return outcome_.stopped; }
  // The highest txid that any segment's name or record speaks of; nothing may be given that number again.
  void NoteSkipped(const SegmentFile& segment) {
    outcome_.last_txid = std::max({outcome_.last_txid, next_ - 1, segment.first_txid});
  }

 private:
  Status CheckHeader(const SegmentFile& segment, const SegmentHeader& header) {
    if (header.namespace_id != namespace_id_) {
      return Status(Code::kInconsistentState, segment.path + " belongs to namespace " +
                                                  std::to_string(header.namespace_id) + ", this folder to " +
                                                  std::to_string(namespace_id_));
    }
    if (header.first_txid != segment.first_txid) {
      return Status(Code::kCorruption, segment.path + " says that it starts at txid " +
                                           std::to_string(header.first_txid) + ". " + std::string(kRemedy));
    }
    if (header.epoch < outcome_.epoch_max) {
      return Status(Code::kCorruption, segment.path + " was written by epoch " + std::to_string(header.epoch) +
                                           " after epoch " + std::to_string(outcome_.epoch_max) +
                                           ": two namenodes wrote to this folder");
    }
    outcome_.epoch_max = header.epoch;
    return Status::Ok();
  }
  Status VisitFrame(const SegmentFile& segment, const Frame& frame) {
    if (frame.first_txid != next_) {
      return Status(Code::kCorruption, "the edit log has txid " + std::to_string(frame.first_txid) + " where " +
                                           std::to_string(next_) + " belongs, in " + segment.path + ". " +
                                           std::string(kRemedy));
    }
    RecordReader payload(frame.payload);
    for (uint32_t i = 0; i < frame.record_count; ++i) {
      Result<EditRecord> record = ReadEditRecord(payload, next_);
      if (!record.ok()) return record.status().WithContext(segment.path);
      ++next_;
      RETURN_IF_ERROR(visit_(std::move(record).value()));
    }
    if (!payload.AtEnd()) {
      return Status(Code::kCorruption, segment.path + ": bytes after record " + std::to_string(next_ - 1));
    }
    return Status::Ok();
  }
  // Visits the whole frames at the begin of `rest`, and those behind damage if they are wanted; `rest` is then what is
  // left behind the last one.
  Status ReadFrames(const SegmentFile& segment, const SegmentHeader& header, size_t size, std::string_view& rest) {
    while (true) {
      while (std::optional<Frame> frame = DecodeFrame(rest, header)) {
        RETURN_IF_ERROR(VisitFrame(segment, *frame));
        rest.remove_prefix(kFrameHeaderBytes + frame->payload.size());
      }
      const size_t behind = rest.size() < 2 ? std::string_view::npos : FindFrame(rest.substr(1), header);
      if (behind == std::string_view::npos) return Status::Ok();
      const Frame follows = *DecodeFrame(rest.substr(1 + behind), header);
      RETURN_IF_ERROR(Damaged("the edit log is damaged at txid " + std::to_string(next_) + " in " + segment.path +
                                  ", offset " + std::to_string(size - rest.size()) + ": whole records follow",
                              "skipping " + TxidRange(next_, follows.first_txid)));
      if (outcome_.stopped) {
        outcome_.last_txid = std::max(outcome_.last_txid, follows.first_txid + follows.record_count - 1);
        return Status::Ok();
      }
      rest.remove_prefix(1 + behind);
      next_ = std::max(next_, follows.first_txid);
    }
  }
  // Refused, or skipped, or the end of the reading, as whoever is asked says.
  Status Damaged(const std::string& what, const std::string& continuing) {
    const DamageChoice choice = ask_ ? ask_(what, continuing) : DamageChoice::kRefuse;
    if (choice == DamageChoice::kRefuse) return Status(Code::kCorruption, what + ". " + std::string(kRemedy));
    outcome_.stopped = choice == DamageChoice::kStop;
    return Status::Ok();
  }
  Status NoteTorn(const SegmentFile& segment, uint64_t bytes) {
    outcome_.torn_bytes = bytes;
    outcome_.torn_path = segment.path;
    return Status::Ok();
  }

  Disk& disk_;
  const uint32_t namespace_id_;
  const Txid from_;
  const std::function<Status(EditRecord&&)>& visit_;
  const AskOnDamage& ask_;
  ReplayOutcome outcome_;
  bool started_ = false;
  Txid next_ = 0;  // the txid that has to come
};

}  // namespace

Result<std::vector<SegmentFile>> ListSegments(Disk& disk, const std::string& folder) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, disk.List(folder));
  std::vector<SegmentFile> segments;
  for (const std::string& name : names) {
    if (std::optional<Txid> first = ParseSegmentName(name)) segments.push_back({*first, JoinPath(folder, name)});
  }
  return segments;  // names sort as their numbers
}

Result<ReplayOutcome> ReadEditLog(Disk& disk, const std::vector<SegmentFile>& segments, uint32_t namespace_id, Txid from,
                                  const std::function<Status(EditRecord&& record)>& visit, const AskOnDamage& ask) {
  Replay replay(disk, namespace_id, from, visit, ask);
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i == 0 && segments[i].first_txid > from) RETURN_IF_ERROR(replay.LacksBegin(segments[i]));
    if (!replay.stopped()) RETURN_IF_ERROR(replay.CheckContinues(segments[i]));
    if (replay.stopped()) {
      replay.NoteSkipped(segments[i]);
      continue;
    }
    replay.StartAt(segments[i].first_txid);
    RETURN_IF_ERROR(replay.ReadSegment(segments[i], i + 1 == segments.size()));
  }
  return replay.Finish();
}

Result<ReplayOutcome> ReadEditLog(Disk& disk, const std::string& folder, uint32_t namespace_id, Txid from,
                                  const std::function<Status(EditRecord&& record)>& visit) {
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments, ListSegments(disk, folder));
  return ReadEditLog(disk, segments, namespace_id, from, visit);
}

}  // namespace tusk::dfs
