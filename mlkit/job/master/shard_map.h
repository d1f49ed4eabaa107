// Who computes which shard: shares by weight, with as few moves as possible. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tusk::ml {

inline constexpr int kNobodysShard = -1;

// Contiguous pieces of nearly equal numbers, in the order of ranks.
std::vector<int> SplitEvenly(size_t shards, size_t ranks);

// The owners after every rank has about its share of the cost, shares being in proportion to the weights (> 0): ranks above
// theirs give their last shards, ranks below take runs of what is free (kNobodysShard). costs[shard] > 0.
std::vector<int> MoveShards(std::vector<int> owners, const std::vector<double>& costs, const std::vector<double>& weights);

// What each rank owns.
std::vector<double> LoadsOf(const std::vector<int>& owners, const std::vector<double>& costs, size_t ranks);

}  // namespace tusk::ml
