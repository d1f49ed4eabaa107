// The block table against a plain map: ids that are counted up, spread and negative, erased and used again.
#include "dfs/namenode/blocks/block_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace tusk::dfs {
namespace {

TEST(BlockTableTest, AgreesWithAMapThroughGrowthAndErasure) {
  for (int64_t stride : {int64_t{1}, int64_t{16}, int64_t{-4096}, int64_t{0x100000001}}) {
    BlockTable table;
    std::map<int64_t, int64_t> model;
    std::mt19937_64 random(7);
    for (int step = 0; step < 60'000; ++step) {
      const int64_t id = 1073741825 + static_cast<int64_t>(random() % 20'000) * stride;
      if (random() % 3 == 0) {
        table.Erase(id);
        model.erase(id);
      } else {
        BlockRecord& record = table.Insert(id);
        ASSERT_EQ(static_cast<int64_t>(record.length), model.contains(id) ? model[id] : 0);
        record.length = step;
        model[id] = step;
      }
    }
    ASSERT_EQ(table.size(), model.size());
    for (const auto& [id, length] : model) {
      const BlockRecord* record = table.Find(id);
      ASSERT_NE(record, nullptr) << id;
      ASSERT_EQ(static_cast<int64_t>(record->length), length);
      ASSERT_EQ(table.Find(id + 1) != nullptr, model.contains(id + 1));
    }
    size_t walked = 0;
    table.Walk(random(), [&](const BlockRecord& record) {
      EXPECT_TRUE(model.contains(record.id));
      ++walked;
      return true;
    });
    EXPECT_EQ(walked, model.size());
  }
}

TEST(BlockTableTest, KeepsTheWidestValues) {
  BlockTable table;
  BlockRecord& record = table.Insert(INT64_MAX);
  record.stamp = (int64_t{1} << 47) - 1;
  record.length = (int64_t{1} << 47) - 1;
  record.inode = (int64_t{1} << 39) - 1;
  record.replication = UINT16_MAX;
  const BlockRecord* found = table.Find(INT64_MAX);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->spec(), (BlockSpec{INT64_MAX, (int64_t{1} << 47) - 1, (int64_t{1} << 47) - 1}));
  EXPECT_EQ(static_cast<int64_t>(found->inode), (int64_t{1} << 39) - 1);
  EXPECT_EQ(static_cast<int>(found->replication), UINT16_MAX);
  EXPECT_FALSE(BlockRecord::Fits(int64_t{1} << 47));
}

TEST(BlockTableTest, AFourthReplicaAndALargeStorageNumberMoveAsideAndBack) {
  BlockTable table;
  BlockRecord& record = table.Insert(5);
  std::set<StorageIndex> model;
  for (StorageIndex storage : {1u, 70'000u, (1u << 24) + 3, 4u, 5u}) {
    EXPECT_TRUE(table.AddReplica(record, storage));
    EXPECT_FALSE(table.AddReplica(record, storage));
    model.insert(storage);
  }
  for (StorageIndex storage : {4u, (1u << 24) + 3, 1u, 5u, 70'000u}) {
    auto all = table.ReplicasOf(record);
    EXPECT_EQ(std::set<StorageIndex>(all.begin(), all.end()), model);
    EXPECT_EQ(table.ReplicaCount(record), model.size());
    EXPECT_TRUE(table.RemoveReplica(record, storage));
    EXPECT_FALSE(table.RemoveReplica(record, storage));
    model.erase(storage);
  }
  EXPECT_EQ(table.ReplicaCount(record), 0u);
}

}  // namespace
}  // namespace tusk::dfs
