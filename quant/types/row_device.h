// RowDevice: something other than this processor that encodes rows: a GPU (quant/cuda/gpu_rows.h). Its bytes are those of EncodeRows
// and EncodeScaled, so whether there is one changes no output.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "quant/types/scaled.h"
#include "quant/types/tensor_type.h"

namespace tusk::quant {

class RowDevice {
 public:
  virtual ~RowDevice() = default;
  // As EncodeRows and EncodeScaled, of sizes that fit and weights that are finite; any thread. False: not done, `out` is undefined and the
  // caller encodes: there is no kernel for the type, or the device failed, now or earlier.
  virtual bool EncodeRows(TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance, std::span<uint8_t> out) = 0;
  virtual bool EncodeScaled(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns,
                            std::span<const BlockScale> scales, std::span<uint8_t> out) = 0;
  // "NVIDIA H100 …".
  virtual std::string name() const = 0;
  // Why it is not used any more; "" while it is.
  virtual std::string failure() const = 0;
};

}  // namespace tusk::quant
