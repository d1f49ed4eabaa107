// Shares and moves of shards.
#include "mlkit/job/master/shard_map.h"

#include <algorithm>
#include <numeric>

namespace tusk::ml {

std::vector<size_t> ShareOut(size_t shards, const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<size_t> counts;
  std::vector<std::pair<double, size_t>> remainders;  // negated, so that sorting puts the largest first
  size_t given = 0;
  for (size_t r = 0; r < weights.size(); ++r) {
    const double exact = static_cast<double>(shards) * weights[r] / total;
    counts.push_back(static_cast<size_t>(exact));
    remainders.emplace_back(static_cast<double>(counts.back()) - exact, r);
    given += counts.back();
  }
  std::sort(remainders.begin(), remainders.end());
  for (size_t i = 0; given < shards; ++i, ++given) ++counts[remainders[i % remainders.size()].second];
  return counts;
}

std::vector<int> MoveShards(std::vector<int> owners, const std::vector<size_t>& targets) {
  const int ranks = static_cast<int>(targets.size());
  std::vector<size_t> counts(targets.size(), 0);
  for (int& owner : owners) {
    if (owner < 0 || owner >= ranks) owner = kNobodysShard;
    if (owner != kNobodysShard) ++counts[static_cast<size_t>(owner)];
  }
  for (size_t shard = owners.size(); shard-- > 0;) {
    if (owners[shard] == kNobodysShard) continue;
    const auto rank = static_cast<size_t>(owners[shard]);
    if (counts[rank] <= targets[rank]) continue;
    --counts[rank];
    owners[shard] = kNobodysShard;
  }
  size_t taker = 0;
  for (int& owner : owners) {
    if (owner != kNobodysShard) continue;
    while (taker < targets.size() && counts[taker] >= targets[taker]) ++taker;
    if (taker == targets.size()) break;
    owner = static_cast<int>(taker);
    ++counts[taker];
  }
  return owners;
}

}  // namespace tusk::ml
