// Two rings for each series.
#include "base/metrics/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/core/check.h"

namespace tusk {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

template <typename Value>
void Put(std::vector<Value>& ring, size_t size, uint64_t written, Value value) {
  if (ring.size() < size) {
    ring.push_back(value);
  } else {
    ring[written % size] = value;
  }
}

}  // namespace

History::Track& History::NewTrack(std::string name) {
  TUSK_CHECK(tracks_.size() < kSeriesMax && !Has(name) && fine_written_ == 0) << "history of " << name;
  Track& track = tracks_.emplace_back();
  track.name = std::move(name);
  return track;
}

void History::AddGauge(std::string name, Reader read) { NewTrack(std::move(name)).read = std::move(read); }

void History::AddRate(std::string name, Reader read) {
  Track& track = NewTrack(std::move(name));
  track.read = std::move(read);
  track.rate = true;
  track.last_total = kUnknown;
}

void History::AddQuantile(std::string name, double quantile, Histograms histograms) {
  Track& track = NewTrack(std::move(name));
  track.histograms = std::move(histograms);
  track.quantile = quantile;
}

double History::Read(Track& track, double elapsed_seconds) const {
  if (track.histograms) return Quantile(track);
  const double value = track.read();
  if (!track.rate) return value;
  const double before = std::exchange(track.last_total, value);
  if (!(elapsed_seconds > 0) || !(value >= before)) return kUnknown;
  return (value - before) / elapsed_seconds;
}

double History::Quantile(Track& track) {
  Counts counts{};
  for (const LatencyHistogram* histogram : track.histograms()) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += histogram->BucketCount(i);
  }
  Counts fresh{};
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    fresh[i] = counts[i] - std::min(track.last_counts[i], counts[i]);
    total += fresh[i];
  }
  track.last_counts = counts;
  if (total == 0) return kUnknown;
  const double wanted = track.quantile * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < fresh.size(); ++i) {
    const double upto = below + static_cast<double>(fresh[i]);
    if (upto >= wanted && fresh[i] > 0) {
      const double low = i == 0 ? 0 : LatencyHistogram::UpperBoundSeconds(i - 1);
      const double high = LatencyHistogram::UpperBoundSeconds(i);
      return 1000 * (low + (high - low) * (wanted - below) / static_cast<double>(fresh[i]));
    }
    below = upto;
  }
  return 1000 * LatencyHistogram::UpperBoundSeconds(fresh.size() - 1);
}

void History::Sample(int64_t wall_ms) {
  const double elapsed = last_ms_ == 0 ? 0 : static_cast<double>(wall_ms - last_ms_) / 1000;
  last_ms_ = wall_ms;
  const bool minute_ends = (fine_written_ + 1) % kSamplesPerMinute == 0;
  for (Track& track : tracks_) {
    const double value = Read(track, elapsed);
    Put(track.fine, kFinePoints, fine_written_, value);
    if (!std::isnan(value)) {
      track.minute_sum += value;
      ++track.minute_known;
    }
    if (!minute_ends) continue;
    const double mean = track.minute_known == 0 ? kUnknown : track.minute_sum / static_cast<double>(track.minute_known);
    Put(track.coarse, kCoarsePoints, coarse_written_, mean);
    track.minute_sum = 0;
    track.minute_known = 0;
  }
  Put(fine_times_, kFinePoints, fine_written_++, wall_ms);
  if (minute_ends) Put(coarse_times_, kCoarsePoints, coarse_written_++, wall_ms);
}

const History::Track* History::Find(std::string_view name) const {
  auto track = std::find_if(tracks_.begin(), tracks_.end(), [&](const Track& one) { return one.name == name; });
  return track == tracks_.end() ? nullptr : &*track;
}

std::vector<HistoryPoint> History::Unroll(const std::vector<int64_t>& times, const std::vector<double>& values,
                                          uint64_t written, int64_t since_ms) {
  std::vector<HistoryPoint> points;
  for (uint64_t i = written - values.size(); i < written; ++i) {
    const size_t at = i % (values.size() < written ? values.size() : written);
    if (times[at] >= since_ms) points.push_back({times[at], values[at]});
  }
  return points;
}

std::vector<HistoryPoint> History::Series(std::string_view name, int64_t seconds) const {
  const Track* track = Find(name);
  if (track == nullptr || fine_written_ == 0) return {};
  const int64_t since = last_ms_ - std::clamp<int64_t>(seconds, 0, 86400) * 1000;
  const bool fine = seconds <= 3600 || coarse_written_ == 0;
  return fine ? Unroll(fine_times_, track->fine, fine_written_, since)
              : Unroll(coarse_times_, track->coarse, coarse_written_, since);
}

std::vector<std::string> History::Names() const {
  std::vector<std::string> names;
  for (const Track& track : tracks_) names.push_back(track.name);
  return names;
}

double History::Latest(std::string_view name) const {
  const Track* track = Find(name);
  return track == nullptr || track->fine.empty() ? kUnknown : track->fine[(fine_written_ - 1) % kFinePoints];
}

}  // namespace tusk
