// Block lists of full reports, see the header.
#include "dfs/namenode/blocks/block_report_codec.h"

namespace tusk::dfs {
namespace {

constexpr uint64_t kLengthMask = (1ull << 48) - 1;  // the upper bits are reserved
constexpr uint64_t kStateMask = 15;

// Varints over a chain of chunks.
class ChainReader {
 public:
  explicit ChainReader(std::span<const ByteView> chunks) : chunks_(chunks) { SkipEmpty(); }
  bool at_end() const { return chunk_ == chunks_.size(); }
  bool ReadVarint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_end()) return false;
      const uint8_t byte = chunks_[chunk_][offset_++];
      SkipEmpty();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return true;
    }
    return false;
  }

 private:
  void SkipEmpty() {
    while (chunk_ < chunks_.size() && offset_ == chunks_[chunk_].size()) {
      ++chunk_;
      offset_ = 0;
    }
  }
  std::span<const ByteView> chunks_;
  size_t chunk_ = 0;
  size_t offset_ = 0;
};

int64_t FromZigzag(uint64_t value) { return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1)); }
uint64_t ToZigzag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }

void AppendVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

Status Malformed(const char* what) { return Status(Code::kIOError, std::string("malformed block report: ") + what); }

Result<ReplicaState> StateFrom(uint64_t number) {
  if (number > static_cast<uint64_t>(ReplicaState::kTemporary)) return Malformed("unknown replica state");
  return static_cast<ReplicaState>(number);
}

}  // namespace

Result<std::vector<ReportedReplica>> DecodeBlockBuffers(std::span<const ByteView> chunks, uint64_t count) {
  uint64_t bytes = 0;
  for (ByteView chunk : chunks) bytes += chunk.size();
  if (count > bytes / 4) return Malformed("fewer bytes than its number of blocks needs");
  std::vector<ReportedReplica> replicas;
  replicas.reserve(count);
  ChainReader reader(chunks);
  while (!reader.at_end()) {
    uint64_t id = 0, length = 0, stamp = 0, state = 0;
    if (!reader.ReadVarint(id) || !reader.ReadVarint(length) || !reader.ReadVarint(stamp) || !reader.ReadVarint(state)) {
      return Malformed("it ends within a block");
    }
    ASSIGN_OR_RETURN(ReplicaState replica_state, StateFrom(state & kStateMask));
    replicas.push_back({{FromZigzag(id), static_cast<int64_t>(stamp), static_cast<int64_t>(length & kLengthMask)},
                        replica_state});
    if (replicas.size() > count) return Malformed("more blocks than it says");
  }
  if (replicas.size() != count) return Malformed("fewer blocks than it says");
  return replicas;
}

Result<std::vector<ReportedReplica>> DecodeBlockLongs(std::span<const uint64_t> longs) {
  std::vector<ReportedReplica> replicas;
  if (longs.empty()) return replicas;
  if (longs.size() < 2) return Malformed("no counts");
  const uint64_t finalized = longs[0], open = longs[1];
  const uint64_t room = longs.size();
  if (finalized > room / 3 || open > room / 4) return Malformed("counts beyond its size");
  // Two counts, finalized by threes, three marks of -1, the others by fours.
  if (longs.size() != 2 + finalized * 3 + 3 + open * 4) return Malformed("counts that do not match its size");
  auto number = [&](size_t at) { return static_cast<int64_t>(longs[at]); };
  replicas.reserve(finalized + open);
  size_t at = 2;
  for (uint64_t i = 0; i < finalized; ++i, at += 3) {
    replicas.push_back({{number(at), number(at + 2), number(at + 1)}, ReplicaState::kFinalized});
  }
  at += 3;
  for (uint64_t i = 0; i < open; ++i, at += 4) {
    ASSIGN_OR_RETURN(ReplicaState state, StateFrom(longs[at + 3]));
    replicas.push_back({{number(at), number(at + 2), number(at + 1)}, state});
  }
  return replicas;
}

std::string EncodeBlockBuffer(std::span<const ReportedReplica> replicas) {
  std::string out;
  for (const ReportedReplica& replica : replicas) {
    AppendVarint(ToZigzag(replica.block.id), out);
    AppendVarint(static_cast<uint64_t>(replica.block.length), out);
    AppendVarint(static_cast<uint64_t>(replica.block.stamp), out);
    AppendVarint(static_cast<uint64_t>(replica.state), out);
  }
  return out;
}

}  // namespace tusk::dfs
