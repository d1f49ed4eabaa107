// The fixed tree: folding of subtrees, and their exchange between ranks.
#include "mlkit/collectives/shard_sum.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "mlkit/collectives/fixed_tree.h"

namespace tusk::ml {
namespace {

template <typename T>
void Add(std::span<T> left, std::span<const T> right) {
  for (size_t i = 0; i < left.size(); ++i) left[i] += right[i];
}

template <typename T>
void JoinSubtrees(uint64_t shards, std::vector<SubtreeSum<T>>& subtrees) {
  JoinSiblings(shards, subtrees, [](SubtreeSum<T>& left, const SubtreeSum<T>& right) { Add<T>(left.values, right.values); });
}

constexpr size_t kHeadBytes = 12;  // u32 level, u64 index

// The elements [begin, end) of every subtree.
template <typename T>
std::vector<uint8_t> Encode(const std::vector<SubtreeSum<T>>& subtrees, size_t begin, size_t end) {
  std::vector<uint8_t> bytes(subtrees.size() * (kHeadBytes + (end - begin) * sizeof(T)));
  uint8_t* to = bytes.data();
  for (const SubtreeSum<T>& node : subtrees) {
    std::memcpy(to, &node.level, 4);
    std::memcpy(to + 4, &node.index, 8);
    if (end > begin) std::memcpy(to + kHeadBytes, node.values.data() + begin, (end - begin) * sizeof(T));
    to += kHeadBytes + (end - begin) * sizeof(T);
  }
  return bytes;
}

template <typename T>
Status Decode(ByteView bytes, size_t length, std::vector<SubtreeSum<T>>& subtrees) {
  const size_t node_bytes = kHeadBytes + length * sizeof(T);
  if (bytes.size() % node_bytes != 0) {
    return Status(Code::kCorruption, "partial sums of another rank have " + std::to_string(bytes.size()) +
                                         " bytes, not a multiple of " + std::to_string(node_bytes));
  }
  for (size_t at = 0; at < bytes.size(); at += node_bytes) {
    SubtreeSum<T>& node = subtrees.emplace_back();
    std::memcpy(&node.level, bytes.data() + at, 4);
    std::memcpy(&node.index, bytes.data() + at + 4, 8);
    node.values.resize(length);
    if (length > 0) std::memcpy(node.values.data(), bytes.data() + at + kHeadBytes, length * sizeof(T));
  }
  return Status::Ok();
}

constexpr size_t kGatheredBytesMax = 16 << 10;  // up to this everybody sends everybody all of its subtrees

// Each rank folds a piece of the elements; then the pieces go to everybody.
template <typename T>
Status FoldInPieces(Communicator& comm, size_t shard_count, const std::vector<SubtreeSum<T>>& subtrees, std::span<T> sum) {
  const auto ranks = static_cast<size_t>(comm.size()), rank = static_cast<size_t>(comm.rank());
  std::vector<size_t> starts, byte_starts;
  std::vector<std::vector<uint8_t>> pieces;
  for (size_t r = 0; r <= ranks; ++r) {
    starts.push_back(sum.size() / ranks * r + std::min(sum.size() % ranks, r));
    byte_starts.push_back(starts.back() * sizeof(T));
    if (r > 0) pieces.push_back(Encode(subtrees, starts[r - 1], starts[r]));
  }
  ASSIGN_OR_RETURN(const auto all, comm.AllToAll(std::vector<ByteView>(pieces.begin(), pieces.end())));
  const std::span<T> mine = sum.subspan(starts[rank], starts[rank + 1] - starts[rank]);
  std::vector<SubtreeSum<T>> gathered;
  for (const auto& bytes : all) RETURN_IF_ERROR(Decode(bytes, mine.size(), gathered));
  RETURN_IF_ERROR(FoldSubtrees<T>(shard_count, std::move(gathered), mine));
  return comm.AllGatherParts({reinterpret_cast<uint8_t*>(sum.data()), sum.size_bytes()}, byte_starts);
}

}  // namespace

template <typename T>
std::vector<SubtreeSum<T>> SubtreeSums(size_t shard_count, ShardPartials<T> partials) {
  std::vector<SubtreeSum<T>> subtrees;
  for (auto& [shard, values] : partials) subtrees.push_back({0, shard, std::move(values)});
  JoinSubtrees(shard_count, subtrees);
  return subtrees;
}

template <typename T>
Status FoldSubtrees(size_t shard_count, std::vector<SubtreeSum<T>> subtrees, std::span<T> sum) {
  std::sort(subtrees.begin(), subtrees.end(), [](const auto& a, const auto& b) {
    return (a.index << std::min(a.level, 63U)) < (b.index << std::min(b.level, 63U));
  });
  JoinSubtrees(shard_count, subtrees);
  if (!IsRoot(shard_count, subtrees) || subtrees[0].values.size() != sum.size()) {
    return Status(Code::kInternal, "partial sums do not cover the " + std::to_string(shard_count) + " shards exactly once");
  }
  std::copy(subtrees[0].values.begin(), subtrees[0].values.end(), sum.begin());
  return Status::Ok();
}

template <typename T>
Status SumOverShards(Communicator& comm, size_t shard_count, ShardPartials<T> partials, std::span<T> sum) {
  for (const auto& [shard, values] : partials) {
    if (shard >= shard_count || values.size() != sum.size()) {
      return Status(Code::kInvalidArgument, "partial sum of shard " + std::to_string(shard) + " has " +
                                                std::to_string(values.size()) + " values instead of " +
                                                std::to_string(sum.size()));
    }
  }
  std::vector<SubtreeSum<T>> subtrees = SubtreeSums<T>(shard_count, std::move(partials));
  if (comm.size() > 1 && sum.size_bytes() > kGatheredBytesMax) return FoldInPieces(comm, shard_count, subtrees, sum);
  if (comm.size() > 1) {
    ASSIGN_OR_RETURN(auto all, comm.AllGather(Encode(subtrees, 0, sum.size())));
    subtrees.clear();
    for (const auto& bytes : all) RETURN_IF_ERROR(Decode(bytes, sum.size(), subtrees));
  }
  return FoldSubtrees<T>(shard_count, std::move(subtrees), sum);
}

#define TUSK_SHARD_SUM(T)                                                                          \
  template Status SumOverShards<T>(Communicator&, size_t, ShardPartials<T>, std::span<T>);         \
  template std::vector<SubtreeSum<T>> SubtreeSums<T>(size_t, ShardPartials<T>);                    \
  template Status FoldSubtrees<T>(size_t, std::vector<SubtreeSum<T>>, std::span<T>);
TUSK_SHARD_SUM(float)
TUSK_SHARD_SUM(double)
TUSK_SHARD_SUM(int64_t)
#undef TUSK_SHARD_SUM

}  // namespace tusk::ml
