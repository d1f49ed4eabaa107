// What users see when answers get lost and writers die or come back too late. Names: docs/faults.md.
#include "base/async/task_scope.h"
#include "dfs/simulation/fault_testing.h"

namespace tusk::dfs::simulation {
namespace {

// Runs a call whose first answer is lost after the namenode has done it, so that the client asks again; with
// `restarts`, another life of the namenode answers that.
class LostAnswerTest : public FaultTest, public ::testing::WithParamInterface<bool> {
 protected:
  template <typename T>
  T WithLostAnswer(Task<T> call) {
    Warm();
    world().fabric().CutOneWay("namenode", "client0");
    Later(3, [this] {
      if (GetParam()) cluster_->CrashNamenode(sim::CrashMode::kDropUnsynced);
      world().fabric().BreakConnections("client0", "namenode");
      world().fabric().Heal("client0", "namenode");
    });
    if (GetParam()) scope_.emplace(world().loop()).Spawn(StartLater());
    T answer = world().Run(std::move(call));
    if (!GetParam()) return answer;
    world().Run(Join(*scope_));
    EXPECT_TRUE(Eventually([&] { return !cluster_->namenode()->blocks().safe_mode().on(); }));
    return answer;
  }
  void Warm() { EXPECT_OK(world().Run(fs().GetFileStatus("/"))); }
  Task<void> StartLater() {
    (void)co_await SleepFor(world().loop(), std::chrono::seconds(5));
    EXPECT_OK(co_await cluster_->StartNamenode());
  }
  static Task<int> Join(TaskScope& scope) {
    co_await scope.Join();
    co_return 0;
  }
  Task<void> Recreate() { EXPECT_OK(co_await WriteWholeFile(fs(1), "/f", Pattern(777))); }
  uint64_t LengthOf(const std::string& path) {
    auto status = world().Run(fs(1).GetFileStatus(path));
    return status.ok() ? status->length : ~uint64_t{0};
  }
  std::optional<TaskScope> scope_;
};

TEST_P(LostAnswerTest, F10_ARepeatedCallIsDoneOnce) {
  Open(3);
  for (const char* path : {"/from", "/delete", "/target", "/source", "/append", "/truncate"}) ASSERT_OK(Put(path, Pattern(3'000)));
  CreateOptions fresh;
  fresh.overwrite = false;  // done twice, it would find its own file
  auto created = WithLostAnswer(fs().Create("/created", fresh));
  ASSERT_OK(created);
  ASSERT_OK(world().Run((*created)->Write(AsBytes(Pattern(1'000)))));
  ASSERT_OK(world().Run((*created)->Close()));
  ExpectContent("/created", Pattern(1'000));

  ASSERT_OK(WithLostAnswer(fs().RenameTo("/from", "/to", false)));  // twice: FileNotFound
  ExpectContent("/to", Pattern(3'000));
  ASSERT_OK_AND_ASSIGN(const bool renamed, WithLostAnswer(fs().Rename("/to", "/again")));
  EXPECT_TRUE(renamed);
  ASSERT_OK_AND_ASSIGN(const bool deleted, WithLostAnswer(fs().Delete("/delete", false)));
  EXPECT_TRUE(deleted);
  ASSERT_OK(WithLostAnswer(fs().Concat("/target", {"/source"})));
  ExpectContent("/target", Pattern(3'000) + Pattern(3'000));

  auto appended = WithLostAnswer(fs().Append("/append"));
  if (GetParam()) {  // opened once; its next call finds the namenode in safe mode
    EXPECT_STATUS(Code::kSafeMode, appended);
    ASSERT_OK(RecoverLease("/append", 0));
    appended = world().Run(fs().Append("/append"));
  }
  ASSERT_OK(appended);
  ASSERT_OK(world().Run((*appended)->Write(AsBytes(Pattern(500, 7)))));
  ASSERT_OK(world().Run((*appended)->Close()));
  ExpectContent("/append", Pattern(3'000) + Pattern(500, 7));

  bool done = false;
  ASSERT_OK(WithLostAnswer(fs().Truncate("/truncate", 1'000, &done)));
  ASSERT_OK(RecoverLease("/truncate", 1));
  ExpectContent("/truncate", Pattern(3'000).substr(0, 1'000));
}

// The first answer, not a second deletion: what another has made there since stays.
TEST_P(LostAnswerTest, F10_ARepeatedDeleteSparesWhatCameAfterIt) {
  Open(3);
  ASSERT_OK(Put("/f", Pattern(3'000)));
  TaskScope other(world().loop());
  Later(1, [this, &other] { other.Spawn(Recreate()); });
  ASSERT_OK_AND_ASSIGN(const bool deleted, WithLostAnswer(fs().Delete("/f", false)));
  EXPECT_TRUE(deleted);
  Wait(10);
  EXPECT_EQ(LengthOf("/f"), 777u);
  world().Run(Join(other));
}

INSTANTIATE_TEST_SUITE_P(SameAndNextNamenode, LostAnswerTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "AfterARestart" : "OfOneNamenode"; });

// A writer that dies, at every stage of a file.
TEST_F(FaultTest, F20_AFileOfADeadWriterIsClosedWithWhatWasSynced) {
  Open(5);
  const std::string bytes = Pattern(150'000);  // two blocks and a piece
  ASSERT_OK(world().Run(fs().Create("/empty")));
  OpenWith("/piece", bytes.substr(0, 1'000));
  OpenWith("/block", bytes.substr(0, 64 << 10));
  OpenWith("/blocks", bytes);
  cluster_->CrashClient(0);
  ASSERT_OK(RestartNamenode());
  Wait(200);  // the hard limit is 120 s here
  for (const auto& [name, length] : std::map<std::string, size_t>{{"/empty", 0}, {"/piece", 1'000}, {"/block", 64 << 10}, {"/blocks", bytes.size()}}) {
    const std::string path = name;
    SCOPED_TRACE(path);
    ASSERT_OK_AND_ASSIGN(const bool closed, world().Run(fs(1).IsClosed(path)));
    EXPECT_TRUE(closed);
    ExpectContent(path, bytes.substr(0, length));
    EXPECT_OK(world().Run(fs(1).Append(path)));
  }
}

TEST_F(FaultTest, F21_AZombieWriterChangesNothingAfterTheRecovery) {
  Open(5);
  const std::string bytes = Pattern(20'000);
  OutputStream& zombie = OpenWith("/f", bytes);
  world().fabric().Cut("client0", "namenode");  // it cannot be told; its pipeline stands
  ASSERT_OK(RecoverLease("/f", 1));
  ExpectContent("/f", bytes);
  const Status written = world().Run(zombie.Write(AsBytes(Pattern(30'000, 5))));
  Later(30, [this] { world().fabric().HealAll(); });
  const Status closed = written.ok() ? world().Run(zombie.Close()) : written;
  EXPECT_FALSE(closed.ok());
  ExpectContent("/f", bytes);
  auto heir = world().Run(fs(1).Append("/f"));
  ASSERT_OK(heir);
  ASSERT_OK(world().Run((*heir)->Write(AsBytes(Pattern(1'000, 6)))));
  EXPECT_FALSE(world().Run(zombie.Hsync()).ok());
  ASSERT_OK(world().Run((*heir)->Close()));
  ExpectContent("/f", bytes + Pattern(1'000, 6), 2);
}

TEST_F(FaultTest, F22_TwoAppendersNeverWriteOverEachOther) {
  Open(5);
  ASSERT_OK(Put("/f", Pattern(10'000)));
  auto first = world().Run(fs(0).Append("/f"));
  ASSERT_OK(first);
  EXPECT_EQ(world().Run(fs(1).Append("/f")).code(), Code::kAlreadyBeingCreated);
  ASSERT_OK(world().Run((*first)->Write(AsBytes(Pattern(2'000, 2)))));
  ASSERT_OK(world().Run((*first)->Hflush()));
  ASSERT_OK(RecoverLease("/f", 1));  // takes the file from the first
  auto second = world().Run(fs(1).Append("/f"));
  ASSERT_OK(second);
  ASSERT_OK(world().Run((*second)->Write(AsBytes(Pattern(3'000, 3)))));
  (void)world().Run((*first)->Write(AsBytes(Pattern(4'000, 4))));
  EXPECT_FALSE(world().Run((*first)->Close()).ok());
  ASSERT_OK(world().Run((*second)->Close()));
  ExpectContent("/f", Pattern(10'000) + Pattern(2'000, 2) + Pattern(3'000, 3), 2);
}

}  // namespace
}  // namespace tusk::dfs::simulation
