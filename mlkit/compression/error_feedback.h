// ErrorFeedback: what an encoding left out of a gradient is kept and added to the next one, so that nothing is lost for good.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/compression/gradient_codec.h"

namespace tusk::ml {

class ErrorFeedback {
 public:
  // `share` of a gradient's entries is kept by kTopK (at least one). `length` is that of whole gradients.
  ErrorFeedback(GradientCodec codec, double share, size_t length) : codec_(codec), share_(share), left_(length) {}

  // The encoding of gradient + what was left; what this one leaves out is remembered. The gradient's entry i belongs to place
  // places[i]; no places: to place i of all. On an error nothing changes.
  Result<std::vector<uint8_t>> Encode(std::span<const float> gradient, std::span<const uint32_t> places = {}) {
    std::vector<float> wanted = Wanted(gradient, places);
    const auto keep = static_cast<size_t>(share_ * static_cast<double>(wanted.size()));
    ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, EncodeGradient(codec_, wanted, std::max<size_t>(keep, 1)));
    RETURN_IF_ERROR(AddDecodedGradient(bytes, -1, wanted));
    Remember(wanted, places);
    return bytes;
  }

  // gradient + what was left, as it is: nothing is left at these places.
  Result<std::vector<uint8_t>> EncodeWhole(std::span<const float> gradient, std::span<const uint32_t> places = {}) {
    ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, EncodeGradient(GradientCodec::kNone, Wanted(gradient, places)));
    Remember(std::vector<float>(gradient.size()), places);
    return bytes;
  }

  const std::vector<float>& left() const { return left_; }

 private:
  std::vector<float> Wanted(std::span<const float> gradient, std::span<const uint32_t> places) const {
    std::vector<float> wanted(gradient.begin(), gradient.end());
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] += left_[places.empty() ? i : places[i]];
    return wanted;
  }
  void Remember(const std::vector<float>& rest, std::span<const uint32_t> places) {
    for (size_t i = 0; i < rest.size(); ++i) left_[places.empty() ? i : places[i]] = rest[i];
  }

  GradientCodec codec_;
  double share_;
  std::vector<float> left_;
};

}  // namespace tusk::ml
