// History: a daemon's own time series, so that a page can show the last day without an outside database: a sample each 5
// seconds for an hour, each minute (the mean of its samples) for 24 hours. Memory is bounded: 35 KB a series. For the
// loop's thread only.
//
//   history.AddGauge("capacityUsed", [&] { return used(); });
//   history.AddRate("rpcPerSecond", [&] { return calls_total(); });
//   history.Series("rpcPerSecond", 3600)
//
// base/server/history_sampler.h calls Sample.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/time.h"
#include "base/metrics/metrics.h"

namespace tusk {

struct HistoryPoint {
  int64_t time_ms = 0;  // since the epoch
  double value = 0;     // NaN: not known then
};

class History {
 public:
  static constexpr Duration kStep = std::chrono::seconds(5);
  static constexpr size_t kFinePoints = 720;     // of 5 s: an hour
  static constexpr size_t kCoarsePoints = 1440;  // of a minute: a day
  static constexpr size_t kSamplesPerMinute = 12;
  static constexpr size_t kSeriesMax = 256;
  using Reader = std::function<double()>;

  // Before the first sample. What `read` uses outlives the last Sample. Over kSeriesMax, or a name that is there already,
  // is a programming error.
  void AddGauge(std::string name, Reader read);
  // `read` gives a total that only grows; the series is its growth per second.
  void AddRate(std::string name, Reader read);
  // In milliseconds, of what was recorded since the last sample; NaN where nothing was. `quantile` is 0.99 for p99. The
  // histograms count together.
  using Histograms = std::function<std::vector<const LatencyHistogram*>()>;
  void AddQuantile(std::string name, double quantile, Histograms histograms);

  void Sample(int64_t wall_ms);

  // Oldest first, of the last `seconds`: steps of 5 s up to an hour, above it of a minute. Empty for an unknown name.
  std::vector<HistoryPoint> Series(std::string_view name, int64_t seconds) const;
  std::vector<std::string> Names() const;
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // The latest sample; NaN before the first and for an unknown name.
  double Latest(std::string_view name) const;

 private:
  using Counts = std::array<uint64_t, LatencyHistogram::kBuckets + 1>;
  struct Track {
    std::string name;
    Reader read;                  // gauges and rates
    bool rate = false;
    Histograms histograms;        // quantiles
    double quantile = 0;
    double last_total = 0;
    Counts last_counts{};
    std::vector<double> fine, coarse;
    double minute_sum = 0;
    size_t minute_known = 0;
  };
  Track& NewTrack(std::string name);
  const Track* Find(std::string_view name) const;
  double Read(Track& track, double elapsed_seconds) const;
  static double Quantile(Track& track);
  static std::vector<HistoryPoint> Unroll(const std::vector<int64_t>& times, const std::vector<double>& values,
                                          uint64_t written, int64_t since_ms);

  std::vector<Track> tracks_;
  std::vector<int64_t> fine_times_, coarse_times_;
  uint64_t fine_written_ = 0, coarse_written_ = 0;
  int64_t last_ms_ = 0;
};

}  // namespace tusk
