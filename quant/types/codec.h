// Rows of floats to blocks of a type and back. The bytes are those of ggml compiled without contraction (docs/design/0004-quant.md),
// the same whatever instructions the machine has. Pure functions: any thread, no allocation that grows with the rows.
// Implemented in quant/cpu; link quant_codec.
#pragma once

#include <cstdint>
#include <span>

#include "base/core/status.h"
#include "quant/types/tensor_type.h"

namespace tusk::quant {

// Encodes `rows` rows of `columns` floats at `src`, one after the other, into `out`, which has exactly rows * RowBytes(type, columns)
// bytes. `importance` (null, or `columns` finite numbers) weighs the squared error of each column, for the types that search with it.
// kInvalidArgument: a type that is not encodable, sizes that don't fit, or a weight that is NaN or infinite; the message names the row
// and column of the first one, and `out` is then undefined.
Status EncodeRows(TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance, std::span<uint8_t> out);

// Decodes the bytes of `rows` rows into `out`, which has room for rows * columns floats. Any bytes are accepted: a file's scales may be
// NaN or infinite, and so are then the weights.
Status DecodeRows(TensorType type, std::span<const uint8_t> bytes, int64_t rows, int64_t columns, float* out);

// The instruction sets that this build and machine have, widest last; tests and benchmarks choose one, everybody else gets the last.
enum class Lanes : uint8_t { kScalar, kAvx2, kAvx512 };
std::span<const Lanes> UsableLanes();
Status EncodeRows(Lanes lanes, TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance,
                  std::span<uint8_t> out);
Status DecodeRows(Lanes lanes, TensorType type, std::span<const uint8_t> bytes, int64_t rows, int64_t columns, float* out);

}  // namespace tusk::quant
