// GELU in its tanh form: 0.5 x (1 + tanh(GeluInner(x))). One definition for the CPU and the GPU.
#pragma once

#include "base/core/host_device.h"

namespace tusk::ml {

TUSK_HOST_DEVICE inline float GeluInner(float x) {
  constexpr float kScale = 0.7978845608F, kCubic = 0.044715F;
  return kScale * (x + kCubic * x * x * x);
}

TUSK_HOST_DEVICE inline float GeluOf(float x, float t) { return 0.5F * x * (1 + t); }  // t = tanh(GeluInner(x))

TUSK_HOST_DEVICE inline float GeluSlope(float x, float t) {
  constexpr float kScale = 0.7978845608F, kCubic = 0.044715F;
  return 0.5F * (1 + t) + 0.5F * x * (1 - t * t) * kScale * (1 + 3 * kCubic * x * x);
}

}  // namespace tusk::ml
