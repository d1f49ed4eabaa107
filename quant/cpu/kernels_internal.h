// What a set of instructions brings: encoders and decoders of blocks, without checks.
#pragma once

#include <cstdint>

#include "quant/types/tensor_type.h"

namespace tusk::quant {

// Blocks of one type, one behind the other.
struct EncodeRange {
  const float* weights;
  int64_t blocks;
  int64_t first_block;       // the first one's place in its row, and blocks of a row: they find a block's importance
  int64_t row_blocks;
  const float* importance;   // of a row's columns, or null
  float row_square_mean;     // with importance and types where NeedsRowSquareMean: the blocks are of one row
  uint8_t* out;
};

using Encoder = void (*)(const EncodeRange&);
using Decoder = void (*)(const uint8_t* in, int64_t blocks, float* out);

struct Kernels {
  bool (*all_finite)(const float* weights, int64_t count);
  Encoder (*encoder)(TensorType);  // null: none
  Decoder (*decoder)(TensorType);
};

const Kernels& ScalarKernels();
const Kernels* Avx2Kernels();  // null where this build has none
const Kernels* Avx512Kernels();

}  // namespace tusk::quant
