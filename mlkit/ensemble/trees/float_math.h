// exp in single precision by additions and products that every processor rounds alike (no fused multiply-add, no library
// function), so that gradients and probabilities have the same bits everywhere. Error below 2 units in the last place.
#pragma once

#include <bit>
#include <cstdint>

namespace tusk::ml {

inline float StableExp(float x) {
  const float bounded = x < -87.0F ? -87.0F : (x > 88.0F ? 88.0F : x);
  const float shifted = bounded * 1.44269504F + 12582912.0F;   // 1.5 * 2^23: rounds to an integer
  const float whole = shifted - 12582912.0F;
  float r = bounded - whole * 0.693359375F;
  r = r + whole * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const auto exponent = static_cast<int32_t>(whole) + 127;
  return p * std::bit_cast<float>(exponent << 23);
}

inline float StableSigmoid(float x) { return 1.0F / (1.0F + StableExp(-x)); }

}  // namespace tusk::ml
