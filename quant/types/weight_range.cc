// Thresholds from a histogram.
#include "quant/types/weight_range.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "quant/cpu/scaled_kernels.h"

namespace tusk::quant {
namespace {

constexpr int kHalf = RangeStatistics::kHalfBins;
constexpr int kShrinkSteps = 80;       // kMse tries 100 %, 99 %, … 21 % of the range
constexpr int kDivergenceLevels = 128; // kKl: the codes of one sign

// The same bits whatever the machine's library of functions: 2 atanh((m - 1) / (m + 1)) + e ln 2 with m in [sqrt(1/2), sqrt(2)).
double LogOf(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double ratio = (mantissa - 1) / (mantissa + 1), square = ratio * ratio;
  double sum = 0;
  for (int odd = 21; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return 2 * ratio * sum + exponent * 0.69314718055994531;
}

// The error of coding the centres of bins: what kMse compares.
class BinError {
 public:
  BinError(std::span<const uint64_t> counts, double width) {
    for (int bin = 0; bin < 2 * kHalf; ++bin) {
      if (counts[bin] == 0) continue;
      centres_.push_back(static_cast<float>((bin - kHalf + 0.5) * width));
      counts_.push_back(static_cast<double>(counts[bin]));
    }
    codes_.resize(centres_.size());
    values_.resize(centres_.size());
  }

  double Of(WeightRange range, bool affine, Levels levels) {
    const ScaledKernels& kernels = BestScaledKernels();
    const size_t count = centres_.size();
    if (levels == Levels::kInt8) {
      const BlockScale coding = Int8ScaleOf(range, affine);
      kernels.encode_int8(centres_.data(), count, coding.scale, coding.zero_point, affine ? -128 : -127, codes_.data());
      kernels.decode_int8(codes_.data(), count, coding.scale, coding.zero_point, values_.data());
    } else if (levels == Levels::kE4M3) {
      const float scale = Fp8ScaleOf(range, levels);
      kernels.encode_e4m3(centres_.data(), count, scale, codes_.data());
      kernels.decode_e4m3(codes_.data(), count, scale, values_.data());
    } else {
      const float scale = Fp8ScaleOf(range, levels);
      kernels.encode_e5m2(centres_.data(), count, scale, codes_.data());
      kernels.decode_e5m2(codes_.data(), count, scale, values_.data());
    }
    double sum = 0;
    for (size_t i = 0; i < count; ++i) {
      const double error = static_cast<double>(centres_[i]) - static_cast<double>(values_[i]);
      sum += counts_[i] * error * error;
    }
    return sum;
  }

 private:
  std::vector<float> centres_, values_;
  std::vector<double> counts_;
  std::vector<uint8_t> codes_;
};

// Sums over the first bins of |x|: what the divergence of every candidate is made of without going through its bins again.
struct Prefixes {
  std::array<double, kHalf + 1> count{}, used{}, count_log_count{};   // used: bins that are not empty

  explicit Prefixes(const std::array<uint64_t, kHalf>& counts) {
    for (int bin = 0; bin < kHalf; ++bin) {
      const auto n = static_cast<double>(counts[bin]);
      count[bin + 1] = count[bin] + n;
      used[bin + 1] = used[bin] + (n > 0 ? 1 : 0);
      count_log_count[bin + 1] = count_log_count[bin] + (n > 0 ? n * LogOf(n) : 0);
    }
  }
  // What a level of bins [from, to) takes off the divergence.
  double LevelTerm(int from, int to) const {
    const double sum = count[to] - count[from];
    return sum > 0 ? sum * LogOf(sum / (used[to] - used[from])) : 0;
  }
};

// The divergence of the first `end` bins, the rest clipped into the last of them, from its image in kDivergenceLevels levels;
// `levels_term`: of all levels but the last, which begins at `last`. Infinite where the image has nothing where weights are.
double Divergence(const Prefixes& of, int end, int last, double levels_term) {
  const double total = of.count[kHalf], outliers = total - of.count[end];
  const double in_last_bin = of.count[end] - of.count[end - 1];
  const double sum = of.count[end] - of.count[last];
  double own_terms = of.count_log_count[end], used = of.used[end] - of.used[last];
  if (outliers > 0) {
    own_terms = of.count_log_count[end - 1] + (in_last_bin + outliers) * LogOf(in_last_bin + outliers);
    if (in_last_bin == 0) used += 1;
    if (sum == 0) return HUGE_VAL;
  }
  const double last_term = sum > 0 ? (sum + outliers) * LogOf(sum / used) : 0;
  return (own_terms - levels_term - last_term) / total - LogOf(total) + LogOf(of.count[end]);
}

}  // namespace

BlockScale Int8ScaleOf(WeightRange range, bool affine) {
  constexpr double kLeastNormal = 0x1p-126;
  const double low = range.low, high = range.high;
  if (!affine) {
    const double scale = std::max(-low, high) / 127;
    return {scale < kLeastNormal ? 1.0F : static_cast<float>(scale), 0};
  }
  const double scale = (high - low) / 255;
  if (scale < kLeastNormal) return {1.0F, 0};
  return {static_cast<float>(scale), static_cast<int8_t>(std::clamp(std::nearbyint(-128 - low / scale), -128.0, 127.0))};
}

float Fp8ScaleOf(WeightRange range, Levels levels) {
  const float scale = std::max(-range.low, range.high) / (levels == Levels::kE4M3 ? 448.0F : 57344.0F);
  return scale < 0x1p-126F ? 1.0F : scale;
}

Result<RangeSettings> RangeByName(std::string_view text) {
  RangeSettings settings;
  if (text == "minmax") return settings;
  if (text == "mse") return settings.method = RangeMethod::kMse, settings;
  if (text == "kl") return settings.method = RangeMethod::kKl, settings;
  constexpr std::string_view kPercentile = "percentile";
  if (text.starts_with(kPercentile)) {
    settings.method = RangeMethod::kPercentile;
    text.remove_prefix(kPercentile.size());
    if (text.empty()) return settings;
    text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), settings.percentile);
    if (error == std::errc() && end == text.data() + text.size() && settings.percentile > 50 && settings.percentile <= 100) return settings;
    return Status(Code::kInvalidArgument, "a percentile is above 50 and at most 100, not " + std::string(text));
  }
  return Status(Code::kInvalidArgument, "no range is called " + std::string(text) + "; there are minmax, percentile[:P], mse, kl");
}

std::string NameOf(const RangeSettings& settings) {
  switch (settings.method) {
    case RangeMethod::kMinMax: return "minmax";
    case RangeMethod::kMse: return "mse";
    case RangeMethod::kKl: return "kl";
    case RangeMethod::kPercentile: break;
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, settings.percentile).ptr;
  return "percentile:" + std::string(text, end);
}

Status RangeStatistics::SeeExtremes(std::span<const float> weights) {
  if (BestScaledKernels().extremes(weights.data(), weights.size(), &extremes_.low, &extremes_.high)) return Status::Ok();
  const auto bad = std::find_if(weights.begin(), weights.end(), [](float x) { return !std::isfinite(x); });
  return Status(Code::kInvalidArgument, std::string("weight ") + std::to_string(bad - weights.begin()) + " is " + (std::isnan(*bad) ? "NaN" : "infinite"));
}

void RangeStatistics::MergeExtremes(WeightRange other) {
  extremes_ = {std::min(extremes_.low, other.low), std::max(extremes_.high, other.high)};
}

float RangeStatistics::Largest() const { return std::max(-extremes_.low, extremes_.high); }

void RangeStatistics::FixExtremes() {
  if (!needs_histogram()) return;
  counts_.assign(2 * kHalf, 0);
  bins_a_unit_ = Largest() > 0 ? kHalf / static_cast<double>(Largest()) : 0;
}

void RangeStatistics::Count(std::span<const float> weights) {
  for (const float x : weights) {
    const int bin = std::min(kHalf - 1, static_cast<int>(std::fabs(static_cast<double>(x)) * bins_a_unit_));
    ++counts_[std::signbit(x) ? kHalf - 1 - bin : kHalf + bin];
  }
}

void RangeStatistics::MergeCounts(std::span<const uint64_t> counts) {
  for (size_t i = 0; i < counts.size() && i < counts_.size(); ++i) counts_[i] += counts[i];
}

WeightRange RangeStatistics::Within(float threshold, bool affine) const {
  if (!affine) return {-threshold, threshold};
  return {std::max(-threshold, extremes_.low), std::min(threshold, extremes_.high)};
}

WeightRange RangeStatistics::ByPercentile(bool affine) const {
  double total = 0;
  for (const uint64_t n : counts_) total += static_cast<double>(n);
  const double width = static_cast<double>(Largest()) / kHalf;
  double sum = 0;
  if (!affine) {
    for (int bin = 0; bin < kHalf; ++bin) {
      sum += static_cast<double>(counts_[kHalf + bin] + counts_[kHalf - 1 - bin]);
      if (sum >= settings_.percentile / 100 * total) return Within(static_cast<float>((bin + 1) * width), false);
    }
    return extremes_;
  }
  const double cut = (100 - settings_.percentile) / 200 * total;
  WeightRange range = extremes_;
  int bin = 0;
  for (; bin < kHalf && (sum += static_cast<double>(counts_[bin])) < cut; ++bin) {}
  range.low = std::max(range.low, std::min(0.0F, static_cast<float>((bin - kHalf) * width)));
  sum = 0;
  for (bin = 2 * kHalf - 1; bin >= kHalf && (sum += static_cast<double>(counts_[bin])) < cut; --bin) {}
  range.high = std::min(range.high, std::max(0.0F, static_cast<float>((bin + 1 - kHalf) * width)));
  return range;
}

WeightRange RangeStatistics::ByError(bool affine, Levels levels) const {
  BinError errors(counts_, static_cast<double>(Largest()) / kHalf);
  const WeightRange whole = affine ? extremes_ : WeightRange{-Largest(), Largest()};
  WeightRange best = whole;
  double least = HUGE_VAL;
  for (int step = 0; step < kShrinkSteps; ++step) {
    const double share = (100 - step) / 100.0;
    const WeightRange range = {static_cast<float>(whole.low * share), static_cast<float>(whole.high * share)};
    const double error = errors.Of(range, affine, levels);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

// As TensorRT calibrates activations: the threshold whose clipped histogram diverges least from its image in 128 levels.
float RangeStatistics::ByDivergence() const {
  std::array<uint64_t, kHalf> sizes;
  for (int bin = 0; bin < kHalf; ++bin) sizes[bin] = counts_[kHalf + bin] + counts_[kHalf - 1 - bin];
  const Prefixes prefixes(sizes);
  double least = HUGE_VAL, levels_term = 0;
  int best = kHalf;
  for (int end = kDivergenceLevels; end <= kHalf; ++end) {
    const int merged = end / kDivergenceLevels, last = (kDivergenceLevels - 1) * merged;
    if (end % kDivergenceLevels == 0) {
      levels_term = 0;
      for (int level = 0; level + 1 < kDivergenceLevels; ++level) levels_term += prefixes.LevelTerm(level * merged, (level + 1) * merged);
    }
    if (prefixes.count[end] == 0) continue;
    const double divergence = Divergence(prefixes, end, last, levels_term);
    if (divergence < least) {
      least = divergence;
      best = end;
    }
  }
  return static_cast<float>(static_cast<double>(Largest()) / kHalf * best);
}

WeightRange RangeStatistics::Choose(bool affine, Levels levels) const {
  if (Largest() == 0) return {};
  switch (settings_.method) {
    case RangeMethod::kMinMax: return Within(Largest(), affine);
    case RangeMethod::kPercentile: return ByPercentile(affine);
    case RangeMethod::kMse: return ByError(affine, levels);
    case RangeMethod::kKl: return Within(ByDivergence(), affine);
  }
  return extremes_;
}

}  // namespace tusk::quant
