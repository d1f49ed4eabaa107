// Goal: GPUs are those that the driver names, with its minor numbers; a machine without a driver, or with a broken one, is told apart.
#include "yarn_like/nodemanager/container/gpu_driver.h"

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

TEST(GpuDriverTest, DevicesAreTheDriversInItsOrder) {
  ASSERT_OK_AND_ASSIGN(auto devices, AskGpuDriver(FAKE_GPU_DRIVER));
  EXPECT_EQ(ToText(devices), "0:3,1:1");
}

TEST(GpuDriverTest, WithoutAWorkingDriverTheReasonIsGiven) {
  EXPECT_STATUS(Code::kFileNotFound, AskGpuDriver("libthere-is-no-such-driver.so.1"));
  EXPECT_STATUS(Code::kUnsupported, AskGpuDriver(BROKEN_GPU_DRIVER));
  EXPECT_STATUS(Code::kUnsupported, AskGpuDriver("libm.so.6"));
}

}  // namespace
}  // namespace tusk::yarn
