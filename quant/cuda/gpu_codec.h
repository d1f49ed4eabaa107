// The codecs' kernels as the host calls them: pointers are device memory, work is queued in order. Plain C++: nvcc compiles encode.cu and
// decode.cu behind it, or the emulated GPU of base/gpu stands for it in tests. Bytes are those of EncodeRows.
#pragma once

#include <cstdint>

#include "quant/types/tensor_type.h"

namespace tusk::quant::cuda {

struct EncodeCall {
  const float* weights;     // finite
  int64_t rows, columns;
  const float* importance;  // of the columns, or null
  float* row_means;         // room for `rows` numbers, with importance
  uint8_t* out;
};

// False: no kernel for this type.
bool EncodeOnGpu(TensorType type, const EncodeCall& call);
bool DecodeOnGpu(TensorType type, const uint8_t* bytes, int64_t rows, int64_t columns, float* out);

// *first becomes the place of the first weight that is NaN or infinite, if it is below its value.
void FindNotFinite(const float* weights, int64_t count, unsigned long long* first);

}  // namespace tusk::quant::cuda
