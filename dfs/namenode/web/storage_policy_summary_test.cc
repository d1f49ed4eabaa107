// The summary against what a real Hadoop 3.4.2 printed for the same blocks.
#include "dfs/namenode/web/storage_policy_summary.h"

#include <gtest/gtest.h>

namespace tusk::dfs {
namespace {

constexpr uint8_t kCold = 2, kWarm = 5, kHot = 7;

TEST(StoragePolicySummaryTest, SaysWhichBlocksLieElsewhereThanTheirPolicySays) {
  StoragePolicySummary summary;
  for (int i = 0; i < 5; ++i) summary.Add({kDisk}, kCold);
  for (int i = 0; i < 4; ++i) summary.Add({kDisk}, 0);
  for (int i = 0; i < 5; ++i) summary.Add({kDisk}, kHot);
  summary.Add({}, 0);
  summary.Add({}, 0);
  summary.Add({kDisk}, kWarm);
  EXPECT_EQ(summary.ToString(),
            "\nBlocks satisfying the specified storage policy:\n"
            "Storage Policy                  # of blocks       % of blocks\n"
            "DISK:1(HOT)                        9              52.9412%\n"
            "\nBlocks NOT satisfying the specified storage policy:\n"
            "Storage Policy                  Specified Storage Policy      # of blocks       % of blocks\n"
            "DISK:1(HOT)                         COLD                          5              29.4118%\n"
            "                                    HOT                           2              11.7647%\n"
            "DISK:1(HOT)                         WARM                          1               5.8824%\n");
}

TEST(StoragePolicySummaryTest, FindsThePolicyOfMixedStorages) {
  StoragePolicySummary summary;
  summary.Add({kArchive, kDisk, kArchive}, kWarm);
  EXPECT_EQ(summary.ToString(),
            "\nBlocks satisfying the specified storage policy:\n"
            "Storage Policy                  # of blocks       % of blocks\n"
            "DISK:1,ARCHIVE:2(WARM)             1             100.0000%\n"
            "\nAll blocks satisfy specified storage policy.\n");
}

}  // namespace
}  // namespace tusk::dfs
