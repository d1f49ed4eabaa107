// Seeded random histories of a cluster: datanodes join, die, come back with old or emptied disks, report in any order,
// commands get lost; files are written, deleted, their replication changed. Checked all along: no deletion command
// takes the last copy of a block that a file still has; at the end everything converges.
#include <algorithm>
#include <deque>

#include "base/testing/matchers.h"
#include "dfs/namenode/blocks/block_testing.h"

namespace tusk::dfs {
namespace {

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : cluster_(Limits(), seed, DatanodeLimits{3s, 5s, 30s}), dice_(seed * 31 + 1) {
    const size_t nodes = 4 + dice_.Below(6);
    const size_t racks = 1 + dice_.Below(3);
    for (size_t i = 0; i < nodes; ++i) cluster_.AddNode("/rack" + std::to_string(i % racks));
    cluster_.blocks.FinishLoad(cluster_.now);
    for (size_t i = 0; i < nodes; ++i) cluster_.FullReport(i);
  }

  void Run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      cluster_.Advance(Millis(static_cast<int64_t>(dice_.Below(3000))));
      Act();
      for (size_t n = 0; n < cluster_.nodes.size(); ++n) {
        if (cluster_.nodes[n].running && dice_.Below(3) != 0) Beat(n, /*lossy=*/true);
      }
      cluster_.Expire();
      if (dice_.Below(2) == 0) cluster_.blocks.Tick(cluster_.now);
    }
  }

  void Converge() {
    for (size_t n = 0; n < cluster_.nodes.size(); ++n) {
      if (!cluster_.nodes[n].running) cluster_.Register(n);
    }
    for (int round = 0; round < 400; ++round) {
      cluster_.Advance(3s);
      for (size_t n = 0; n < cluster_.nodes.size(); ++n) {
        CarryOutSome(n, todo_[n].size());
        if (round % 100 == 0) cluster_.FullReport(n);
        Beat(n, /*lossy=*/false);
      }
      cluster_.blocks.Tick(cluster_.now);
    }
    for (const auto& [id, replication] : files_) {
      const size_t copies = Living(id);
      if (lost_.contains(id)) {
        EXPECT_TRUE(copies == 0 || copies >= std::min<size_t>(replication, cluster_.nodes.size())) << id;
      } else {
        EXPECT_EQ(copies, std::min<size_t>(replication, cluster_.nodes.size())) << "block " << id;
      }
    }
    for (const auto& node : cluster_.nodes) {
      for (const auto& [id, replica] : node.replicas) EXPECT_TRUE(files_.contains(id)) << "left over " << id;
    }
    const BlockStats stats = cluster_.blocks.Stats();
    EXPECT_EQ(stats.excess, 0u);
    EXPECT_EQ(stats.pending_deletion, 0u);
  }

 private:
  static BlockLimits Limits() {
    BlockLimits limits;
    limits.pending_timeout = 60s;
    return limits;
  }

  static constexpr size_t kFilesMax = 12;  // few, so that many things happen to each

  size_t Living(int64_t id) const {
    size_t copies = 0;
    for (const auto& node : cluster_.nodes) copies += node.running && node.replicas.contains(id);
    return copies;
  }

  // Also on nodes that are down: the namenode does not know yet that one has just gone down.
  size_t OnDisk(int64_t id) const {
    size_t copies = 0;
    for (const auto& node : cluster_.nodes) copies += node.replicas.contains(id);
    return copies;
  }

  void Act() {
    const size_t n = dice_.Below(cluster_.nodes.size());
    FakeCluster::Node& node = cluster_.nodes[n];
    switch (dice_.Below(12)) {
      case 0:
        if (node.running && Running() > 3) {
          cluster_.Kill(n);
          todo_[n].clear();
        }
        break;
      case 1:
        if (!node.running) {
          if (dice_.Below(4) == 0) EmptyDisk(node);
          cluster_.Register(n);
          if (dice_.Below(2) == 0) cluster_.FullReport(n);
        }
        break;
      case 2:
      case 3:
        if (node.running && cluster_.registry.datanode(node.index).alive) cluster_.FullReport(n);
        break;
      case 4:
        if (!files_.empty()) Delete();
        break;
      case 5:
      case 6:
      case 7:
      case 8:
        if (!files_.empty()) {
          auto it = files_.begin();
          std::advance(it, static_cast<std::ptrdiff_t>(dice_.Below(files_.size())));
          it->second = static_cast<uint16_t>(1 + dice_.Below(4));
          cluster_.blocks.SetReplication(it->first, it->second, cluster_.now);
        }
        break;
      default:
        if (files_.size() < kFilesMax) Write();
    }
  }

  size_t Running() const {
    return static_cast<size_t>(std::count_if(cluster_.nodes.begin(), cluster_.nodes.end(),
                                             [](const auto& node) { return node.running; }));
  }

  void EmptyDisk(FakeCluster::Node& node) {
    for (const auto& [id, replica] : node.replicas) lost_.insert(id);
    node.replicas.clear();
  }

  void Write() {
    const int64_t id = ++last_id_;
    const auto replication = static_cast<uint16_t>(1 + dice_.Below(4));
    if (!cluster_.Write(id, replication).ok()) return;
    files_[id] = replication;
    if (Living(id) == 0) lost_.insert(id);  // all its targets were dead: never acknowledged in reality
  }

  void Delete() {
    auto it = files_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(dice_.Below(files_.size())));
    cluster_.blocks.Remove(it->first);
    files_.erase(it);
  }

  void Beat(size_t n, bool lossy) {
    if (!cluster_.registry.datanode(cluster_.nodes[n].index).alive) {
      cluster_.Register(n);  // it is told to, in the answer to its heartbeat
      cluster_.FullReport(n);
    }
    if (lossy && dice_.Below(20) == 0) {
      cluster_.Beat(n);
      (void)cluster_.blocks.TakeWork(cluster_.nodes[n].index, cluster_.now);  // the answer is lost
      return;
    }
    cluster_.Beat(n);
    HeartbeatWork work = cluster_.blocks.TakeWork(cluster_.nodes[n].index, cluster_.now);
    // A datanode deletes and copies in its own time, and may report in between.
    for (const BlockSpec& gone : work.invalidations) todo_[n].push_back({{}, {gone}, {}});
    for (TransferWork& transfer : work.transfers) todo_[n].push_back({{std::move(transfer)}, {}, {}});
    if (!lossy || dice_.Below(3) == 0) CarryOutSome(n, 1 + dice_.Below(todo_[n].size() + 1));
  }

  void CarryOutSome(size_t n, size_t count) {
    for (; count > 0 && !todo_[n].empty(); --count) {
      const HeartbeatWork work = std::move(todo_[n].front());
      todo_[n].pop_front();
      const auto before = cluster_.nodes[n].replicas;
      cluster_.CarryOut(n, work);
      for (const BlockSpec& gone : work.invalidations) {
        auto file = files_.find(gone.id);
        if (file == files_.end() || !before.contains(gone.id) || lost_.contains(gone.id)) continue;
        EXPECT_GE(OnDisk(gone.id), 1u) << "the last copy of block " << gone.id << " was deleted";
      }
    }
  }

  FakeCluster cluster_;
  SeededRandom dice_;
  std::map<size_t, std::deque<HeartbeatWork>> todo_;  // told, not done yet
  int64_t last_id_ = 1073741824;
  std::map<int64_t, uint16_t> files_;
  std::set<int64_t> lost_;  // may have lost every copy with a disk
};

TEST(BlockSimulationTest, EveryHistoryConvergesAndNoLastCopyIsDeleted) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed);
    simulation.Run(300);
    simulation.Converge();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tusk::dfs
