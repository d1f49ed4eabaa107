// Importance matrices of llama.cpp's llama-imatrix: for each tensor the mean square of the activations that each column is
// multiplied with. GGUF files (NAME.in_sum2 and NAME.counts, per expert) and the older .dat.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "quant/io/range_reader.h"

namespace tusk::quant {

struct Imatrix {
  std::map<std::string, std::vector<float>> weights;  // by the tensor's name; columns, for each expert
  std::vector<std::string> datasets;
  uint32_t chunks = 0;
};

// Weights that are not finite, or sizes that don't fit, are kCorruption.
Result<Imatrix> ReadImatrix(const RangeReader& file);

}  // namespace tusk::quant
