// Goal: what a commit acknowledged is there after any crash, what it did not acknowledge is there whole or not at all,
// and damage is told from a cut-short commit. Method: commits on a traced disk, reopened from every prefix; a faulty
// disk; the writer on a simulated machine.
#include "base/store/durable_map.h"

#include "base/sim/sim_world.h"
#include "base/store/state_writer.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

using Entries = DurableMap::Entries;

// The n-th commit of the run: overwrites one key, adds one, erases an older one.
std::vector<DurableMap::Change> CommitNumber(int n) {
  const std::string big(static_cast<size_t>(n) * 700, 'x');
  return {{"same", std::to_string(n)}, {"k" + std::to_string(n), big}, {"k" + std::to_string(n - 3), std::nullopt}};
}

Entries After(int commits) {
  Entries entries;
  for (int n = 1; n <= commits; ++n) {
    for (const auto& change : CommitNumber(n)) {
      if (change.value) {
        entries[change.key] = *change.value;
      } else {
        entries.erase(change.key);
      }
    }
  }
  return entries;
}

TEST(DurableMapTest, EveryCrashLeavesTheAcknowledgedCommitsAndNoHalfOnes) {
  RealWorld world;
  sim::SimDisk disk(world.clock());
  disk.StartTrace();
  {
    ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
    for (int n = 1; n <= 8; ++n) {
      ASSERT_OK(map->Commit(CommitNumber(n)));
      disk.set_note(static_cast<uint64_t>(n));
    }
  }
  {  // and a restart, whose rewrite may be cut short
    ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
    EXPECT_EQ(map->entries(), After(8));
  }
  for (const auto& moment : disk.trace()) {
    for (const auto mode : {sim::CrashMode::kDropUnsynced, sim::CrashMode::kTorn}) {
      for (uint64_t seed = 1; seed <= 3; ++seed) {
        sim::SimDisk crashed(world.clock(), moment.image, mode, seed);
        auto map = DurableMap::Open(crashed, "/state");
        ASSERT_OK(map);
        const int acknowledged = static_cast<int>(moment.note);
        const Entries& found = (*map)->entries();
        EXPECT_TRUE(found == After(acknowledged) || found == After(acknowledged + 1))
            << "after " << moment.event.path << ", acknowledged " << acknowledged;
      }
    }
  }
}

TEST(DurableMapTest, IsRewrittenWhenMostOfItIsOld) {
  RealWorld world;
  sim::SimDisk disk(world.clock());
  ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
  const std::string big(100'000, 'v');
  for (int n = 0; n < 200; ++n) ASSERT_OK(map->Commit({{"one", big + std::to_string(n)}}));
  EXPECT_LT(disk.Stat("/state/journal")->size, 2u << 20);
  EXPECT_EQ(map->entries().at("one"), big + "199");
}

TEST(DurableMapTest, FailedCommitLeavesNothingAndTheNextOneWorks) {
  RealWorld world;
  sim::SimDisk disk(world.clock());
  bool full = false;
  disk.set_fault([&](const sim::DiskEvent& event) {
    const bool fails = full && (event.op == sim::DiskOp::kSync || event.op == sim::DiskOp::kWrite);
    return fails ? Status(Code::kNoSpace, "full") : Status::Ok();
  });
  {
    ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
    ASSERT_OK(map->Commit({{"a", "1"}}));
    full = true;
    EXPECT_FALSE(map->Commit({{"b", "2"}}).ok());
    EXPECT_FALSE(map->Commit({{"b", "2"}}).ok());
    full = false;
    ASSERT_OK(map->Commit({{"c", "3"}}));
  }
  ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
  EXPECT_EQ(map->entries(), (Entries{{"a", "1"}, {"c", "3"}}));
}

TEST(DurableMapTest, DamageInTheMiddleIsRefusedAndOneOwnerAtATime) {
  RealWorld world;
  sim::SimDisk disk(world.clock());
  {
    ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(disk, "/state"));
    EXPECT_FALSE(DurableMap::Open(disk, "/state").ok());
    ASSERT_OK(map->Commit({{"a", "1"}}));
    ASSERT_OK(map->Commit({{"b", "2"}}));
  }
  {
    ASSERT_OK_AND_ASSIGN(auto file, disk.Open("/state/journal", OpenMode::kReadWrite));
    ASSERT_OK(file->WriteAt(8 + 12 + 1, AsBytes("?")));
    ASSERT_OK(file->Sync());
  }
  EXPECT_EQ(DurableMap::Open(disk, "/state").status().code(), Code::kCorruption);
}

struct WriterRun {
  static Task<bool> Go(Env env, Disk& disk) {
    auto map = DurableMap::Open(disk, "/state");
    StateWriter writer(env, std::move(map).value());
    for (int n = 0; n < 50; ++n) writer.Put("k" + std::to_string(n % 7), std::to_string(n));
    const Status synced = co_await writer.Sync();
    writer.Erase("k0");
    co_await writer.Shutdown();
    co_return synced.ok();
  }
};

TEST(StateWriterTest, GathersChangesAndFinishesThemAtShutdown) {
  sim::SimWorld world(7);
  sim::SimNode& node = world.AddNode("n");
  EXPECT_TRUE(world.Run(WriterRun::Go(node.env(), node.disk())));
  EXPECT_LT(node.disk().event_count(), 40u);  // few syncs for 50 changes
  ASSERT_OK_AND_ASSIGN(auto map, DurableMap::Open(node.disk(), "/state"));
  EXPECT_EQ(map->entries().size(), 6u);
  EXPECT_EQ(map->entries().at("k1"), "43");
}

}  // namespace
}  // namespace tusk
