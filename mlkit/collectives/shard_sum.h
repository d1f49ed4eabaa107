// Sums over shards in one fixed tree: node (level k, i) is the sum of shards [i * 2^k, (i + 1) * 2^k), cut at the number
// of shards; left + right, elementwise. Any split of the shards over ranks gives the same bits: a rank adds up what is wholly
// its own (SubtreeSums), the rest is added after the subtrees have met.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

// Partial results of one rank by shard, of equal lengths everywhere.
template <typename T>
using ShardPartials = std::map<size_t, std::vector<T>>;

// The sum of all ranks' partials over shards 0..shard_count-1 (>= 1) in the fixed tree, into `sum` on every rank; each shard
// on exactly one rank, a shard without rows as zeros. T is float, double or int64_t.
template <typename T>
Status SumOverShards(Communicator& comm, size_t shard_count, ShardPartials<T> partials, std::span<T> sum);

// A maximal subtree whose shards are all present.
template <typename T>
struct SubtreeSum {
  uint32_t level = 0;
  uint64_t index = 0;
  std::vector<T> values;
};

// The local part: partials folded into as few subtrees as the tree allows, ascending by first shard.
template <typename T>
std::vector<SubtreeSum<T>> SubtreeSums(size_t shard_count, ShardPartials<T> partials);

// All subtrees of all ranks folded to the root. They must cover 0..shard_count-1 exactly once.
template <typename T>
Status FoldSubtrees(size_t shard_count, std::vector<SubtreeSum<T>> subtrees, std::span<T> sum);

}  // namespace tusk::ml
