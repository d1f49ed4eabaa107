// Attributes of inodes on disk: access control lists, extended attributes, storage policies and quotas by storage type are
// there after a loss of power, count where they must, and follow renames.
#include "base/testing/matchers.h"
#include "dfs/namenode/driver/driver_testing.h"
#include "dfs/namenode/editlog/edit_log_reader.h"
#include "dfs/namenode/namespace/acl_ops.h"
#include "dfs/namenode/namespace/attribute_ops.h"
#include "dfs/namenode/namespace/xattr_ops.h"
#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {
namespace {

using sim::CrashMode;
using sim::SimDisk;

class NamespaceAttributesTest : public testing::Test {
 protected:
  void SetUp() override {
    disk_ = std::make_unique<SimDisk>(world_.clock());
    ASSERT_OK(NamespaceRun::Format(world_, *disk_));
    Start();
  }
  void Start() {
    run_ = std::make_unique<NamespaceRun>(world_, *disk_);
    ASSERT_OK(run_->Open());
    run_->Start();
  }
  void CrashAndStart() {
    auto next = std::make_unique<SimDisk>(world_.clock(), disk_->Image(), CrashMode::kDropUnsynced);
    run_.reset();
    disks_.push_back(std::exchange(disk_, std::move(next)));
    Start();
  }
  template <typename Operation>
  Status Change(Operation operation) {
    return run_->Change([&](const Call& call, Edit& edit) { return operation(run_->ns(), call, edit); });
  }
  void MakeDir(const std::string& path) {
    ASSERT_OK(Change([&](Namesystem& ns, const Call& call, Edit& edit) { return Mkdirs(ns, call, path, 0755, true, edit); }));
  }
  // A closed file with one block of `bytes`.
  void MakeFile(const std::string& path, int64_t bytes, uint32_t replication) {
    ASSERT_OK(Change([&](Namesystem& ns, const Call& call, Edit& edit) -> Status {
      CreateRequest create;
      create.path = path;
      create.client_name = "c";
      create.replication = replication;
      ASSIGN_OR_RETURN(InodeRef file, Create(ns, call, create, edit));
      Inode& made = edit.Change(file);
      made.under_construction = false;
      made.client_name.clear();
      made.blocks.push_back({edit.NewBlockId(), edit.NewStamp(), bytes});
      return Status::Ok();
    }));
  }
  Status SetPolicy(const std::string& path, const std::string& policy) {
    return Change([&](Namesystem& ns, const Call& call, Edit& edit) { return SetStoragePolicy(ns, call, path, policy, edit); });
  }
  Status SetTypeQuota(const std::string& path, int type, int64_t bytes) {
    return Change([&](Namesystem& ns, const Call& call, Edit& edit) {
      return SetQuota(ns, call, path, kQuotaKeep, bytes, type, edit);
    });
  }
  SubtreeSummary UsageAt(const std::string& path) {
    Caller caller = Superuser();
    auto usage = GetQuotaUsage(run_->ns(), run_->At(caller), path);
    EXPECT_OK(usage);
    auto counted = GetContentSummary(run_->ns(), run_->At(caller), path);
    EXPECT_OK(counted);
    EXPECT_EQ(usage->type_consumed, counted->type_consumed) << path;
    return usage.ok() ? *usage : SubtreeSummary();
  }
  InodeRef Look(const std::string& path) {
    Caller caller = Superuser();
    auto found = GetFileInfo(run_->ns(), run_->At(caller), path);
    EXPECT_OK(found);
    return found.ok() ? *found : nullptr;
  }

  RealWorld world_;
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<SimDisk>> disks_;
  std::unique_ptr<NamespaceRun> run_;
};

TEST_F(NamespaceAttributesTest, ListsAndAttributesSurviveALossOfPower) {
  MakeDir("/d");
  ASSERT_OK(Change([](Namesystem& ns, const Call& call, Edit& edit) {
    return ModifyAclEntries(ns, call, "/d", *ParseAclSpec("user:bob:rwx,default:group:dev:r-x", true), edit);
  }));
  ASSERT_OK(Change([](Namesystem& ns, const Call& call, Edit& edit) {
    return SetXAttr(ns, call, "/d", {XAttrNamespace::kUser, "color", "red"}, kXAttrCreate, edit);
  }));
  ASSERT_OK(SetPolicy("/d", "cold"));
  MakeFile("/d/f", 10, 1);
  CrashAndStart();
  EXPECT_EQ(Look("/d")->mode, 0775);
  EXPECT_EQ(DecodeAcl(Look("/d")->acl).size(), 7u);
  ASSERT_EQ(DecodeXAttrs(Look("/d")->xattrs).size(), 1u);
  EXPECT_EQ(DecodeXAttrs(Look("/d")->xattrs)[0].value, "red");
  EXPECT_EQ(run_->ns().EffectivePolicy(*Look("/d/f")), 2);
  EXPECT_EQ(DecodeAcl(Look("/d/f")->acl).size(), 2u);  // the owning group's and dev's
}

TEST_F(NamespaceAttributesTest, ATypesQuotaCountsReplicasAsThePolicyPlacesThem) {
  MakeDir("/q/one");
  ASSERT_OK(SetPolicy("/q/one", "ONE_SSD"));
  ASSERT_OK(SetTypeQuota("/q", kSsd, 250));
  MakeFile("/q/one/a", 100, 3);
  MakeFile("/q/b", 100, 3);
  EXPECT_EQ(UsageAt("/q").type_consumed[kSsd], 100);
  EXPECT_EQ(UsageAt("/q").type_consumed[kDisk], 200);  // without a policy, /q/b counts for no type
  ASSERT_OK(SetPolicy("/q/one", "ALL_SSD"));
  EXPECT_EQ(UsageAt("/q").type_consumed[kSsd], 300);
  EXPECT_EQ(UsageAt("/q").type_consumed[kDisk], 0);
  CrashAndStart();
  EXPECT_EQ(UsageAt("/q").type_consumed[kSsd], 300);
  Status more = Change([](Namesystem& ns, const Call& call, Edit& edit) -> Status {
    return SetReplication(ns, call, "/q/one/a", 4, edit).status();
  });
  EXPECT_STATUS(Code::kQuotaByStorageTypeExceeded, more);
  EXPECT_EQ(more.message(), "Quota by storage type : SSD on path : /q is exceeded. quota = 250 B but space consumed = 400 B");
  EXPECT_OK(Change([](Namesystem& ns, const Call& call, Edit& edit) -> Status {
    return SetReplication(ns, call, "/q/b", 4, edit).status();
  }));
  ASSERT_OK(SetTypeQuota("/q", kSsd, kQuotaNone));
  EXPECT_TRUE(Look("/q")->type_quotas.empty());
}

TEST_F(NamespaceAttributesTest, ARenameBringsWhatIsBelowUnderItsNewPlacesPolicy) {
  MakeDir("/cold/q");
  MakeDir("/warmed");
  ASSERT_OK(SetPolicy("/cold", "COLD"));
  ASSERT_OK(SetPolicy("/warmed", "HOT"));
  ASSERT_OK(SetTypeQuota("/cold", kArchive, 1000));
  ASSERT_OK(SetTypeQuota("/cold/q", kArchive, 1000));
  ASSERT_OK(SetTypeQuota("/warmed", kDisk, 1000));
  MakeFile("/cold/q/f", 100, 2);
  EXPECT_EQ(UsageAt("/cold").type_consumed[kArchive], 200);
  ASSERT_OK(Change([](Namesystem& ns, const Call& call, Edit& edit) {
    return Rename2(ns, call, "/cold/q", "/warmed/q", false, edit);
  }));
  EXPECT_EQ(UsageAt("/cold").type_consumed[kArchive], 0);
  EXPECT_EQ(UsageAt("/warmed").type_consumed[kDisk], 200);
  EXPECT_EQ(UsageAt("/warmed/q").type_consumed[kDisk], 200);
  EXPECT_EQ(UsageAt("/warmed/q").type_consumed[kArchive], 0);
}

TEST_F(NamespaceAttributesTest, FilesKeepALazyPersistPolicyFromTheirCreation) {
  MakeDir("/lazy");
  ASSERT_OK(SetPolicy("/lazy", "LAZY_PERSIST"));
  MakeFile("/lazy/f", 1, 1);
  EXPECT_EQ(Look("/lazy/f")->storage_policy, kLazyPersistPolicy);
  EXPECT_STATUS(Code::kHadoopIllegalArgument, SetPolicy("/lazy/f", "HOT"));
  MakeFile("/plain", 1, 1);
  EXPECT_STATUS(Code::kHadoopIllegalArgument, SetPolicy("/plain", "LAZY_PERSIST"));
}

TEST_F(NamespaceAttributesTest, ACheckpointLeavesNothingToReplay) {
  for (int i = 0; i < 50; ++i) MakeDir("/d" + std::to_string(i));
  ASSERT_OK(world_.Run(run_->driver().Checkpoint()));
  EXPECT_EQ(*ReadMarker(*disk_, kNameDir), run_->ns().last_txid());
  CrashAndStart();
  EXPECT_NE(Look("/d49"), nullptr);
}

TEST_F(NamespaceAttributesTest, RollingTheEditLogBeginsANewSegment) {
  MakeDir("/a");
  auto before = ListSegments(*disk_, CurrentFolder(kNameDir));
  Txid first = run_->driver().RollSegment();
  MakeDir("/b");
  auto after = ListSegments(*disk_, CurrentFolder(kNameDir));
  ASSERT_EQ(after->size(), before->size() + 1);
  EXPECT_EQ(after->back().first_txid, first);
  CrashAndStart();
  EXPECT_NE(Look("/b"), nullptr);
}

}  // namespace
}  // namespace tusk::dfs
