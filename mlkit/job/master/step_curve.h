// StepCurve: the figures of a training's steps, thinned so that any number of steps fits: once it is full, every second point goes,
// and from then on half as many are kept. The newest step is always there. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tusk::ml {

template <typename Point>   // has a `step`
class StepCurve {
 public:
  explicit StepCurve(size_t points_max) : points_max_(points_max) {}

  void Add(Point point) {
    // A training that goes back behind what it had (resync, a checkpoint) makes those steps again.
    while (!points_.empty() && points_.back().step >= point.step) points_.pop_back();
    if (!points_.empty() && points_.back().step % stride_ != 0) points_.pop_back();   // it was there as the newest only
    points_.push_back(std::move(point));
    if (points_.size() <= points_max_) return;
    stride_ *= 2;
    std::vector<Point> kept;
    for (size_t i = 0; i < points_.size(); ++i) {
      if (points_[i].step % stride_ == 0 || i + 1 == points_.size()) kept.push_back(std::move(points_[i]));
    }
    points_ = std::move(kept);
  }
  const std::vector<Point>& points() const { return points_; }
  // Points but the newest are of steps that this divides.
  uint64_t stride() const { return stride_; }

 private:
  const size_t points_max_;
  std::vector<Point> points_;
  uint64_t stride_ = 1;
};

}  // namespace tusk::ml
