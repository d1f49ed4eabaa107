// Goal: no GPU has two containers, none is lost, and what an earlier node manager gave stays given.
#include "yarn_like/nodemanager/container/gpu_devices.h"

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

TEST(GpuDevicesTest, DevicesAreIndexAndMinorPairs) {
  ASSERT_OK_AND_ASSIGN(auto devices, GpuDevices::Parse("1:3, 0:0"));
  EXPECT_EQ(ToText(devices), "0:0,1:3");
  EXPECT_EQ(IndexesOf(devices), "0,1");
  for (const char* bad : {"0", "a:b", "0:0,0:1", "0:0,1:0", "0:-1", "0:0:0"}) {
    EXPECT_STATUS(Code::kInvalidArgument, GpuDevices::Parse(bad));
  }
  ASSERT_OK_AND_ASSIGN(auto none, GpuDevices::Parse(""));
  EXPECT_TRUE(none.empty());
}

TEST(GpuDevicesTest, EachIsGivenOnceAndComesBack) {
  GpuDevices gpus({{0, 0}, {1, 1}, {2, 5}});
  ASSERT_OK_AND_ASSIGN(auto first, gpus.Assign("a", 2));
  EXPECT_EQ(IndexesOf(first), "0,1");
  ASSERT_OK_AND_ASSIGN(auto again, gpus.Assign("a", 2));
  EXPECT_EQ(again, first);
  EXPECT_STATUS(Code::kYarn, gpus.Assign("b", 2));
  ASSERT_OK_AND_ASSIGN(auto one, gpus.Assign("b", 1));
  EXPECT_EQ(ToText(one), "2:5");
  EXPECT_EQ(ToText(gpus.DeniedTo("b")), "0:0,1:1");
  EXPECT_EQ(ToText(gpus.DeniedTo("without")), "0:0,1:1,2:5");
  gpus.Release("a");
  gpus.Restore("c", {{1, 1}});
  ASSERT_OK_AND_ASSIGN(auto rest, gpus.Assign("d", 1));
  EXPECT_EQ(IndexesOf(rest), "0");
  ASSERT_OK_AND_ASSIGN(auto nothing, gpus.Assign("e", 0));
  EXPECT_TRUE(nothing.empty());
}

}  // namespace
}  // namespace tusk::yarn
