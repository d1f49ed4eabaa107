// Goal: the kernels' logic (tiles and their edges, barriers, orders of sums) has the CPU's bits, shown on the emulated GPU; and the
// loss scale's rules.
#include <gtest/gtest.h>

#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/device/cuda/device_checks.h"
#include "mlkit/device/cuda/loss_scale.h"

namespace tusk::ml {
namespace {

TEST(EmulatedGpuTest, EveryOperationHasTheBitsOfTheCpu) {
  const CheckReport report = CheckDevice(1, false);
  EXPECT_GT(report.checks, 150U);
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
}

TEST(LossScaleTest, HalvesAtABadStepAndGrowsAfterManyGoodOnes) {
  cuda::LossScale scale(1024, 3);
  EXPECT_TRUE(scale.MayUpdate(1, true));
  EXPECT_FALSE(scale.MayUpdate(2, false));
  EXPECT_FALSE(scale.MayUpdate(2, true));  // the other ranges of the step
  EXPECT_EQ(scale.scale(), 512);
  EXPECT_EQ(scale.skipped(), 1U);
  for (uint64_t step = 3; step <= 5; ++step) {
    EXPECT_TRUE(scale.MayUpdate(step, true));
    EXPECT_EQ(scale.scale(), 512);
  }
  EXPECT_TRUE(scale.MayUpdate(6, true));
  EXPECT_EQ(scale.scale(), 1024);
  for (uint64_t step = 7; step < 40; ++step) EXPECT_FALSE(scale.MayUpdate(step, false));
  EXPECT_EQ(scale.scale(), 1);
}

}  // namespace
}  // namespace tusk::ml
