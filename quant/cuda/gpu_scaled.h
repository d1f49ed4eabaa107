// int8 and fp8 with scales on the GPU: pointers are device memory, work is queued in order. Plain C++, as gpu_codec.h. Codes and weights are
// those of EncodeScaled and DecodeScaled; scales come from extremes by ScaleOf, on the host.
#pragma once

#include <cstdint>

#include "quant/types/scaled.h"

namespace tusk::quant::cuda {

struct ScaledCall {
  ScaledType type = ScaledType::kInt8;
  bool affine = false;
  int64_t rows = 0, columns = 0;
  ScaleGrid grid;                        // GridOf
  const float* scales = nullptr;         // one for each block
  const int8_t* zero_points = nullptr;   // where affine
};

void EncodeScaledOnGpu(const ScaledCall& call, const float* weights, uint8_t* codes);   // weights: finite
void DecodeScaledOnGpu(const ScaledCall& call, const uint8_t* codes, float* weights);
// Of each block: the least and the greatest weight, and 0. Looks at sizes only.
void FindExtremesOnGpu(const ScaledCall& call, const float* weights, float* lows, float* highs);

}  // namespace tusk::quant::cuda
