// Overlay and LevelDB read as one; what left the overlay is in LevelDB; a namespace that LevelDB finds damaged is
// refused.
#include "dfs/namenode/store/record_store.h"

#include "base/sim/sim_disk.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs {
namespace {

class RecordStoreTest : public testing::Test {
 protected:
  RecordStoreTest() : disk_(world_.clock()) {}
  Result<std::unique_ptr<RecordStore>> Open() { return RecordStore::Open(disk_, "/db", {1 << 20, 64 << 10}); }
  static std::shared_ptr<const ChangeSet> Set(Txid txid, std::vector<RecordChange> changes) {
    return std::make_shared<const ChangeSet>(ChangeSet{txid, std::move(changes)});
  }
  static void Drain(RecordStore& store, Txid durable) {
    for (auto batch = store.TakeDurable(durable, 1); !batch.empty(); batch = store.TakeDurable(durable, 1)) {
      ASSERT_OK(store.Write(batch));
      store.Forget(batch);
    }
  }
  static std::string All(const RecordStore& store) {
    std::string text;
    EXPECT_OK(store.Scan("a", "z", [&](std::string_view key, std::string_view value) {
      text += std::string(key) + "=" + std::string(value) + " ";
      return true;
    }));
    return text;
  }

  RealWorld world_;
  sim::SimDisk disk_;
};

TEST_F(RecordStoreTest, ScansMergeOverlayAndStore) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  store->Apply(Set(1, {{"b", "1"}, {"d", "1"}, {"f", "1"}}));
  Drain(*store, 1);
  EXPECT_EQ(store->overlay_bytes(), 0u);
  store->Apply(Set(2, {{"a", "2"}, {"d", "2"}, {"f", std::nullopt}, {"g", "2"}}));
  EXPECT_EQ(All(*store), "a=2 b=1 d=2 g=2 ");
  EXPECT_FALSE(store->Get("f")->has_value());
  Drain(*store, 1);  // 2 is not durable yet
  EXPECT_GT(store->overlay_bytes(), 0u);
  Drain(*store, 2);
  EXPECT_EQ(store->overlay_bytes(), 0u);
  EXPECT_EQ(All(*store), "a=2 b=1 d=2 g=2 ");
}

TEST_F(RecordStoreTest, NewerChangeOfAKeyStaysWhenTheOlderOneIsForgotten) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  store->Apply(Set(1, {{"k", "old"}, {"k", "older wins not"}}));
  store->Apply(Set(2, {{"k", "new"}}));
  Drain(*store, 1);
  EXPECT_EQ(**store->Get("k"), "new");
  Drain(*store, 2);
  EXPECT_EQ(**store->Get("k"), "new");
}

TEST_F(RecordStoreTest, OnlyFlushedTablesSurviveACrash) {
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    store->Apply(Set(1, {{"kept", "1"}}));
    Drain(*store, 1);
    ASSERT_OK(store->FlushTables());
    store->Apply(Set(2, {{"lost", "2"}}));
    Drain(*store, 2);
    sim::SimDisk after(world_.clock(), disk_.Image(), sim::CrashMode::kDropUnsynced);
    ASSERT_OK_AND_ASSIGN(auto again, RecordStore::Open(after, "/db", {1 << 20, 64 << 10}));
    EXPECT_EQ(All(*again), "kept=1 ");
  }
}

TEST_F(RecordStoreTest, MissingTableIsRefusedWithTheFolderAndARemedy) {
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    store->Apply(Set(1, {{"k", "v"}}));
    Drain(*store, 1);
    ASSERT_OK(store->FlushTables());
  }
  ASSERT_OK_AND_ASSIGN(auto names, disk_.List("/db"));
  for (const std::string& name : names) {
    if (name.ends_with(".ldb")) ASSERT_OK(disk_.RemoveFile("/db/" + name));
  }
  Result<std::unique_ptr<RecordStore>> opened = Open();
  EXPECT_STATUS(Code::kCorruption, opened);
  EXPECT_NE(opened.status().message().find("/db"), std::string_view::npos);
  EXPECT_NE(opened.status().message().find("restore"), std::string_view::npos);
}

TEST_F(RecordStoreTest, FailingDiskIsReportedByTheFlush) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  store->Apply(Set(1, {{"k", "v"}}));
  Drain(*store, 1);
  disk_.set_fault([](const sim::DiskEvent& event) { return Status::FromErrno(EIO, "write", event.path); });
  EXPECT_STATUS(Code::kIOError, store->FlushTables());
  disk_.set_fault(nullptr);
}

}  // namespace
}  // namespace tusk::dfs
