// Blocks of a matrix: their scales and their codes.
#include "quant/types/scaled.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "quant/cpu/scaled_kernels.h"

namespace tusk::quant {
namespace {

// The rows and columns of block number `at`.
struct Block {
  int64_t first_row, end_row, first_column, end_column;
};

Block BlockAt(const ScaleGrid& grid, int64_t at, int64_t rows, int64_t columns) {
  const int64_t row = at / grid.grid_columns * grid.block_rows, column = at % grid.grid_columns * grid.block_columns;
  return {row, std::min(row + grid.block_rows, rows), column, std::min(column + grid.block_columns, columns)};
}

Status CheckSizes(const ScaleGrid& grid, size_t weights, int64_t rows, int64_t columns, size_t scales, size_t bytes) {
  const auto wanted = static_cast<size_t>(rows) * static_cast<size_t>(columns);
  if (weights != wanted || bytes != wanted) return Status(Code::kInvalidArgument, "not rows times columns of weights and bytes");
  if (scales != static_cast<size_t>(grid.blocks())) return Status(Code::kInvalidArgument, "not one scale for each block");
  return Status::Ok();
}

// The same run of a block in every row of it.
template <typename Function>
void ForRuns(const Block& block, int64_t columns, Function function) {
  const auto count = static_cast<size_t>(block.end_column - block.first_column);
  for (int64_t row = block.first_row; row < block.end_row; ++row) {
    function(static_cast<size_t>(row * columns + block.first_column), count);
  }
}

Status PlaceOf(std::span<const float> weights, int64_t columns) {
  const auto bad = std::find_if(weights.begin(), weights.end(), [](float x) { return !std::isfinite(x); });
  const int64_t at = bad - weights.begin();
  return Status(Code::kInvalidArgument, "row " + std::to_string(at / columns) + ", column " + std::to_string(at % columns) + " is " +
                                            (std::isnan(*bad) ? "NaN" : "infinite"));
}

Result<int64_t> PositiveNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value > 0) return value;
  return Status(Code::kInvalidArgument, "not a number above 0: " + std::string(text));
}

}  // namespace

Result<ScaledType> ScaledTypeByName(std::string_view name) {
  if (name == "int8") return ScaledType::kInt8;
  if (name == "fp8" || name == "fp8_e4m3") return ScaledType::kFp8E4M3;
  if (name == "fp8_e5m2") return ScaledType::kFp8E5M2;
  return Status(Code::kInvalidArgument, "no type with scales is called " + std::string(name) + "; there are int8, fp8_e4m3, fp8_e5m2");
}

std::string_view NameOf(ScaledType type) {
  if (type == ScaledType::kInt8) return "int8";
  return type == ScaledType::kFp8E4M3 ? "fp8_e4m3" : "fp8_e5m2";
}

float LargestOf(ScaledType type) {
  if (type == ScaledType::kInt8) return 127.0F;
  return type == ScaledType::kFp8E4M3 ? 448.0F : 57344.0F;
}

Status SetGranularity(std::string_view text, ScaledSettings& settings) {
  const size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon), number = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (text == "tensor") return settings.block_rows = settings.block_columns = 0, Status::Ok();
  if (text == "channel") return settings.block_rows = 1, settings.block_columns = 0, Status::Ok();
  if (word != "group" && word != "block") {
    return Status(Code::kInvalidArgument, "no granularity is called " + std::string(text) + "; there are tensor, channel, group:N, block:N");
  }
  ASSIGN_OR_RETURN(settings.block_columns, PositiveNumber(number));
  settings.block_rows = word == "group" ? 1 : settings.block_columns;
  return Status::Ok();
}

std::string GranularityOf(const ScaledSettings& settings) {
  if (settings.block_rows == 0) return "tensor";
  if (settings.block_columns == 0) return "channel";
  return (settings.block_rows == 1 ? "group:" : "block:") + std::to_string(settings.block_columns);
}

Status CheckSettings(const ScaledSettings& settings) {
  if (settings.affine && settings.type != ScaledType::kInt8) return Status(Code::kInvalidArgument, "fp8 has no zero points");
  if (settings.range.method == RangeMethod::kKl && settings.type != ScaledType::kInt8) {
    return Status(Code::kInvalidArgument, "a range by divergence is for int8: it looks at equal steps");
  }
  return Status::Ok();
}

Result<ScaleGrid> GridOf(const ScaledSettings& settings, int64_t rows, int64_t columns) {
  if (rows <= 0 || columns <= 0) return Status(Code::kInvalidArgument, "a matrix without rows or columns");
  ScaleGrid grid;
  grid.block_rows = settings.block_rows == 0 ? rows : std::min(settings.block_rows, rows);
  grid.block_columns = settings.block_columns == 0 ? columns : std::min(settings.block_columns, columns);
  grid.grid_rows = (rows - 1) / grid.block_rows + 1;
  grid.grid_columns = (columns - 1) / grid.block_columns + 1;
  return grid;
}

Levels TensorScale::LevelsOf(ScaledType type) {
  if (type == ScaledType::kInt8) return Levels::kInt8;
  return type == ScaledType::kFp8E4M3 ? Levels::kE4M3 : Levels::kE5M2;
}

BlockScale ScaleOf(const ScaledSettings& settings, WeightRange range) {
  if (settings.type != ScaledType::kInt8) return {Fp8ScaleOf(range, TensorScale::LevelsOf(settings.type)), 0};
  return Int8ScaleOf(range, settings.affine);
}

Result<std::vector<BlockScale>> FindScales(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns) {
  RETURN_IF_ERROR(CheckSettings(settings));
  ASSIGN_OR_RETURN(const ScaleGrid grid, GridOf(settings, rows, columns));
  RETURN_IF_ERROR(CheckSizes(grid, weights.size(), rows, columns, static_cast<size_t>(grid.blocks()), weights.size()));
  std::vector<BlockScale> scales(static_cast<size_t>(grid.blocks()));
  for (int64_t at = 0; at < grid.blocks(); ++at) {
    const Block block = BlockAt(grid, at, rows, columns);
    RangeStatistics statistics(settings.range);
    bool finite = true;
    ForRuns(block, columns, [&](size_t first, size_t count) { finite = finite && statistics.SeeExtremes(weights.subspan(first, count)).ok(); });
    if (!finite) return PlaceOf(weights, columns);
    if (statistics.needs_histogram()) {
      statistics.FixExtremes();
      ForRuns(block, columns, [&](size_t first, size_t count) { statistics.Count(weights.subspan(first, count)); });
    }
    scales[static_cast<size_t>(at)] = ScaleOf(settings, statistics.Choose(settings.affine, TensorScale::LevelsOf(settings.type)));
  }
  return scales;
}

Status EncodeScaled(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns,
                    std::span<const BlockScale> scales, std::span<uint8_t> out) {
  ASSIGN_OR_RETURN(const ScaleGrid grid, GridOf(settings, rows, columns));
  RETURN_IF_ERROR(CheckSizes(grid, weights.size(), rows, columns, scales.size(), out.size()));
  float low = 0, high = 0;
  const ScaledKernels& kernels = BestScaledKernels();
  if (!kernels.extremes(weights.data(), weights.size(), &low, &high)) return PlaceOf(weights, columns);
  for (int64_t at = 0; at < grid.blocks(); ++at) {
    const BlockScale& scale = scales[static_cast<size_t>(at)];
    ForRuns(BlockAt(grid, at, rows, columns), columns, [&](size_t first, size_t count) {
      const float* from = weights.data() + first;
      uint8_t* to = out.data() + first;
      switch (settings.type) {
        case ScaledType::kInt8: return kernels.encode_int8(from, count, scale.scale, scale.zero_point, settings.affine ? -128 : -127, to);
        case ScaledType::kFp8E4M3: return kernels.encode_e4m3(from, count, scale.scale, to);
        case ScaledType::kFp8E5M2: return kernels.encode_e5m2(from, count, scale.scale, to);
      }
    });
  }
  return Status::Ok();
}

Status DecodeScaled(const ScaledSettings& settings, std::span<const uint8_t> codes, int64_t rows, int64_t columns,
                    std::span<const BlockScale> scales, std::span<float> out) {
  ASSIGN_OR_RETURN(const ScaleGrid grid, GridOf(settings, rows, columns));
  RETURN_IF_ERROR(CheckSizes(grid, out.size(), rows, columns, scales.size(), codes.size()));
  const ScaledKernels& kernels = BestScaledKernels();
  for (int64_t at = 0; at < grid.blocks(); ++at) {
    const BlockScale& scale = scales[static_cast<size_t>(at)];
    ForRuns(BlockAt(grid, at, rows, columns), columns, [&](size_t first, size_t count) {
      const uint8_t* from = codes.data() + first;
      float* to = out.data() + first;
      switch (settings.type) {
        case ScaledType::kInt8: return kernels.decode_int8(from, count, scale.scale, scale.zero_point, to);
        case ScaledType::kFp8E4M3: return kernels.decode_e4m3(from, count, scale.scale, to);
        case ScaledType::kFp8E5M2: return kernels.decode_e5m2(from, count, scale.scale, to);
      }
    });
  }
  return Status::Ok();
}

}  // namespace tusk::quant
