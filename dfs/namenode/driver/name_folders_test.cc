// Goal: every name folder alone is enough, and as long as one is left nothing is lost and nobody notices. Method:
// namenodes on simulated disks on which single folders fail, vanish, come back empty or stale, or are damaged.
#include "base/testing/matchers.h"
#include "dfs/namenode/driver/driver_testing.h"

namespace tusk::dfs {
namespace {

using sim::CrashMode;
using sim::DiskEvent;
using sim::SimDisk;

const std::vector<NameFolder> kBoth{{"/one"}, {"/two"}};

DriverOptions OptionsFor(std::vector<NameFolder> folders) {
  DriverOptions options = NamespaceRun::SmallOptions();
  options.folders = std::move(folders);
  options.segment_bytes_max = 3000;
  options.marker_bytes = 5000;
  return options;
}

class NameFoldersTest : public testing::Test {
 protected:
  NameFoldersTest() : disk_(std::make_unique<SimDisk>(world_.clock())) { EXPECT_OK(NamespaceRun::Format(world_, *disk_, kBoth)); }

  static Status MakeDir(NamespaceRun& run, const std::string& path) {
    return run.Change([&](const Call& call, Edit& edit) { return Mkdirs(run.ns(), call, path, 0755, true, edit); });
  }
  static void MakeDirs(NamespaceRun& run, const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) ASSERT_OK(MakeDir(run, prefix + std::to_string(i)));
  }
  static uint64_t RootCount(NamespaceRun& run) { return (*run.ns().tree().ById(kRootInodeId))->child_count; }
  void FailFolder(const std::string& folder, int error) {
    disk_->set_fault([folder, error](const DiskEvent& event) {
      return event.path.starts_with(folder + "/") ? Status::FromErrno(error, "write", event.path) : Status::Ok();
    });
    disk_->set_read_fault([folder, error](const std::string& path) {
      return path.starts_with(folder + "/") ? Status::FromErrno(error, "read", path) : Status::Ok();
    });
  }
  void Heal() {
    disk_->set_fault(nullptr);
    disk_->set_read_fault(nullptr);
  }
  void Crash() {
    sim::DiskImage image = disk_->Image();
    crashed_.push_back(std::move(disk_));
    disk_ = std::make_unique<SimDisk>(world_.clock(), image, CrashMode::kDropUnsynced);
  }
  // How many directories a namenode over these folders shows.
  uint64_t CountOver(std::vector<NameFolder> folders) {
    SimDisk copy(world_.clock(), disk_->Image(), CrashMode::kDropUnsynced);
    NamespaceRun run(world_, copy);
    Status opened = run.Open(OptionsFor(std::move(folders)));
    EXPECT_OK(opened);
    return opened.ok() ? RootCount(run) : 0;
  }
  void WaitUntil(const std::function<bool()>& reached) {
    for (int i = 0; i < 2000 && !reached(); ++i) ASSERT_OK(world_.Run(SleepFor(world_.loop(), Millis(1))));
    ASSERT_TRUE(reached());
  }
  static bool Active(NamespaceRun& run, size_t index) {
    return run.driver().folders().entries()[index].state == NameFolders::State::kActive;
  }

  RealWorld world_;
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<SimDisk>> crashed_;
};

TEST_F(NameFoldersTest, EachFolderAloneIsEnough) {
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(OptionsFor(kBoth)));
  run.Start();
  MakeDirs(run, "/d", 100);
  EXPECT_EQ(CountOver({kBoth[0]}), 100u);  // after a loss of power
  EXPECT_EQ(CountOver({kBoth[1]}), 100u);
  ASSERT_OK(run.Stop());
  EXPECT_EQ(CountOver({kBoth[0]}), 100u);
  EXPECT_EQ(CountOver({kBoth[1]}), 100u);
}

TEST_F(NameFoldersTest, AFolderThatFailsIsDroppedAndTheOthersGoOn) {
  for (const char* failing : {"/one", "/two"}) {
    for (int error : {EIO, ENOSPC, EROFS, ENOENT}) {
      disk_ = std::make_unique<SimDisk>(world_.clock());
      ASSERT_OK(NamespaceRun::Format(world_, *disk_, kBoth));
      {
        NamespaceRun run(world_, *disk_);
        DriverOptions options = OptionsFor(kBoth);
        options.limits.cached_inodes_max = 5;  // reads go to the store
        ASSERT_OK(run.Open(options));
        run.Start();
        MakeDirs(run, "/before", 40);
        FailFolder(failing, error);
        MakeDirs(run, "/after", 60);
        EXPECT_TRUE(run.fatal().ok()) << run.fatal().ToString();
        const size_t index = std::string_view(failing) == "/one" ? 0 : 1;
        EXPECT_FALSE(Active(run, index));
        EXPECT_TRUE(Active(run, 1 - index));
        EXPECT_EQ(run.driver().folders_dropped(), 1u);
        EXPECT_NE(run.driver().name_dir(), failing);
        ASSERT_OK(run.Stop());
        crashed_.push_back(std::move(disk_));
      }
      crashed_.back()->set_fault(nullptr);
      disk_ = std::make_unique<SimDisk>(world_.clock(), crashed_.back()->Image(), CrashMode::kDropUnsynced);
      {
        NamespaceRun run(world_, *disk_);  // the newest is taken, and the stale one brought up to date
        ASSERT_OK(run.Open(OptionsFor(kBoth)));
        EXPECT_EQ(RootCount(run), 100u);
        run.Start();
        WaitUntil([&] { return Active(run, 0) && Active(run, 1); });
        ASSERT_OK(MakeDir(run, "/last"));
        Crash();
      }
      EXPECT_EQ(CountOver({{failing}}), 101u);
      EXPECT_EQ(CountOver(kBoth), 101u);
    }
  }
}

TEST_F(NameFoldersTest, WhenAllFailTheNamenodeEndsWithoutAnAcknowledgement) {
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(OptionsFor(kBoth)));
  run.Start();
  ASSERT_OK(MakeDir(run, "/a"));
  disk_->set_fault([](const DiskEvent& event) { return Status::FromErrno(EIO, "write", event.path); });
  EXPECT_STATUS(Code::kIOError, MakeDir(run, "/never"));
  EXPECT_FALSE(run.fatal().ok());
}

TEST_F(NameFoldersTest, ARequiredFolderOrTooFewEndTheNamenode) {
  for (bool required : {true, false}) {
    disk_ = std::make_unique<SimDisk>(world_.clock());
    ASSERT_OK(NamespaceRun::Format(world_, *disk_, kBoth));
    DriverOptions options = OptionsFor(kBoth);
    options.folders[1].required = required;
    options.edits_folders_min = required ? 1 : 2;
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(options));
    run.Start();
    FailFolder("/two", EIO);
    EXPECT_STATUS(Code::kIOError, MakeDir(run, "/never"));
    EXPECT_FALSE(run.fatal().ok());
    ASSERT_OK(run.Stop());
    crashed_.push_back(std::move(disk_));
  }
  disk_ = std::make_unique<SimDisk>(world_.clock());
}

TEST_F(NameFoldersTest, AnEmptyFolderIsFilledAtTheStart) {
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(OptionsFor({kBoth[0]})));
    run.Start();
    MakeDirs(run, "/d", 50);
    ASSERT_OK(run.Stop());
  }
  ASSERT_OK(disk_->RemoveTree("/two"));
  NamespaceRun refused(world_, *disk_);
  Status missing = refused.Open(OptionsFor(kBoth));
  EXPECT_STATUS(Code::kInconsistentState, missing);
  EXPECT_NE(missing.message().find("storage directory does not exist or is not accessible"), std::string_view::npos);
  ASSERT_OK(disk_->MakeDirs("/two", 0700));
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(OptionsFor(kBoth)));
    run.Start();
    MakeDirs(run, "/more", 50);
    WaitUntil([&] { return Active(run, 1); });
    Crash();
  }
  EXPECT_EQ(CountOver({kBoth[1]}), 100u);
}

TEST_F(NameFoldersTest, AFailedFolderThatComesBackIsRestoredAtACheckpoint) {
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(OptionsFor(kBoth)));
  run.Start();
  MakeDirs(run, "/before", 30);
  FailFolder("/one", EIO);
  MakeDirs(run, "/without", 30);
  ASSERT_FALSE(Active(run, 0));
  Heal();
  run.driver().SetRestoreFailed(true);
  ASSERT_OK(world_.Run(run.driver().Checkpoint()));
  for (int i = 0; i < 40 && !Active(run, 0); ++i) {
    MakeDirs(run, "/while" + std::to_string(i) + "-", 1);
    ASSERT_OK(world_.Run(SleepFor(world_.loop(), Millis(5))));
  }
  WaitUntil([&] { return Active(run, 0); });
  ASSERT_OK(world_.Run(run.driver().Checkpoint()));
  ASSERT_OK(MakeDir(run, "/last"));
  const uint64_t count = RootCount(run);
  Crash();
  EXPECT_EQ(CountOver({kBoth[0]}), count);
}

TEST_F(NameFoldersTest, DamageInOneFolderIsMadeGoodFromTheOther) {
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(OptionsFor(kBoth)));
    run.Start();
    MakeDirs(run, "/d", 20);
    Crash();
  }
  ASSERT_OK_AND_ASSIGN(std::vector<SegmentFile> segments, ListSegments(*disk_, "/one/current"));
  ASSERT_TRUE(disk_->Rot(segments.back().path, 64 + 30));  // in a frame that others follow
  SimDisk alone(world_.clock(), disk_->Image(), CrashMode::kKeepAll);
  NamespaceRun refused(world_, alone);
  Status damaged = refused.Open(OptionsFor({kBoth[0]}));
  EXPECT_STATUS(Code::kCorruption, damaged);
  EXPECT_NE(damaged.message().find("hdfs namenode -recover"), std::string_view::npos) << damaged.ToString();
  ASSERT_TRUE(disk_->Rot("/two/current/marker", 3));
  {
    NamespaceRun run(world_, *disk_);  // the log of one, the tables of the other
    ASSERT_OK(run.Open(OptionsFor(kBoth)));
    EXPECT_EQ(RootCount(run), 20u);
    run.Start();
    WaitUntil([&] { return Active(run, 0) && Active(run, 1); });
    Crash();
  }
  EXPECT_EQ(CountOver({kBoth[0]}), 20u);
  EXPECT_EQ(CountOver({kBoth[1]}), 20u);
}

TEST_F(NameFoldersTest, FoldersOfTwoNamespacesAreRefused) {
  ASSERT_OK(NamespaceRun::Format(world_, *disk_, {{"/other"}}));
  NamespaceRun run(world_, *disk_);
  Status opened = run.Open(OptionsFor({kBoth[0], {"/other"}}));
  EXPECT_STATUS(Code::kInconsistentState, opened);
  EXPECT_NE(opened.message().find("/other"), std::string_view::npos);
}

TEST_F(NameFoldersTest, EditsMayLieApartFromTheImage) {
  const std::vector<NameFolder> apart{{"/image", true, false, false}, {"/edits", false, true, false}};
  ASSERT_OK(NamespaceRun::Format(world_, *disk_, apart));
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(OptionsFor(apart)));
    run.Start();
    MakeDirs(run, "/d", 60);
    ASSERT_OK_AND_ASSIGN(auto none, ListSegments(*disk_, "/image/current"));
    EXPECT_TRUE(none.empty());
    EXPECT_FALSE(disk_->Exists("/edits/current/namespace"));
    Crash();
  }
  EXPECT_EQ(CountOver(apart), 60u);
}

}  // namespace
}  // namespace tusk::dfs
