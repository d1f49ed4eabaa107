// LaneSum: the lanes' gradients of one step, and their mean in the fixed tree over lanes.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mlkit/collectives/shard_sum.h"

namespace tusk::ml {

class LaneSum {
 public:
  LaneSum(size_t lanes, size_t length) : lanes_(lanes), length_(length) {}

  // Where the gradient of `lane` [length] is to be added up; zeros at first, and for lanes without rows.
  std::span<float> Of(size_t lane, float weight) {
    std::vector<float>& partial = partials_[lane];
    partial.resize(length_ + 1);
    partial[length_] = weight;
    return std::span(partial).first(length_);
  }
  size_t lanes() const { return lanes_; }

  // The mean over all ranks' lanes; false: no row anywhere. Lanes that nobody gave count as zeros if `missing` says so.
  Result<bool> TakeMean(Communicator& comm, bool missing, std::vector<float>& mean) {
    for (size_t lane = 0; missing && lane < lanes_; ++lane) partials_[lane].resize(length_ + 1);
    mean.resize(length_ + 1);
    RETURN_IF_ERROR(SumOverShards<float>(comm, lanes_, std::move(partials_), std::span<float>(mean)));
    partials_.clear();
    const float weight = mean[length_];
    mean.resize(length_);
    if (!(weight > 0)) return false;
    const float scale = 1 / weight;
    for (float& value : mean) value *= scale;
    return true;
  }

 private:
  size_t lanes_, length_;
  ShardPartials<float> partials_;
};

}  // namespace tusk::ml
