// Goal: the kernels' logic (tiles and their edges, barriers, orders of sums) has the CPU's bits, shown on the emulated GPU; and the
// loss scale's rules.
#include <gtest/gtest.h>

#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/device/cuda/device_checks.h"
#include "mlkit/device/cuda/loss_scale.h"
#include "mlkit/sgd/linear_testing.h"
#include "mlkit/sgd/network/mlp_trainer.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

TEST(EmulatedGpuTest, EveryOperationHasTheBitsOfTheCpu) {
  const CheckReport report = CheckDevice(1, false);
  EXPECT_GT(report.checks, 150U);
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
}

// The trainer itself: its model, and that it never reads the device's memory from the host.
TEST(EmulatedGpuTest, APerceptronTrainedThereIsTheCpusModel) {
  const auto data = MakeRowsForTests(60, 6, 3, false, 4);
  const auto train = [&](bool cuda) {
    const auto make = [&, cuda]() -> Result<std::unique_ptr<Algorithm>> {
      Parameters parameters({{"hidden", "9,4"}, {"dropout", "0.2"}, {"activation", "gelu"}, {"validation_fraction", "0.2"}, {"epochs", "2"},
                             {"batch", "20"}, {"lanes", "4"}});
      ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, data->schema()));
      if (cuda) settings.make_backend = [](ThreadPool&) { return MakeCudaBackend({}); };
      return MakeMlpTrainer(std::move(settings));
    };
    auto outcome = TrainInProcess(make, data, {});
    EXPECT_TRUE(outcome.ok()) << outcome.status().ToString();
    return outcome.ok() ? outcome->bytes : std::vector<uint8_t>();
  };
  EXPECT_EQ(train(true), train(false));
}

TEST(LossScaleTest, GoesOnFromItsState) {
  cuda::LossScale scale(1024, 3), other(64, 3);
  for (uint64_t step = 1; step <= 9; ++step) scale.MayUpdate(step, step != 4);
  ASSERT_TRUE(other.Restore(scale.State()));
  for (uint64_t step = 10; step <= 20; ++step) {
    EXPECT_EQ(scale.MayUpdate(step, step != 17), other.MayUpdate(step, step != 17));
    EXPECT_EQ(scale.scale(), other.scale());
  }
  EXPECT_EQ(scale.skipped(), other.skipped());
  EXPECT_FALSE(other.Restore(std::vector<int64_t>{0, 0, 0, 0, 0}));
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
