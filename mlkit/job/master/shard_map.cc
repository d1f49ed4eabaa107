// Shares and moves of shards.
#include "mlkit/job/master/shard_map.h"

#include <algorithm>
#include <numeric>

namespace tusk::ml {

std::vector<int> SplitEvenly(size_t shards, size_t ranks) {
  std::vector<int> owners(shards);
  for (size_t shard = 0; shard < shards; ++shard) owners[shard] = static_cast<int>(shard * ranks / shards);
  return owners;
}

std::vector<double> LoadsOf(const std::vector<int>& owners, const std::vector<double>& costs, size_t ranks) {
  std::vector<double> loads(ranks, 0.0);
  for (size_t shard = 0; shard < owners.size(); ++shard) {
    if (owners[shard] != kNobodysShard) loads[static_cast<size_t>(owners[shard])] += costs[shard];
  }
  return loads;
}

namespace {

// Shares are rounded to whole shards, and one too many takes a slow rank the longest: who would end last gives one more away while
// that makes the end earlier.
void EvenOutEnds(std::vector<int>& owners, const std::vector<double>& costs, const std::vector<double>& weights, std::vector<double>& loads) {
  for (size_t moves = 0; moves < owners.size(); ++moves) {
    size_t last = 0;
    for (size_t rank = 1; rank < loads.size(); ++rank) {
      if (loads[rank] / weights[rank] > loads[last] / weights[last]) last = rank;
    }
    size_t shard = owners.size();
    for (size_t s = owners.size(); s-- > 0;) {
      if (owners[s] == static_cast<int>(last) && (shard == owners.size() || costs[s] < costs[shard])) shard = s;
    }
    if (shard == owners.size()) return;
    const auto end_with = [&](size_t rank) { return (loads[rank] + costs[shard]) / weights[rank]; };
    size_t taker = last == 0 && loads.size() > 1 ? 1 : 0;
    for (size_t rank = 0; rank < loads.size(); ++rank) {
      if (rank != last && end_with(rank) < end_with(taker)) taker = rank;
    }
    if (taker == last || end_with(taker) >= loads[last] / weights[last]) return;
    owners[shard] = static_cast<int>(taker);
    loads[last] -= costs[shard];
    loads[taker] += costs[shard];
  }
}

}  // namespace

std::vector<int> MoveShards(std::vector<int> owners, const std::vector<double>& costs, const std::vector<double>& weights) {
  const double cost = std::accumulate(costs.begin(), costs.end(), 0.0);
  const double weight = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> loads = LoadsOf(owners, costs, weights.size());
  const auto lack = [&](size_t rank) { return cost * weights[rank] / weight - loads[rank]; };
  for (size_t shard = owners.size(); shard-- > 0;) {
    if (owners[shard] == kNobodysShard) continue;
    const auto rank = static_cast<size_t>(owners[shard]);
    if (-lack(rank) < costs[shard] / 2) continue;  // it is nearer to its share with this one
    loads[rank] -= costs[shard];
    owners[shard] = kNobodysShard;
  }
  size_t taker = 0;
  for (size_t shard = 0; shard < owners.size(); ++shard) {
    if (owners[shard] != kNobodysShard) continue;
    if (lack(taker) < costs[shard] / 2) {
      for (size_t rank = 0; rank < loads.size(); ++rank) {
        if (lack(rank) > lack(taker)) taker = rank;
      }
    }
    owners[shard] = static_cast<int>(taker);
    loads[taker] += costs[shard];
  }
  EvenOutEnds(owners, costs, weights, loads);
  return owners;
}

}  // namespace tusk::ml
