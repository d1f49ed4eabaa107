// Merging of lists, and their exchange: each rank folds a part of the indices, then the parts go to everybody.
#include "mlkit/collectives/sparse_sum.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "mlkit/collectives/fixed_tree.h"

namespace tusk::ml {
namespace {

constexpr size_t kHeadBytes = 20;
constexpr uint64_t kDense = UINT64_MAX;

struct Part {
  uint64_t begin = 0, end = 0;
  double dense_share = 0.5;
  size_t length() const { return static_cast<size_t>(end - begin); }
};

void MakeDense(const Part& part, SparseNode& node) {
  node.dense.assign(part.length(), 0.0F);
  for (size_t i = 0; i < node.list.indices.size(); ++i) node.dense[node.list.indices[i] - part.begin] = node.list.values[i];
  node.list = {};
}

void MakeDenseIfFull(const Part& part, SparseNode& node) {
  const bool full = static_cast<double>(node.list.indices.size()) > part.dense_share * static_cast<double>(part.length());
  if (node.dense.empty() && full) MakeDense(part, node);
}

SparseValues Merged(const SparseValues& left, const SparseValues& right) {
  SparseValues merged;
  merged.indices.reserve(left.indices.size() + right.indices.size());
  merged.values.reserve(merged.indices.capacity());
  for (size_t l = 0, r = 0; l < left.indices.size() || r < right.indices.size();) {
    const bool take_left = r == right.indices.size() || (l < left.indices.size() && left.indices[l] <= right.indices[r]);
    const bool take_right = l == left.indices.size() || (r < right.indices.size() && right.indices[r] <= left.indices[l]);
    merged.indices.push_back(take_left ? left.indices[l] : right.indices[r]);
    merged.values.push_back(take_left && take_right ? left.values[l] + right.values[r] : take_left ? left.values[l] : right.values[r]);
    l += take_left ? 1 : 0;
    r += take_right ? 1 : 0;
  }
  return merged;
}

void AddNode(const Part& part, SparseNode& left, SparseNode& right) {
  if (left.dense.empty() && right.dense.empty()) {
    left.list = Merged(left.list, right.list);
    return MakeDenseIfFull(part, left);
  }
  if (left.dense.empty()) MakeDense(part, left);
  for (size_t i = 0; i < right.dense.size(); ++i) left.dense[i] += right.dense[i];
  for (size_t i = 0; i < right.list.indices.size(); ++i) left.dense[right.list.indices[i] - part.begin] += right.list.values[i];
}

void Fold(const Part& part, size_t shard_count, std::vector<SparseNode>& nodes) {
  JoinSiblings(shard_count, nodes, [&](SparseNode& left, SparseNode& right) { AddNode(part, left, right); });
}

// The entries of `inner` of nodes that are of `outer`.
std::vector<SparseNode> Cut(const std::vector<SparseNode>& nodes, const Part& outer, const Part& inner) {
  std::vector<SparseNode> cut;
  for (const SparseNode& node : nodes) {
    SparseNode& part = cut.emplace_back();
    part.level = node.level;
    part.index = node.index;
    if (!node.dense.empty()) {
      const auto from = node.dense.begin() + static_cast<ptrdiff_t>(inner.begin - outer.begin);
      part.dense.assign(from, from + static_cast<ptrdiff_t>(inner.length()));
      continue;
    }
    const std::vector<uint32_t>& indices = node.list.indices;
    const auto first = std::lower_bound(indices.begin(), indices.end(), inner.begin), last = std::lower_bound(first, indices.end(), inner.end);
    part.list.indices.assign(first, last);
    part.list.values.assign(node.list.values.begin() + (first - indices.begin()), node.list.values.begin() + (last - indices.begin()));
    MakeDenseIfFull(inner, part);
  }
  return cut;
}

void AppendSum(const SparseNode& node, const Part& part, SparseValues& sum) {
  const auto append = [&](uint64_t index, float value) {
    if (value == 0 && part.dense_share < kAlwaysSparse) return;
    sum.indices.push_back(static_cast<uint32_t>(index));
    sum.values.push_back(value + 0.0F);   // -0 is 0
  };
  for (size_t i = 0; i < node.dense.size(); ++i) append(part.begin + i, node.dense[i]);
  for (size_t i = 0; i < node.list.indices.size(); ++i) append(node.list.indices[i], node.list.values[i]);
}

Status CheckPartial(const SparseValues& partial, uint64_t length) {
  const bool ascends = std::adjacent_find(partial.indices.begin(), partial.indices.end(), std::greater_equal<>()) == partial.indices.end();
  if (partial.values.size() != partial.indices.size() || !ascends || (!partial.indices.empty() && partial.indices.back() >= length)) {
    return Status(Code::kInvalidArgument, "the indices of a sparse vector do not ascend below " + std::to_string(length));
  }
  return Status::Ok();
}

}  // namespace

std::vector<uint8_t> EncodeSparseNodes(const std::vector<SparseNode>& nodes) {
  std::vector<uint8_t> bytes;
  const auto append = [&](const void* from, size_t count) {
    const size_t at = bytes.size();
    bytes.resize(at + count);
    if (count > 0) std::memcpy(bytes.data() + at, from, count);
  };
  for (const SparseNode& node : nodes) {
    const uint64_t count = node.dense.empty() ? node.list.indices.size() : kDense;
    append(&node.level, 4);
    append(&node.index, 8);
    append(&count, 8);
    append(node.list.indices.data(), node.list.indices.size() * 4);
    append(node.list.values.data(), node.list.values.size() * 4);
    append(node.dense.data(), node.dense.size() * 4);
  }
  return bytes;
}

Status DecodeSparseNodes(ByteView bytes, uint64_t begin, uint64_t end, std::vector<SparseNode>& nodes) {
  const Status bad(Code::kCorruption, "sparse sums of another rank are cut off or of indices that are none");
  const auto take = [&](void* to, size_t count) {
    if (count > 0) std::memcpy(to, bytes.data(), count);
    bytes = bytes.subspan(count);
  };
  while (!bytes.empty()) {
    if (bytes.size() < kHeadBytes) return bad;
    SparseNode& node = nodes.emplace_back();
    uint64_t count = 0;
    take(&node.level, 4);
    take(&node.index, 8);
    take(&count, 8);
    const uint64_t floats = count == kDense ? end - begin : count;
    if (floats > bytes.size() / (count == kDense ? 4 : 8)) return bad;
    if (count == kDense) {
      node.dense.resize(floats);
      take(node.dense.data(), floats * 4);
      continue;
    }
    node.list.indices.resize(floats);
    node.list.values.resize(floats);
    take(node.list.indices.data(), floats * 4);
    take(node.list.values.data(), floats * 4);
    if (!CheckPartial(node.list, end).ok() || (floats > 0 && node.list.indices.front() < begin)) return bad;
  }
  return Status::Ok();
}

Status SumSparseOverShards(Communicator& comm, size_t shard_count, uint64_t length, SparsePartials partials, SparseValues& sum, double dense_share) {
  if (length > uint64_t{1} << 32) return Status(Code::kInvalidArgument, "sparse vectors have up to 2^32 entries");
  const Part whole{0, length, dense_share};
  std::vector<SparseNode> nodes;
  for (auto& [shard, partial] : partials) {
    RETURN_IF_ERROR(CheckPartial(partial, length));
    nodes.push_back({0, shard, std::move(partial), {}});
    MakeDenseIfFull(whole, nodes.back());
  }
  Fold(whole, shard_count, nodes);
  const auto ranks = static_cast<uint64_t>(comm.size()), rank = static_cast<uint64_t>(comm.rank());
  const auto part_of = [&](uint64_t r) {
    const auto start = [&](uint64_t at) { return length / ranks * at + std::min(length % ranks, at); };
    return Part{start(r), start(r + 1), dense_share};
  };
  std::vector<std::vector<uint8_t>> given;
  for (uint64_t r = 0; r < ranks; ++r) given.push_back(EncodeSparseNodes(Cut(nodes, whole, part_of(r))));
  ASSIGN_OR_RETURN(const auto taken, comm.AllToAll(std::vector<ByteView>(given.begin(), given.end())));
  const Part mine = part_of(rank);
  nodes.clear();
  for (const auto& bytes : taken) RETURN_IF_ERROR(DecodeSparseNodes(bytes, mine.begin, mine.end, nodes));
  std::sort(nodes.begin(), nodes.end(), [](const SparseNode& a, const SparseNode& b) {
    return (a.index << std::min(a.level, 63U)) < (b.index << std::min(b.level, 63U));
  });
  Fold(mine, shard_count, nodes);
  if (!IsRoot(shard_count, nodes)) {
    return Status(Code::kInternal, "partial sums do not cover the " + std::to_string(shard_count) + " shards exactly once");
  }
  ASSIGN_OR_RETURN(const auto all, comm.AllGather(EncodeSparseNodes(nodes)));
  sum = {};
  for (uint64_t r = 0; r < ranks; ++r) {
    const Part part = part_of(r);
    std::vector<SparseNode> root;
    RETURN_IF_ERROR(DecodeSparseNodes(all[r], part.begin, part.end, root));
    for (const SparseNode& node : root) AppendSum(node, part, sum);
  }
  return Status::Ok();
}

}  // namespace tusk::ml
