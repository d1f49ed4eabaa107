// EncodeRows and DecodeRows: checks, then pieces that stay in the cache through the kernels of the widest lanes.
#include "quant/types/codec.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "quant/cpu/kernels_internal.h"

namespace tusk::quant {
namespace {

constexpr int64_t kPieceWeights = 8192;

// Null where the build or the machine has no such lanes.
const Kernels* KernelsOf(Lanes lanes) {
#if defined(__x86_64__)
  if (lanes == Lanes::kAvx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c") ? Avx2Kernels() : nullptr;
  if (lanes == Lanes::kAvx512) {
    const bool all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl");
    return all ? Avx512Kernels() : nullptr;
  }
#endif
  return lanes == Lanes::kScalar ? &ScalarKernels() : nullptr;
}

struct LanesList {
  Lanes lanes[3];
  size_t count = 0;
};

LanesList FindLanes() {
  LanesList list{};
  for (const Lanes lanes : {Lanes::kScalar, Lanes::kAvx2, Lanes::kAvx512}) {
    if (KernelsOf(lanes) != nullptr) list.lanes[list.count++] = lanes;
  }
  return list;
}

Status NoLanes() { return {Code::kUnsupported, "this machine does not have these instructions"}; }

Result<int64_t> BytesOf(TensorType type, int64_t rows, int64_t columns) {
  ASSIGN_OR_RETURN(const int64_t row_bytes, RowBytes(type, columns));
  if (rows < 0 || (row_bytes > 0 && rows > std::numeric_limits<int64_t>::max() / std::max(row_bytes, columns) / 8)) {
    return Status(Code::kInvalidArgument, std::to_string(rows) + " rows of " + std::to_string(columns) + " weights");
  }
  return rows * row_bytes;
}

// Types whose weighted search looks at the mean square of the whole row.
bool NeedsRowMean(TensorType type) {
  using enum TensorType;
  return type == kQ4_0 || type == kQ4_1 || type == kQ5_0 || type == kQ5_1;
}

Status NotFinite(const float* src, int64_t from, int64_t columns) {
  while (std::isfinite(src[from])) ++from;
  return Status(Code::kInvalidArgument, std::string("a weight is ") + (std::isnan(src[from]) ? "NaN" : "infinite") + ": row " +
                                            std::to_string(from / columns) + ", column " + std::to_string(from % columns));
}

}  // namespace

std::span<const Lanes> UsableLanes() {
  static const LanesList kList = FindLanes();
  return {kList.lanes, kList.count};
}

Status EncodeRows(Lanes lanes, TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance,
                  std::span<uint8_t> out) {
  ASSIGN_OR_RETURN(const int64_t bytes, BytesOf(type, rows, columns));
  const TypeTraits& traits = *TraitsOf(type);
  const Kernels* kernels = KernelsOf(lanes);
  if (kernels == nullptr) return NoLanes();
  const Encoder encoder = kernels->encoder(type);
  if (encoder == nullptr) return Status(Code::kUnsupported, "no encoder for " + std::string(traits.name));
  if (static_cast<uint64_t>(bytes) != out.size()) {
    return Status(Code::kInvalidArgument, std::to_string(out.size()) + " bytes for " + std::to_string(bytes) + " of " + std::string(traits.name));
  }
  if (importance != nullptr && !kernels->all_finite(importance, columns)) {
    return Status(Code::kInvalidArgument, "the importance of a column is NaN or infinite");
  }
  const bool row_means = importance != nullptr && NeedsRowMean(type);
  const int64_t run_rows = row_means ? 1 : rows;  // rows that are encoded as one run of blocks
  for (int64_t row = 0; row < rows; row += run_rows) {
    const float* run = src + row * columns;
    float mean = 0;
    if (row_means) {
      for (int64_t i = 0; i < columns; ++i) mean += run[i] * run[i];
      mean /= static_cast<float>(columns);
    }
    EncodeRange range = {run, 0, 0, columns / traits.block_weights, importance, mean, out.data() + row * (bytes / rows)};
    for (int64_t at = 0; at < run_rows * columns; at += kPieceWeights) {
      const int64_t piece = std::min(kPieceWeights, run_rows * columns - at), first = at / traits.block_weights;
      if (!kernels->all_finite(run + at, piece)) return NotFinite(src, row * columns + at, columns);
      range.weights = run + at;
      range.blocks = piece / traits.block_weights;
      range.first_block = first % range.row_blocks;
      range.out = out.data() + row * (bytes / rows) + first * traits.block_bytes;
      encoder(range);
    }
  }
  return {};
}

Status DecodeRows(Lanes lanes, TensorType type, std::span<const uint8_t> bytes, int64_t rows, int64_t columns, float* out) {
  ASSIGN_OR_RETURN(const int64_t expected, BytesOf(type, rows, columns));
  const TypeTraits& traits = *TraitsOf(type);
  const Kernels* kernels = KernelsOf(lanes);
  if (kernels == nullptr) return NoLanes();
  const Decoder decoder = kernels->decoder(type);
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
