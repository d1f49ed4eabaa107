// Goal: "namenode -recover" saves what can be read, loses only what it said that it would, and leaves a namespace that fits
// together. Method: logs on a simulated disk, damaged in the middle; every answer to the questions; then a start.
#include "base/testing/matchers.h"
#include "dfs/namenode/driver/driver_testing.h"
#include "dfs/namenode/driver/name_recovery.h"

namespace tusk::dfs {
namespace {

using sim::CrashMode;
using sim::SimDisk;

class NameRecoveryTest : public testing::Test {
 protected:
  NameRecoveryTest() : disk_(std::make_unique<SimDisk>(world_.clock())) { EXPECT_OK(NamespaceRun::Format(world_, *disk_)); }

  // /d0 to /d<count - 1>, each with a file in it, every operation in a frame of its own; then kill -9.
  void Fill(int count) {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    run.Start();
    for (int i = 0; i < count; ++i) {
      const std::string directory = "/d" + std::to_string(i);
      ASSERT_OK(run.Change([&](const Call& call, Edit& edit) { return Mkdirs(run.ns(), call, directory, 0755, true, edit); }));
      ASSERT_OK(run.Change([&](const Call& call, Edit& edit) {
        CreateRequest create;
        create.path = directory + "/f";
        create.client_name = "client";
        create.flags = kFlagCreate;
        return Create(run.ns(), call, create, edit);
      }));
    }
    sim::DiskImage image = disk_->Image();
    crashed_.push_back(std::move(disk_));
    disk_ = std::make_unique<SimDisk>(world_.clock(), image, CrashMode::kKeepAll);
  }
  // One bit in the frame that begins the creation of `directory`.
  void Damage(const std::string& directory) {
    const std::string path = "/name/current/edits_0000000000000000001";
    std::string content = *disk_->ReadFile(path);
    std::string name = directory;
    for (char& c : name) c = static_cast<char>(c ^ '\x80');  // as in the key
    const size_t at = content.find(name);
    ASSERT_NE(at, std::string::npos);
    ASSERT_TRUE(disk_->Rot(path, at));
  }
  Result<RecoveryReport> Recover(std::vector<DamageChoice> answers) {
    Env env = world_.env();
    Env on_disk{env.clock, env.random, *disk_, env.loop, env.network, env.disk_pool};
    questions_.clear();
    return RecoverNamespace(on_disk, {{kNameDir}}, [&](const std::string& what, const std::string& continuing) {
      questions_.push_back(what + " | " + continuing);
      return questions_.size() <= answers.size() ? answers[questions_.size() - 1] : DamageChoice::kRefuse;
    });
  }
  // "d0 d2 recovered-16389", after a start; `error` where it does not come to that.
  std::string Names() {
    NamespaceRun run(world_, *disk_);
    Status opened = run.Open();
    if (!opened.ok()) return opened.ToString();
    std::string names;
    EXPECT_OK(run.ns().tree().ScanChildren(kRootInodeId, "", [&](const Inode& child) {
      names += (names.empty() ? "" : " ") + child.name;
      return true;
    }));
    run.Start();
    EXPECT_OK(run.Change([&](const Call& call, Edit& edit) { return Mkdirs(run.ns(), call, "/new", 0755, true, edit); }));
    EXPECT_OK(run.Stop());
    return names;
  }

  RealWorld world_;
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<SimDisk>> crashed_;
  std::vector<std::string> questions_;
};

TEST_F(NameRecoveryTest, DamageIsRefusedWithTxidFileAndRemedy) {
  Fill(5);
  Damage("d2");
  const std::string refused = Names();
  EXPECT_NE(refused.find("damaged at txid"), std::string::npos) << refused;
  EXPECT_NE(refused.find("/name/current/edits_"), std::string::npos) << refused;
  EXPECT_NE(refused.find("hdfs namenode -recover"), std::string::npos) << refused;
}

TEST_F(NameRecoveryTest, QuittingChangesNothing) {
  Fill(5);
  Damage("d2");
  ASSERT_OK_AND_ASSIGN(RecoveryReport report, Recover({DamageChoice::kRefuse}));
  EXPECT_TRUE(report.quit);
  EXPECT_NE(Names().find("damaged at txid"), std::string::npos);
}

TEST_F(NameRecoveryTest, AWholeLogIsLeftAlone) {
  Fill(3);
  ASSERT_OK_AND_ASSIGN(RecoveryReport report, Recover({}));
  EXPECT_EQ(report.damages, 0u);
  EXPECT_EQ(Names(), "d0 d1 d2");
}

TEST_F(NameRecoveryTest, StoppingKeepsWhatStoodBefore) {
  Fill(5);
  Damage("d2");
  ASSERT_OK_AND_ASSIGN(RecoveryReport report, Recover({DamageChoice::kStop}));
  EXPECT_EQ(report.damages, 1u);
  EXPECT_EQ(Names(), "d0 d1");
  ASSERT_EQ(report.backups.size(), 1u);
  EXPECT_TRUE(disk_->Exists(report.backups[0] + "/VERSION"));
  EXPECT_TRUE(disk_->Exists(report.backups[0] + "/edits_0000000000000000001"));
}

TEST_F(NameRecoveryTest, ContinuingLosesOnlyTheDamagedAndBringsOrphansToTheRoot) {
  Fill(5);
  Damage("d2");
  ASSERT_OK_AND_ASSIGN(RecoveryReport report, Recover({DamageChoice::kContinue}));
  EXPECT_NE(questions_.at(0).find("skipping txid"), std::string::npos) << questions_[0];
  // The making of /d2 is lost; that of /d2/f wrote both again.
  EXPECT_EQ(Names(), "d0 d1 d2 d3 d4");
}

TEST_F(NameRecoveryTest, TheTxidNeverGoesBack) {
  Fill(5);
  Txid before = 0;
  {
    NamespaceRun run(world_, *disk_);
    ASSERT_OK(run.Open());
    before = run.driver().durable_txid();
  }
  Damage("d1");
  ASSERT_OK(Recover({DamageChoice::kStop}).status());
  NamespaceRun run(world_, *disk_);
  ASSERT_OK(run.Open());
  EXPECT_GT(run.driver().durable_txid(), before - 2);
}

}  // namespace
}  // namespace tusk::dfs
