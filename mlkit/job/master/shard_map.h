// Who computes which shard: shares by weight, with as few moves as possible. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tusk::ml {

inline constexpr int kNobodysShard = -1;

// Counts that add up to `shards`, in proportion to the weights (> 0, not empty); largest remainders first, then lower ranks.
std::vector<size_t> ShareOut(size_t shards, const std::vector<double>& weights);

// The owners after every rank has its target: ranks above theirs give their last shards, ranks below take runs of what is
// free (kNobodysShard, or a rank that has no target).
std::vector<int> MoveShards(std::vector<int> owners, const std::vector<size_t>& targets);

}  // namespace tusk::ml
