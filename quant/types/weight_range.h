// Which range of weights gets the codes: all of them (minmax), or less so that the rest is coded finer (percentile, mse, kl).
// All but minmax look at a histogram of integer counts, so it does not matter who saw which weights in which order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::quant {

enum class RangeMethod : uint8_t { kMinMax, kPercentile, kMse, kKl };

struct RangeSettings {
  RangeMethod method = RangeMethod::kMinMax;
  double percentile = 99.99;   // kPercentile: of the weights that lie within the range; above 50, at most 100
};

// "minmax", "percentile", "percentile:P", "mse", "kl".
Result<RangeSettings> RangeByName(std::string_view text);
std::string NameOf(const RangeSettings& settings);

struct WeightRange {
  float low = 0, high = 0;   // low <= 0 <= high
};

// What codes there are, for the squared error that kMse looks at.
enum class Levels : uint8_t { kInt8, kE4M3, kE5M2 };

// How a block is coded: x is about (code - zero point) * scale.
struct BlockScale {
  float scale = 1;
  int8_t zero_point = 0;
  bool operator==(const BlockScale&) const = default;
};
// By what onnxruntime does: zero is always representable; a range without a normal scale gets scale 1.
BlockScale Int8ScaleOf(WeightRange range, bool affine);
float Fp8ScaleOf(WeightRange range, Levels levels);

// Extremes first; then, for methods that need it, counts in bins between them.
class RangeStatistics {
 public:
  static constexpr int kHalfBins = 2048;   // of |x|; negative and positive weights are counted apart

  explicit RangeStatistics(const RangeSettings& settings) : settings_(settings) {}
  bool needs_histogram() const { return settings_.method != RangeMethod::kMinMax; }
  // kInvalidArgument with its place where a weight is NaN or infinite.
  Status SeeExtremes(std::span<const float> weights);
  void MergeExtremes(WeightRange other);
  WeightRange extremes() const { return extremes_; }
  // No more extremes; weights are counted from here on.
  void FixExtremes();
  void Count(std::span<const float> weights);
  void MergeCounts(std::span<const uint64_t> counts);
  std::span<const uint64_t> counts() const { return counts_; }
  // `affine`: the two ends may differ in size. Else low = -high.
  WeightRange Choose(bool affine, Levels levels) const;

 private:
  float Largest() const;
  WeightRange Within(float threshold, bool affine) const;
  WeightRange ByPercentile(bool affine) const;
  WeightRange ByError(bool affine, Levels levels) const;
  float ByDivergence() const;

  RangeSettings settings_;
  WeightRange extremes_;
  double bins_a_unit_ = 0;              // kHalfBins / largest
  std::vector<uint64_t> counts_;        // 2 * kHalfBins: from -largest to +largest
};

}  // namespace tusk::quant
