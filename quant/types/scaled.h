// Weights as int8 or fp8 with scales beside them: x is about (q - zero point) * scale, one scale for each block of the matrix. A
// block is a whole tensor, a row (channel), a run of a row (group) or a rectangle. What safetensors models carry; ggml's
// own blocks are in tensor_type.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "quant/types/weight_range.h"

namespace tusk::quant {

enum class ScaledType : uint8_t { kInt8, kFp8E4M3, kFp8E5M2 };

// "int8", "fp8_e4m3" ("fp8"), "fp8_e5m2".
Result<ScaledType> ScaledTypeByName(std::string_view name);
std::string_view NameOf(ScaledType type);
// The value that the largest weight of a block becomes: 127, 448, 57344.
float LargestOf(ScaledType type);

struct ScaledSettings {
  ScaledType type = ScaledType::kInt8;
  int64_t block_rows = 1;      // 0: all rows
  int64_t block_columns = 0;   // 0: all columns
  bool affine = false;         // int8 only: with zero points, -128 to 127; else -127 to 127
  RangeSettings range;

  bool whole_tensor() const { return block_rows == 0; }
};

// "tensor", "channel", "group:N", "block:N" into block_rows and block_columns, and back.
Status SetGranularity(std::string_view text, ScaledSettings& settings);
std::string GranularityOf(const ScaledSettings& settings);
// Settings that contradict each other.
Status CheckSettings(const ScaledSettings& settings);

// Scales of a matrix, row by row: grid_rows x grid_columns of them. The last block of a row or column may be smaller.
struct ScaleGrid {
  int64_t block_rows = 1, block_columns = 1;
  int64_t grid_rows = 0, grid_columns = 0;
  int64_t blocks() const { return grid_rows * grid_columns; }
};
// kInvalidArgument: no rows or columns.
Result<ScaleGrid> GridOf(const ScaledSettings& settings, int64_t rows, int64_t columns);

BlockScale ScaleOf(const ScaledSettings& settings, WeightRange range);

// Weights that are NaN or infinite are refused: kInvalidArgument with row and column.
// The scales of `rows` rows, which begin at a block's first row. For a whole tensor that does not come at once: TensorScale.
Result<std::vector<BlockScale>> FindScales(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns);

// One scale for a tensor that comes in pieces, in any order: the pieces pass once or, where needs_second_pass(), twice.
// Merge puts together what different threads or workers saw; the result does not depend on who saw what.
class TensorScale {
 public:
  explicit TensorScale(const ScaledSettings& settings) : settings_(settings), statistics_(settings.range) {}
  bool needs_second_pass() const { return statistics_.needs_histogram(); }
  Status SeeFirst(std::span<const float> weights) { return statistics_.SeeExtremes(weights); }
  void EndFirst() { statistics_.FixExtremes(); }
  void SeeSecond(std::span<const float> weights) { statistics_.Count(weights); }
  BlockScale Find() const { return ScaleOf(settings_, statistics_.Choose(settings_.affine, LevelsOf(settings_.type))); }
  static Levels LevelsOf(ScaledType type);

 private:
  ScaledSettings settings_;
  RangeStatistics statistics_;
};

// One byte a weight. `scales` is what FindScales gave for the same rows (or the one of TensorScale).
Status EncodeScaled(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns,
                    std::span<const BlockScale> scales, std::span<uint8_t> out);
Status DecodeScaled(const ScaledSettings& settings, std::span<const uint8_t> codes, int64_t rows, int64_t columns,
                    std::span<const BlockScale> scales, std::span<float> out);

}  // namespace tusk::quant
