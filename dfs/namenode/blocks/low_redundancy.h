// LowRedundancy: the blocks that need more replicas, in Hadoop's five priorities.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

namespace tusk::dfs {

using std::size_t;

class LowRedundancy {
 public:
  enum Level : uint8_t {
    kHighest = 0,           // one replica left, or only decommissioning ones
    kVeryLow = 1,           // less than a third
    kLow = 2,
    kBadlyDistributed = 3,  // enough, but all on one rack
    kNone = 4,              // no replica lives: nothing to copy from
  };
  static constexpr size_t kLevels = 5;

  void Put(int64_t id, Level level);
  void Remove(int64_t id);
  bool Contains(int64_t id) const { return level_of_.contains(id); }
  size_t size() const { return level_of_.size(); }
  size_t size(Level level) const { return by_level_[level].size(); }
  const std::set<int64_t>& at(Level level) const { return by_level_[level]; }
  // Up to `count` blocks of kHighest..kBadlyDistributed, most urgent first; a later call goes on where this one ended,
  // so that blocks which cannot be helped now do not starve the others.
  std::vector<int64_t> Next(size_t count);

 private:
  std::array<std::set<int64_t>, kLevels> by_level_;
  std::array<int64_t, kLevels> resume_after_{};
  std::unordered_map<int64_t, Level> level_of_;
};

}  // namespace tusk::dfs
