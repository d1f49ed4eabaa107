// Goal: the share of time is that of all workers together, lost ones until they were last heard of, from where a master met them.
#include "quant/job/master/job_figures.h"

#include <gtest/gtest.h>

namespace tusk::quant {
namespace {

constexpr TimePoint kStart{};
constexpr auto kSecond = std::chrono::seconds(1);

TEST(JobFigures, SharesAreOfAllWorkersTime) {
  JobFigures figures;
  figures.Hear("a", {}, kStart);
  figures.Hear("b", {}, kStart + 5 * kSecond);
  figures.Hear("a", {9 * kSecond, 8 * kSecond, 100}, kStart + 9 * kSecond);
  figures.Hear("b", {3 * kSecond, 2 * kSecond, 300}, kStart + 10 * kSecond);
  const JobFigures::Sum sum = figures.SumAt(kStart + 10 * kSecond);
  EXPECT_DOUBLE_EQ(sum.at_work, 12.0 / 15);
  EXPECT_DOUBLE_EQ(sum.computing, 10.0 / 15);
  EXPECT_EQ(sum.peak_bytes, 300U);
  EXPECT_DOUBLE_EQ(figures.ShareOf("a", kStart + 10 * kSecond), 9.0 / 10);
  EXPECT_DOUBLE_EQ(figures.ShareOf("b", kStart + 10 * kSecond), 3.0 / 5);
  EXPECT_EQ(figures.ShareOf("c", kStart + 10 * kSecond), 0);
}

TEST(JobFigures, ALostWorkersTimeEndsWhereItWasLastHeardOf) {
  JobFigures figures;
  figures.Hear("a", {}, kStart);
  figures.Hear("a", {4 * kSecond, 4 * kSecond, 7}, kStart + 5 * kSecond);
  figures.Lose("a");
  EXPECT_DOUBLE_EQ(figures.SumAt(kStart + 20 * kSecond).at_work, 4.0 / 5);
}

TEST(JobFigures, ASuccessorCountsFromWhereItMetTheWorker) {
  JobFigures figures;
  figures.Hear("a", {100 * kSecond, 90 * kSecond, 7}, kStart);
  figures.Hear("a", {101 * kSecond, 91 * kSecond, 7}, kStart + 2 * kSecond);
  EXPECT_DOUBLE_EQ(figures.SumAt(kStart + 2 * kSecond).at_work, 0.5);
}

TEST(JobFigures, NobodyIsNoDivisionByZero) { EXPECT_EQ(JobFigures().SumAt(kStart).at_work, 0); }

}  // namespace
}  // namespace tusk::quant
