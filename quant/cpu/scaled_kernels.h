// Runs of weights that share a scale, encoded and decoded by the best set of instructions that this machine has; all give the same
// bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tusk::quant {

struct ScaledKernels {
  const char* name;
  void (*encode_int8)(const float* weights, size_t count, float scale, int32_t zero_point, int32_t low, uint8_t* out);
  void (*decode_int8)(const uint8_t* codes, size_t count, float scale, int32_t zero_point, float* out);
  void (*encode_e4m3)(const float* weights, size_t count, float scale, uint8_t* out);
  void (*decode_e4m3)(const uint8_t* codes, size_t count, float scale, float* out);
  void (*encode_e5m2)(const float* weights, size_t count, float scale, uint8_t* out);
  void (*decode_e5m2)(const uint8_t* codes, size_t count, float scale, float* out);
  // Widens low and high; false where a weight is NaN or infinite.
  bool (*extremes)(const float* weights, size_t count, float* low, float* high);
};

const ScaledKernels& ScalarScaledKernels();
// Null where the machine lacks them.
const ScaledKernels* Avx2ScaledKernels();
const ScaledKernels& BestScaledKernels();

}  // namespace tusk::quant
