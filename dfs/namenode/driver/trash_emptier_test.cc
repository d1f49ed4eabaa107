// The namenode empties users' trash: Current becomes a checkpoint, old checkpoints go, nothing else is touched.
#include "dfs/namenode/driver/trash_emptier.h"

#include "base/testing/matchers.h"
#include "dfs/common/trash_names.h"
#include "dfs/namenode/driver/driver_testing.h"

namespace tusk::dfs {
namespace {

using sim::SimDisk;
constexpr int64_t kHourMs = 3600 * 1000;

class TrashEmptierTest : public testing::Test {
 protected:
  void SetUp() override {
    disk_ = std::make_unique<SimDisk>(world_.clock());
    ASSERT_OK(NamespaceRun::Format(world_, *disk_));
    run_ = std::make_unique<NamespaceRun>(world_, *disk_);
    ASSERT_OK(run_->Open());
    run_->Start();
  }
  void TearDown() override { ASSERT_OK(run_->Stop()); }
  void MakeFolder(std::string path) {
    ASSERT_OK(run_->Change([this, path](const Call& call, Edit& edit) {
      return Mkdirs(run_->ns(), call, path, 0755, true, edit);
    }));
  }
  bool Exists(const std::string& path) {
    Caller caller = Superuser();
    Result<InodeRef> found = GetFileInfo(run_->ns(), run_->At(caller), path);
    return found.ok() && *found != nullptr;
  }
  struct Once {
    static Task<int> Run(TrashEmptier& emptier, int64_t wall_ms) {
      co_await emptier.RunOnce(wall_ms);
      co_return 0;
    }
  };
  void Empty(int64_t wall_ms, bool allowed = true) {
    TrashEmptier emptier(world_.env(), run_->driver(),
                         TrashOptions{std::chrono::hours(1), Duration{}, "hdfs", [allowed] { return allowed; }});
    (void)world_.Run(Once::Run(emptier, wall_ms));
  }

  RealWorld world_;
  std::unique_ptr<SimDisk> disk_;
  std::unique_ptr<NamespaceRun> run_;
};

TEST_F(TrashEmptierTest, CurrentBecomesACheckpointAndIsDeletedWhenItIsOld) {
  constexpr int64_t kNow = 1795274051000;
  MakeFolder("/user/ann/.Trash/Current/a/b");
  MakeFolder("/user/ann/kept");
  Empty(kNow);
  std::string checkpoint = "/user/ann/.Trash/" + TrashCheckpointName(kNow);
  EXPECT_FALSE(Exists("/user/ann/.Trash/Current"));
  EXPECT_TRUE(Exists(checkpoint + "/a/b"));
  Empty(kNow + kHourMs);  // not older than the interval yet
  EXPECT_TRUE(Exists(checkpoint));
  Empty(kNow + kHourMs + 1000);
  EXPECT_FALSE(Exists(checkpoint));
  EXPECT_TRUE(Exists("/user/ann/kept"));
}

TEST_F(TrashEmptierTest, ASecondCheckpointOfOneSecondGetsANumber) {
  constexpr int64_t kNow = 1795274051000;
  MakeFolder("/user/ann/.Trash/Current/a");
  Empty(kNow);
  MakeFolder("/user/ann/.Trash/Current/b");
  Empty(kNow);
  std::string checkpoint = "/user/ann/.Trash/" + TrashCheckpointName(kNow);
  EXPECT_TRUE(Exists(checkpoint + "/a"));
  EXPECT_TRUE(Exists(checkpoint + "-1/b"));
}

TEST_F(TrashEmptierTest, WhatIsNoCheckpointStays) {
  MakeFolder("/user/bob/.Trash/mine");
  Empty(1795274051000);
  EXPECT_TRUE(Exists("/user/bob/.Trash/mine"));
}

TEST_F(TrashEmptierTest, NothingChangesInSafeMode) {
  MakeFolder("/user/ann/.Trash/Current/a");
  Empty(1795274051000, false);
  EXPECT_TRUE(Exists("/user/ann/.Trash/Current/a"));
}

}  // namespace
}  // namespace tusk::dfs
