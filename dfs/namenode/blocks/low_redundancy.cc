// LowRedundancy, see the header.
#include "dfs/namenode/blocks/low_redundancy.h"

namespace tusk::dfs {

void LowRedundancy::Put(int64_t id, Level level) {
  auto [it, added] = level_of_.try_emplace(id, level);
  if (!added) {
    if (it->second == level) return;
    by_level_[it->second].erase(id);
    it->second = level;
  }
  by_level_[level].insert(id);
}

void LowRedundancy::Remove(int64_t id) {
  auto it = level_of_.find(id);
  if (it == level_of_.end()) return;
  by_level_[it->second].erase(id);
  level_of_.erase(it);
}

std::vector<int64_t> LowRedundancy::Next(size_t count) {
  std::vector<int64_t> chosen;
  for (size_t level = kHighest; level <= kBadlyDistributed && chosen.size() < count; ++level) {
    const std::set<int64_t>& blocks = by_level_[level];
    if (blocks.empty()) continue;
    auto it = blocks.upper_bound(resume_after_[level]);
    for (size_t seen = 0; seen < blocks.size() && chosen.size() < count; ++seen) {
      if (it == blocks.end()) it = blocks.begin();
      chosen.push_back(*it);
      resume_after_[level] = *it;
      ++it;
    }
  }
  return chosen;
}

}  // namespace tusk::dfs
