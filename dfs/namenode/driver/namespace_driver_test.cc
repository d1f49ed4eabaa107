// The namespace on disk: what was acknowledged is there after a restart, what a client asks twice runs once, and a
// disk that fails stops the namenode before it promises anything.
#include "dfs/namenode/driver/namespace_driver.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/driver/driver_testing.h"
#include "dfs/namenode/driver/resource_check.h"
#include "dfs/namenode/editlog/edit_log_reader.h"
#include "dfs/namenode/namespace/attribute_ops.h"

namespace tusk::dfs {
namespace {

using sim::CrashMode;
using sim::DiskEvent;
using sim::DiskOp;
using sim::SimDisk;

class NamespaceDriverTest : public testing::Test {
 protected:
  void SetUp() override {
    disk_ = std::make_unique<SimDisk>(world_.clock());
    ASSERT_OK(NamespaceRun::Format(world_, *disk_));
  }
  static auto MakeDir(NamespaceRun& run, std::string path) {
    return [&run, path = std::move(path)](const Call& call, Edit& edit) {
      return Mkdirs(run.ns(), call, path, 0755, true, edit);
    };
  }
  InodeRef Look(NamespaceRun& run, const std::string& path) {
    Caller caller = Superuser();
    Result<InodeRef> found = GetFileInfo(run.ns(), run.At(caller), path);
    EXPECT_OK(found);
    return found.ok() ? *found : nullptr;
  }
  // The machine loses power now.
  void Crash(CrashMode mode = CrashMode::kDropUnsynced) {
    sim::DiskImage image = disk_->Image();
    crashed_.push_back(std::move(disk_));
    disk_ = std::make_unique<SimDisk>(world_.clock(), image, mode);
  }

  RealWorld world_;
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<SimDisk>> crashed_;  // still written to by the run that went down
};

TEST_F(NamespaceDriverTest, RefusesAFolderThatWasNotFormatted) {
  SimDisk empty(world_.clock());
  ASSERT_OK(empty.MakeDirs(kNameDir, 0700));
  NamespaceRun run(world_, empty);
  Status opened = run.Open();
  EXPECT_STATUS(Code::kInconsistentState, opened);
  EXPECT_NE(opened.message().find("NameNode is not formatted"), std::string_view::npos);
}

TEST_F(NamespaceDriverTest, RefusesToFormatOverANamespace) {
  EXPECT_STATUS(Code::kAlreadyExists, NamespaceRun::Format(world_, *disk_));
}

TEST_F(NamespaceDriverTest, SecondNamenodeOnAFolderIsRefused) {
  NamespaceRun first(world_, *disk_);
  ASSERT_OK(first.Open());
  NamespaceRun second(world_, *disk_);
  EXPECT_STATUS(Code::kAlreadyExists, second.Open());
}

TEST_F(NamespaceDriverTest, StartsWithARootAndHadoopsFirstIds) {
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  run.Start();
  InodeRef root = Look(run, "/");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->id, 16385);
  EXPECT_EQ(root->owner, "hdfs");
  ASSERT_OK(run.Change(MakeDir(run, "/a")));
  EXPECT_EQ(Look(run, "/a")->id, 16386);
  ASSERT_OK(run.Stop());
}

TEST_F(NamespaceDriverTest, AcknowledgedOperationsSurviveALossOfPower) {
  Txid before = 0;
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    ASSERT_OK(run.Change(MakeDir(run, "/a/b/c")));
    before = run.driver().durable_txid();
    Crash();
  }
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  run.Start();
  EXPECT_NE(Look(run, "/a/b/c"), nullptr);
  EXPECT_EQ(Look(run, "/a")->child_count, 1u);
  EXPECT_GT(run.driver().durable_txid(), before);  // datanodes obey a namenode only if its txid grows
  EXPECT_EQ(run.ns().counters().inodes, 4u);
}

TEST_F(NamespaceDriverTest, StateIsTheSameAfterACleanStop) {
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    for (int i = 0; i < 100; ++i) ASSERT_OK(run.Change(MakeDir(run, "/d" + std::to_string(i))));
    ASSERT_OK(run.Change([&](const Call& call, Edit& edit) { return Delete(run.ns(), call, "/d7", true, edit); }));
    ASSERT_OK(run.Stop());
  }
  ASSERT_OK_AND_ASSIGN(Txid marker, ReadMarker(*disk_, kNameDir));
  EXPECT_GT(marker, 100);
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  EXPECT_EQ(Look(run, "/")->child_count, 99u);
  EXPECT_EQ(Look(run, "/d7"), nullptr);
  EXPECT_NE(Look(run, "/d99"), nullptr);
}

TEST_F(NamespaceDriverTest, AnswerIsRememberedAfterARestart) {
  RetryKey key{"0123456789abcdef", 7};
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    ASSERT_OK(run.Change(MakeDir(run, "/once"), key, "the answer"));
    Crash();
  }
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    const RememberedAnswer* answer = run.ns().Remembered(key);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->response, "the answer");
    EXPECT_EQ(run.ns().Remembered({"0123456789abcdef", 8}), nullptr);
    ASSERT_OK(run.Stop());  // moves the marker past it
  }
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  EXPECT_NE(run.ns().Remembered(key), nullptr);
}

TEST_F(NamespaceDriverTest, EditLogThatCannotBeWrittenStopsTheNamenodeWithoutAnAcknowledgement) {
  for (DiskOp op : {DiskOp::kWrite, DiskOp::kSync}) {
    for (int error : {EIO, ENOSPC}) {
      SimDisk disk(world_.clock());
      ASSERT_OK(NamespaceRun::Format(world_, disk));
      {
        NamespaceRun run(world_, disk);
        ASSERT_OK(run.Open());
        run.Start();
        ASSERT_OK(run.Change(MakeDir(run, "/before")));
        disk.set_fault([op, error](const DiskEvent& event) {
          bool hit = event.op == op && event.path.find("edits_") != std::string::npos;
          return hit ? Status::FromErrno(error, "write", event.path) : Status::Ok();
        });
        EXPECT_STATUS(Code::kIOError, run.Change(MakeDir(run, "/never")));
        EXPECT_FALSE(run.fatal().ok());
        EXPECT_STATUS(Code::kIOError, run.Change(MakeDir(run, "/after")));
      }
      disk.set_fault(nullptr);
      NamespaceRun run(world_, disk);
      ASSERT_OK(run.Open());
      EXPECT_NE(Look(run, "/before"), nullptr);
      EXPECT_EQ(Look(run, "/after"), nullptr);
    }
  }
}

TEST_F(NamespaceDriverTest, AFullDiskIsToldWhileWhatWasBegunStillFits) {
  bool told = false;
  std::atomic<bool> full = false;
  DriverOptions options = NamespaceRun::SmallOptions();
  options.preallocate_bytes = 8192;
  options.on_low_room = [&] { told = true; };
  disk_->set_fault([&full](const DiskEvent& event) {
    const bool grows = event.op == DiskOp::kWrite && event.bytes >= 8192;
    return full && grows ? Status::FromErrno(ENOSPC, "write", event.path) : Status::Ok();
  });
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(options));
  run.Start();
  full = true;
  int made = 0;
  while (!told && made < 100) ASSERT_OK(run.Change(MakeDir(run, "/d" + std::to_string(made++))));
  ASSERT_TRUE(told);
  for (int i = 0; i < 5; ++i) ASSERT_OK(run.Change(MakeDir(run, "/d" + std::to_string(made++))));  // what was on its way
  EXPECT_TRUE(run.driver().low_on_room());
  EXPECT_TRUE(run.fatal().ok());
  full = false;
  struct Room {
    static Task<Status> Make(NamespaceDriver& driver) {
      co_await driver.MakeRoom();
      co_return Status::Ok();
    }
  };
  ASSERT_OK(world_.Run(Room::Make(run.driver())));
  EXPECT_FALSE(run.driver().low_on_room());
  for (int i = 0; i < 100; ++i) ASSERT_OK(run.Change(MakeDir(run, "/d" + std::to_string(made++))));
  Crash();
  NamespaceRun again(world_, *disk_);
  ASSERT_OK(again.Open());
  EXPECT_EQ(Look(again, "/")->child_count, static_cast<uint64_t>(made));
}

TEST_F(NamespaceDriverTest, RoomIsCountedOnRequiredAndOnEnoughOtherVolumes) {
  ResourceLimits limits{1000, 1, {{"/name"}, {"/nowhere"}}};
  disk_->set_space({10'000, 1000});
  EXPECT_TRUE(HaveResources(*disk_, limits));
  disk_->set_space({10'000, 999});
  EXPECT_FALSE(HaveResources(*disk_, limits));
  limits.reserved_bytes = 10;
  limits.volumes.push_back({"/nowhere", true});
  EXPECT_EQ(HaveResources(*disk_, limits), disk_->Space("/nowhere").ok());
}

TEST_F(NamespaceDriverTest, DeletedTreeIsEmptiedInSlicesAndAfterARestart) {
  DriverOptions options = NamespaceRun::SmallOptions();
  options.delete_slice_inodes = 3;
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open(options));
    run.Start();
    for (int i = 0; i < 10; ++i) {
      ASSERT_OK(run.Change(MakeDir(run, "/tree/x" + std::to_string(i) + "/y/z/1/2/3/4/5")));
    }
    ASSERT_OK(run.Change([&](const Call& call, Edit& edit) { return Delete(run.ns(), call, "/tree", true, edit); }));
    EXPECT_EQ(Look(run, "/tree"), nullptr);
    Crash();
  }
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(options));
  EXPECT_EQ(Look(run, "/tree"), nullptr);
  run.Start();
  for (int i = 0; i < 100 && run.ns().counters().inodes > 1; ++i) {
    ASSERT_OK(run.Change(MakeDir(run, "/")));  // lets the loop run
    ASSERT_OK(world_.Run(SleepFor(world_.loop(), Millis(2))));
  }
  EXPECT_EQ(run.ns().counters().inodes, 1u);
}

TEST_F(NamespaceDriverTest, QuotaIsKeptThroughRenamesDeletesAndRestarts) {
  auto set_quota = [](NamespaceRun& run, int64_t names) {
    return run.Change([&run, names](const Call& call, Edit& edit) {
      return SetQuota(run.ns(), call, "/q", names, kQuotaKeep, 0, edit);
    });
  };
  auto rename = [](NamespaceRun& run, std::string from, std::string to) {
    return run.Change([&run, from, to](const Call& call, Edit& edit) { return Rename2(run.ns(), call, from, to, false, edit); });
  };
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    ASSERT_OK(run.Change(MakeDir(run, "/q/a")));
    ASSERT_OK(run.Change(MakeDir(run, "/other/x/y")));
    ASSERT_OK(set_quota(run, 4));
    ASSERT_OK(run.Change(MakeDir(run, "/q/b")));
    EXPECT_STATUS(Code::kNSQuotaExceeded, rename(run, "/other/x", "/q/x"));  // it brings two
    ASSERT_OK(run.Change([&](const Call& call, Edit& edit) { return Delete(run.ns(), call, "/q/a", true, edit); }));
    ASSERT_OK(rename(run, "/other/x", "/q/x"));
    EXPECT_STATUS(Code::kNSQuotaExceeded, run.Change(MakeDir(run, "/q/c")));
    Crash();
  }
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  run.Start();
  EXPECT_STATUS(Code::kNSQuotaExceeded, run.Change(MakeDir(run, "/q/c")));
  ASSERT_OK(rename(run, "/q/x", "/q/b/x"));  // within the quota's directory nothing changes
  ASSERT_OK(rename(run, "/q/b/x", "/x"));
  ASSERT_OK(run.Change(MakeDir(run, "/q/c/d")));
  EXPECT_STATUS(Code::kNSQuotaExceeded, run.Change(MakeDir(run, "/q/e")));
  ASSERT_OK(set_quota(run, -1));
  ASSERT_OK(run.Change(MakeDir(run, "/q/e/f/g/h")));
}

TEST_F(NamespaceDriverTest, SegmentsBelowTheMarkerGoWhenTheirAnswersHaveExpired) {
  DriverOptions options = NamespaceRun::SmallOptions();
  options.segment_bytes_max = 2000;
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open(options));
  run.Start();
  for (int i = 0; i < 100; ++i) ASSERT_OK(run.Change(MakeDir(run, "/d" + std::to_string(i))));
  ASSERT_OK_AND_ASSIGN(auto segments, ListSegments(*disk_, CurrentFolder(kNameDir)));
  EXPECT_GT(segments.size(), 3u);
  ASSERT_OK(run.Stop());
  // All are younger than the answers' ten minutes, so all stay.
  ASSERT_OK_AND_ASSIGN(auto kept, ListSegments(*disk_, CurrentFolder(kNameDir)));
  EXPECT_EQ(kept.size(), segments.size());
}

}  // namespace
}  // namespace tusk::dfs
