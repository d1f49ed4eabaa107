// LossScale: the factor that keeps 16-bit gradients in range, and which steps it costs. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace tusk::ml::cuda {

class LossScale {
 public:
  LossScale(float start, uint32_t growth_interval) : scale_(start), interval_(growth_interval) {}

  // For checkpoints.
  std::vector<int64_t> State() const {
    return {std::bit_cast<int32_t>(scale_), good_, static_cast<int64_t>(step_), static_cast<int64_t>(skipped_), bad_ ? 1 : 0};
  }
  bool Restore(std::span<const int64_t> state) {
    if (state.size() != 5) return false;
    const auto scale = std::bit_cast<float>(static_cast<int32_t>(state[0]));
    if (!(scale >= 1 && scale <= 16777216) || state[1] < 0) return false;
    scale_ = scale;
    good_ = static_cast<uint32_t>(state[1]);
    step_ = static_cast<uint64_t>(state[2]);
    skipped_ = static_cast<uint64_t>(state[3]);
    bad_ = state[4] != 0;
    return true;
  }

  float scale() const { return scale_; }
  uint64_t skipped() const { return skipped_; }
  // A range of weights is about to be updated in optimizer step `step`: may it? One verdict for all ranges of a step, unless
  // a later range is the first that is not finite.
  bool MayUpdate(uint64_t step, bool finite) {
    if (step != step_) Begin(step);
    if (!finite && !bad_) {
      bad_ = true;
      ++skipped_;
      good_ = 0;
      if (scale_ > 1) scale_ /= 2;
    }
    return !bad_;
  }

 private:
  void Begin(uint64_t step) {
    if (step_ != 0 && !bad_ && ++good_ >= interval_) {
      good_ = 0;
      if (scale_ < 16777216) scale_ *= 2;
    }
    step_ = step;
    bad_ = false;
  }

  float scale_;
  uint32_t interval_, good_ = 0;
  uint64_t step_ = 0, skipped_ = 0;
  bool bad_ = false;
};

}  // namespace tusk::ml::cuda
