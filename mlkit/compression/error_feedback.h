// ErrorFeedback: what an encoding left out of a gradient is kept and added to the next one, so that nothing is lost for good.
#pragma once

#include <span>
#include <vector>

#include "mlkit/compression/gradient_codec.h"

namespace tusk::ml {

class ErrorFeedback {
 public:
  // `share` of the entries is kept by kTopK (at least one).
  ErrorFeedback(GradientCodec codec, double share) : codec_(codec), share_(share) {}

  // The encoding of gradient + what was left; what this one leaves out is remembered. On an error nothing changes.
  Result<std::vector<uint8_t>> Encode(std::span<const float> gradient) {
    std::vector<float> wanted(gradient.begin(), gradient.end());
    left_.resize(gradient.size());
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] += left_[i];
    const auto keep = static_cast<size_t>(share_ * static_cast<double>(wanted.size()));
    ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, EncodeGradient(codec_, wanted, keep == 0 ? 1 : keep));
    RETURN_IF_ERROR(AddDecodedGradient(bytes, -1, wanted));
    left_ = std::move(wanted);
    return bytes;
  }

  const std::vector<float>& left() const { return left_; }

 private:
  GradientCodec codec_;
  double share_;
  std::vector<float> left_;
};

}  // namespace tusk::ml
