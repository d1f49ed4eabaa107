// Goal: policies and patterns choose as Hadoop's do.
#include "yarn_like/nodemanager/logs/log_selection.h"

#include <gtest/gtest.h>

namespace tusk::yarn {
namespace {

const std::string kPackage = "org.apache.hadoop.yarn.server.nodemanager.containermanager.logaggregation.";

LogSelection Of(const std::string& policy, const std::string& parameters = "") {
  LogSelectionOptions options;
  options.policy_class = policy.empty() ? "" : kPackage + policy;
  options.policy_parameters = parameters;
  return LogSelection(options);
}

TEST(LogSelectionTest, PoliciesLookAtKindAndEndOfTheContainer) {
  struct Row {
    const char* policy;
    bool master, success, failed, killed;
  };
  for (const Row& row : {Row{"", true, true, true, true}, Row{"NoneContainerLogAggregationPolicy", false, false, false, false},
                         Row{"AMOnlyLogAggregationPolicy", true, false, false, false},
                         Row{"AMOrFailedContainerLogAggregationPolicy", true, false, true, false},
                         Row{"FailedContainerLogAggregationPolicy", false, false, true, false},
                         Row{"FailedOrKilledContainerLogAggregationPolicy", false, false, true, true}}) {
    LogSelection selection = Of(row.policy);
    EXPECT_EQ(selection.WantsContainer(true, 0, 1), row.master) << row.policy;
    EXPECT_EQ(selection.WantsContainer(false, 0, 2), row.success) << row.policy;
    EXPECT_EQ(selection.WantsContainer(false, 7, 2), row.failed) << row.policy;
    EXPECT_EQ(selection.WantsContainer(false, 143, 2), row.killed) << row.policy;
  }
  int chosen = 0;
  LogSelection sample = Of("SampleContainerLogAggregationPolicy", "SR:0.5,MIN:10");
  for (int i = 2; i <= 111; ++i) chosen += sample.WantsContainer(false, 0, i) ? 1 : 0;
  EXPECT_EQ(chosen, 10 + 50);
}

TEST(LogSelectionTest, PatternsOfRunningAndOfEndedContainers) {
  LogSelectionOptions options;
  options.include = "std(out|err)";
  options.exclude = "err$";
  options.rolled_include = "\\.log\\.[0-9]+";
  options.rolled_exclude = "";
  LogSelection selection(options);
  EXPECT_TRUE(selection.WantsFile("stdout", true));
  EXPECT_FALSE(selection.WantsFile("stderr", true));
  EXPECT_FALSE(selection.WantsFile("stdout", false));
  EXPECT_TRUE(selection.WantsFile("app.log.3", false));
  EXPECT_TRUE(selection.WantsFile("app.log.3", true));
  EXPECT_FALSE(selection.WantsFile("app.log", false));
  LogSelection plain{LogSelectionOptions()};
  EXPECT_TRUE(plain.WantsFile("anything", true));
  EXPECT_FALSE(plain.WantsFile("anything", false));
  options.include = "(";
  EXPECT_FALSE(LogSelection(options).WantsFile("stdout", true));
}

}  // namespace
}  // namespace tusk::yarn
