// History: what a page reads back is what was sampled, for an hour and for a day.
#include "base/metrics/history.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tusk {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

TEST(History, GivesSamplesOfTheWantedTimeOldestFirst) {
  History history;
  double value = 0;
  history.AddGauge("used", [&] { return value; });
  for (int i = 0; i < 20; ++i) {
    value = i;
    history.Sample(kStart + i * 5000);
  }
  auto points = history.Series("used", 10);
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[0].time_ms, kStart + 17 * 5000);
  EXPECT_EQ(points[0].value, 17);
  EXPECT_EQ(points[2].value, 19);
  EXPECT_EQ(history.Latest("used"), 19);
  EXPECT_TRUE(history.Series("nothing", 10).empty());
}

TEST(History, KeepsAnHourOfStepsAndADayOfMinutes) {
  History history;
  int64_t sample = 0;
  history.AddGauge("n", [&] { return static_cast<double>(sample); });
  constexpr int64_t kSamples = 30 * 3600 / 5;
  for (; sample < kSamples; ++sample) history.Sample(kStart + sample * 5000);
  auto hour = history.Series("n", 3600);
  ASSERT_EQ(hour.size(), History::kFinePoints);
  EXPECT_EQ(hour.front().value, kSamples - 720);
  EXPECT_EQ(hour.back().value, kSamples - 1);
  auto day = history.Series("n", 86400);
  ASSERT_EQ(day.size(), History::kCoarsePoints);
  EXPECT_DOUBLE_EQ(day.back().value, static_cast<double>(kSamples) - 6.5);  // the mean of the last twelve
  EXPECT_EQ(day[1].time_ms - day[0].time_ms, 60000);
}

TEST(History, ARateIsTheGrowthPerSecondAndUnknownAtFirstAndAfterAReset) {
  History history;
  double total = 1000;
  history.AddRate("rate", [&] { return total; });
  history.Sample(kStart);
  total = 1500;
  history.Sample(kStart + 5000);
  total = 10;
  history.Sample(kStart + 10000);
  auto points = history.Series("rate", 60);
  ASSERT_EQ(points.size(), 3u);
  EXPECT_TRUE(std::isnan(points[0].value));
  EXPECT_DOUBLE_EQ(points[1].value, 100);
  EXPECT_TRUE(std::isnan(points[2].value));
}

TEST(History, AQuantileIsOfTheCallsSinceTheLastSample) {
  History history;
  LatencyHistogram histogram;
  history.AddQuantile("p99", 0.99, [&] { return std::vector<const LatencyHistogram*>{&histogram}; });
  for (int i = 0; i < 100; ++i) histogram.Record(std::chrono::microseconds(100));
  history.Sample(kStart);
  EXPECT_GT(history.Latest("p99"), 0.064);
  EXPECT_LE(history.Latest("p99"), 0.128);
  for (int i = 0; i < 100; ++i) histogram.Record(std::chrono::milliseconds(100));
  history.Sample(kStart + 5000);
  EXPECT_GT(history.Latest("p99"), 65);
  EXPECT_LE(history.Latest("p99"), 132);
  history.Sample(kStart + 10000);
  EXPECT_TRUE(std::isnan(history.Latest("p99")));
}

}  // namespace
}  // namespace tusk
