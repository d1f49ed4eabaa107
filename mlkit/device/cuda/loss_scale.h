// LossScale: the factor that keeps 16-bit gradients in range, and which steps it costs. Pure.
#pragma once

#include <cstdint>

namespace tusk::ml::cuda {

class LossScale {
 public:
  LossScale(float start, uint32_t growth_interval) : scale_(start), interval_(growth_interval) {}

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
