// A cluster of datanodes in virtual time for tests of the block map: what each really stores, and the words it would
// say to the namenode.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dfs/namenode/blocks/block_manager.h"

namespace tusk::dfs {

// splitmix64: a seed replays a run.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  void FillSecure(MutableByteView out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(Next64());
  }

 private:
  uint64_t state_;
};

class FakeCluster {
 public:
  struct Node {
    DatanodeIndex index = kNoIndex;
    std::string uuid;
    std::string rack;
    bool running = true;
    std::map<int64_t, ReportedReplica> replicas;  // what is really on its disk
  };

  FakeCluster(BlockLimits limits, uint64_t seed, DatanodeLimits datanode_limits = {})
      : random(seed), registry(datanode_limits), blocks(limits, registry, random) {}

  size_t AddNode(const std::string& rack = "/default-rack") {
    Node node;
    node.uuid = "dn-" + std::to_string(nodes.size());
    node.rack = rack;
    nodes.push_back(node);
    Register(nodes.size() - 1);
    return nodes.size() - 1;
  }
  void Register(size_t number) {
    Node& node = nodes[number];
    DatanodeIdentity identity;
    identity.uuid = node.uuid;
    identity.ip = "10.0.0." + std::to_string(number + 1);
    identity.host = "host" + std::to_string(number + 1);
    identity.xfer_port = 9866;
    identity.location = node.rack;
    auto registered = registry.Register(identity, now);
    if (registered.was_alive) blocks.DatanodeDied(registered.datanode, now);
    node.index = registered.datanode;
    node.running = true;
    Beat(number);
  }
  StorageIndex StorageOf(size_t number) { return registry.FindStorage(nodes[number].uuid, "DS-" + nodes[number].uuid); }
  size_t NumberOf(StorageIndex storage) const { return registry.storage(storage).datanode; }

  // One heartbeat without taking work.
  void Beat(size_t number) {
    const uint64_t remaining = (1ull << 39) + random.Below(1ull << 30);  // so that another copy is surplus each time
    StorageReport report{"DS-" + nodes[number].uuid, 1, false, {1ull << 40, 0, remaining, 0, 0}};
    (void)registry.Heartbeat(nodes[number].uuid, DatanodeLoad(), {&report, 1}, now, 0);
  }
  void FullReport(size_t number) {
    std::vector<ReportedReplica> replicas;
    for (const auto& [id, replica] : nodes[number].replicas) replicas.push_back(replica);
    blocks.ProcessFullReport({StorageOf(number), replicas, ++reports, true, true}, now);
  }
  void Incremental(size_t number, const BlockSpec& block, IncrementalKind kind) {
    blocks.ProcessIncremental(StorageOf(number), {block, kind, ""}, now);
  }
  void Kill(size_t number) { nodes[number].running = false; }
  // Lets the namenode notice who has been silent.
  void Expire() {
    for (DatanodeIndex dead : registry.TakeExpired(now)) blocks.DatanodeDied(dead, now);
  }
  // Heartbeat with its commands carried out at once and reported.
  HeartbeatWork BeatAndWork(size_t number) {
    Beat(number);
    HeartbeatWork work = blocks.TakeWork(nodes[number].index, now);
    CarryOut(number, work);
    return work;
  }
  void CarryOut(size_t number, const HeartbeatWork& work) {
    for (const BlockSpec& gone : work.invalidations) {
      auto it = nodes[number].replicas.find(gone.id);
      if (it == nodes[number].replicas.end() || it->second.block.stamp > gone.stamp) continue;
      nodes[number].replicas.erase(it);
      Incremental(number, gone, IncrementalKind::kDeleted);
    }
    for (const TransferWork& transfer : work.transfers) {
      auto it = nodes[number].replicas.find(transfer.block.id);
      if (it == nodes[number].replicas.end()) continue;
      for (StorageIndex target : transfer.targets) {
        const size_t to = NumberOf(target);
        if (!nodes[to].running || nodes[to].replicas.contains(transfer.block.id)) continue;
        nodes[to].replicas[transfer.block.id] = it->second;
        Incremental(to, it->second.block, IncrementalKind::kReceived);
      }
    }
  }
  // Writes a complete block of `replication` copies through the ordinary calls.
  Status Write(int64_t id, uint16_t replication, int64_t length = 1000) {
    TargetRequest request;
    request.path = "/f" + std::to_string(id);
    request.replication = replication;
    request.block_size = length;
    auto targets = blocks.ChooseTargets(request, now);
    if (!targets.ok()) return targets.status();
    BlockSpec block{id, 1000 + id, 0};
    blocks.AddUnderConstruction(block, 16386, replication, *targets);
    block.length = length;
    for (StorageIndex target : *targets) {
      const size_t to = NumberOf(target);
      if (!nodes[to].running) continue;
      nodes[to].replicas[id] = {block, ReplicaState::kFinalized};
      Incremental(to, block, IncrementalKind::kReceived);
    }
    return StatusOf(blocks.Commit(block, now));
  }
  void Advance(Duration by) { now += by; }

  TimePoint now{std::chrono::hours(1)};
  SeededRandom random;
  DatanodeRegistry registry;
  BlockManager blocks;
  std::vector<Node> nodes;  // in the order of the registry's indexes
  uint64_t reports = 0;

 private:
  static Status StatusOf(const Result<bool>& result) { return result.ok() ? Status::Ok() : result.status(); }
};

}  // namespace tusk::dfs
