// EncodeRows and DecodeRows: checks, then pieces that stay in the cache through the kernels of the widest lanes.
#include "quant/types/codec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "quant/cpu/kernels_internal.h"

namespace tusk::quant {
namespace {

constexpr int64_t kPieceWeights = 8192;

const Kernels& KernelsOf(Lanes) { return ScalarKernels(); }

Result<int64_t> BytesOf(TensorType type, int64_t rows, int64_t columns) {
  ASSIGN_OR_RETURN(const int64_t row_bytes, RowBytes(type, columns));
  if (rows < 0 || (row_bytes > 0 && rows > std::numeric_limits<int64_t>::max() / std::max(row_bytes, columns) / 8)) {
    return Status(Code::kInvalidArgument, std::to_string(rows) + " rows of " + std::to_string(columns) + " weights");
  }
  return rows * row_bytes;
}

Status NotFinite(const float* src, int64_t from, int64_t columns) {
  while (std::isfinite(src[from])) ++from;
  return Status(Code::kInvalidArgument, std::string("a weight is ") + (std::isnan(src[from]) ? "NaN" : "infinite") + ": row " +
                                            std::to_string(from / columns) + ", column " + std::to_string(from % columns));
}

}  // namespace

std::span<const Lanes> UsableLanes() {
  static constexpr Lanes kLanes[] = {Lanes::kScalar};
  return kLanes;
}

Status EncodeRows(Lanes lanes, TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance,
                  std::span<uint8_t> out) {
  ASSIGN_OR_RETURN(const int64_t bytes, BytesOf(type, rows, columns));
  const TypeTraits& traits = *TraitsOf(type);
  const Kernels& kernels = KernelsOf(lanes);
  const Encoder encoder = kernels.encoder(type);
  if (encoder == nullptr) return Status(Code::kUnsupported, "no encoder for " + std::string(traits.name));
  if (static_cast<uint64_t>(bytes) != out.size()) {
    return Status(Code::kInvalidArgument, std::to_string(out.size()) + " bytes for " + std::to_string(bytes) + " of " + std::string(traits.name));
  }
  if (importance != nullptr && !kernels.all_finite(importance, columns)) {
    return Status(Code::kInvalidArgument, "the importance of a column is NaN or infinite");
  }
  const int64_t count = rows * columns, row_blocks = columns / traits.block_weights;
  for (int64_t at = 0; at < count; at += kPieceWeights) {
    const int64_t piece = std::min(kPieceWeights, count - at);
    if (!kernels.all_finite(src + at, piece)) return NotFinite(src, at, columns);
    const int64_t first = at / traits.block_weights;
    encoder({src + at, piece / traits.block_weights, first % row_blocks, row_blocks, importance, 0, out.data() + first * traits.block_bytes});
  }
  return {};
}

Status DecodeRows(Lanes lanes, TensorType type, std::span<const uint8_t> bytes, int64_t rows, int64_t columns, float* out) {
  ASSIGN_OR_RETURN(const int64_t expected, BytesOf(type, rows, columns));
  const TypeTraits& traits = *TraitsOf(type);
  const Decoder decoder = KernelsOf(lanes).decoder(type);
  if (decoder == nullptr) return Status(Code::kUnsupported, "no decoder for " + std::string(traits.name));
  if (static_cast<uint64_t>(expected) != bytes.size()) {
    return Status(Code::kInvalidArgument,
                  std::to_string(bytes.size()) + " bytes where " + std::to_string(expected) + " of " + std::string(traits.name) + " belong");
  }
  decoder(bytes.data(), rows * (columns / traits.block_weights), out);
  return {};
}

Status EncodeRows(TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance, std::span<uint8_t> out) {
  return EncodeRows(UsableLanes().back(), type, src, rows, columns, importance, out);
}

Status DecodeRows(TensorType type, std::span<const uint8_t> bytes, int64_t rows, int64_t columns, float* out) {
  return DecodeRows(UsableLanes().back(), type, bytes, rows, columns, out);
}

}  // namespace tusk::quant
