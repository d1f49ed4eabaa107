// Sums of sparse vectors over shards in the fixed tree of shard_sum.h, at a cost of what is not zero: lists of indices and values are
// merged, and a part of the vector that has filled up goes on as dense. The sum's values have the bits that SumOverShards
// gives, whatever the ranks and whichever parts were dense.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

struct SparseValues {
  std::vector<uint32_t> indices;   // ascending, below the vector's length
  std::vector<float> values;
};
using SparsePartials = std::map<size_t, SparseValues>;   // of one rank, by shard

// The sum of all ranks' partials over shards 0..shard_count-1 (>= 1), each on exactly one rank, into `sum` on every rank: only what
// is not zero. `length` up to 2^32. From `dense_share` of its entries on a part is dense. kAlwaysSparse: no part ever is, and `sum` has
// every index that a partial has, zeros too (never -0).
inline constexpr double kAlwaysSparse = 2;
Status SumSparseOverShards(Communicator& comm, size_t shard_count, uint64_t length, SparsePartials partials, SparseValues& sum,
                           double dense_share = 0.5);

// One node's entries of [begin, end): a list, or all of them.
struct SparseNode {
  uint32_t level = 0;
  uint64_t index = 0;
  SparseValues list;               // if `dense` is empty
  std::vector<float> dense;        // [end - begin]
};

// What travels: u32 level, u64 index, u64 count (2^64 - 1: dense), indices, values.
std::vector<uint8_t> EncodeSparseNodes(const std::vector<SparseNode>& nodes);
// Any bytes are safe.
Status DecodeSparseNodes(ByteView bytes, uint64_t begin, uint64_t end, std::vector<SparseNode>& nodes);

}  // namespace tusk::ml
