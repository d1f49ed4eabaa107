// Placement, see the header.
#include "dfs/namenode/blocks/placement.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

namespace tusk::dfs {

struct Placement::Round {
  const TargetRequest& request;
  TimePoint now;
  std::vector<StorageIndex> all;    // chosen before and now, in order
  std::vector<StorageIndex> added;  // what this round has chosen
  std::unordered_set<DatanodeIndex> taken;
  std::unordered_map<std::string, int> on_rack;
  int per_rack_max = 0;
  double xceivers_max = 0;  // 0: load does not count
  std::vector<DatanodeIndex> writer_nodes;
  std::string writer_rack;  // "" if unknown
};

StorageIndex Placement::UsableStorage(const Datanode& node, const Round& round) const {
  if (!node.in_service() || round.taken.contains(node.index)) return kNoIndex;
  if (limits_.avoid_stale_for_write && registry_.IsStale(node, round.now)) return kNoIndex;
  if (round.xceivers_max > 0 && node.load.xceivers > round.xceivers_max) return kNoIndex;
  if (auto it = round.on_rack.find(node.identity.location);
      it != round.on_rack.end() && it->second >= round.per_rack_max) {
    return kNoIndex;
  }
  const auto wanted = static_cast<uint64_t>(std::max<int64_t>(round.request.block_size, 0));
  const uint64_t room_for = wanted * (static_cast<uint64_t>(limits_.chosen_blocks_factor) + node.scheduled_blocks);
  uint64_t remaining = 0;
  std::vector<StorageIndex> usable;
  for (StorageIndex index : node.storages) {
    const Storage& storage = registry_.storage(index);
    if (storage.failed || storage.type != 1 || storage.space.capacity == 0) continue;
    if (storage.space.remaining < wanted) continue;
    remaining += storage.space.remaining;
    usable.push_back(index);
  }
  if (usable.empty() || remaining < room_for) return kNoIndex;
  return usable[random_.Below(usable.size())];
}

bool Placement::TryNode(DatanodeIndex node, Round& round) {
  StorageIndex storage = UsableStorage(registry_.datanode(node), round);
  if (storage == kNoIndex) return false;
  round.all.push_back(storage);
  round.added.push_back(storage);
  round.taken.insert(node);
  ++round.on_rack[registry_.datanode(node).identity.location];
  return true;
}

// A uniformly random node among those that `wanted` and that can take the block.
template <typename Wanted>
bool Placement::TryRandom(Round& round, Wanted wanted) {
  std::vector<DatanodeIndex> candidates;
  for (const Datanode& node : registry_.datanodes()) {
    if (node.in_service() && !round.taken.contains(node.index) && wanted(node)) candidates.push_back(node.index);
  }
  while (!candidates.empty()) {
    const size_t pick = random_.Below(candidates.size());
    if (TryNode(candidates[pick], round)) return true;
    candidates[pick] = candidates.back();
    candidates.pop_back();
  }
  return false;
}

void Placement::ChooseOne(Round& round) {
  auto any = [](const Datanode&) { return true; };
  auto rack_of = [&](size_t position) -> const std::string& {
    return registry_.DatanodeOf(round.all[position]).identity.location;
  };
  auto in = [](const std::string& rack) {
    return [&rack](const Datanode& node) { return node.identity.location == rack; };
  };
  auto not_in = [](const std::string& rack) {
    return [&rack](const Datanode& node) { return node.identity.location != rack; };
  };
  switch (round.all.size()) {
    case 0: {
      std::vector<DatanodeIndex> local = round.writer_nodes;
      while (!local.empty()) {
        const size_t pick = random_.Below(local.size());
        if (TryNode(local[pick], round)) return;
        local.erase(local.begin() + static_cast<std::ptrdiff_t>(pick));
      }
      if (!round.writer_rack.empty() && TryRandom(round, in(round.writer_rack))) return;
      break;
    }
    case 1: {
      const std::string rack = rack_of(0);
      if (TryRandom(round, not_in(rack))) return;
      break;
    }
    case 2: {
      const std::string first = rack_of(0), second = rack_of(1);
      if (first == second) {
        if (TryRandom(round, not_in(first))) return;
      } else if (TryRandom(round, in(second))) {
        return;
      }
      break;
    }
    default:
      break;
  }
  (void)TryRandom(round, any);
}

void Placement::FillUp(Round& round) {
  const auto wanted = static_cast<size_t>(std::max(round.request.replication, 0));
  while (round.added.size() < wanted) {
    const size_t before = round.added.size();
    ChooseOne(round);
    if (round.added.size() == before) return;
  }
}

std::vector<StorageIndex> Placement::Choose(const TargetRequest& request, TimePoint now) {
  Round round{request, now, request.chosen, {}, {}, {}, 0, 0, {}, ""};
  round.taken.insert(request.excluded.begin(), request.excluded.end());
  for (StorageIndex storage : request.chosen) {
    round.taken.insert(registry_.storage(storage).datanode);
    ++round.on_rack[registry_.DatanodeOf(storage).identity.location];
  }
  std::set<std::string> racks;
  uint64_t xceivers = 0, in_service = 0;
  for (const Datanode& node : registry_.datanodes()) {
    if (!node.in_service()) continue;
    racks.insert(node.identity.location);
    xceivers += node.load.xceivers;
    ++in_service;
  }
  const int total = request.replication + static_cast<int>(request.chosen.size());
  round.per_rack_max = total;
  if (racks.size() > 1 && total > 1) {
    round.per_rack_max = (total - 1) / static_cast<int>(racks.size()) + 2;
    if (round.per_rack_max == total) --round.per_rack_max;
  }
  if (limits_.consider_load && in_service > 0) {
    // Idle nodes count one stream each, or a lone writer would make its own node look overloaded.
    round.xceivers_max = std::max(
        limits_.consider_load_factor * static_cast<double>(xceivers) / static_cast<double>(in_service), 4.0);
  }
  if (!request.ignore_locality && !request.writer.empty()) {
    round.writer_nodes = registry_.AliveOnHost(request.writer);
    if (!round.writer_nodes.empty()) {
      round.writer_rack = registry_.datanode(round.writer_nodes.front()).identity.location;
    }
    if (request.avoid_local) {
      // On a machine with several datanodes any other of them is still the writer's machine: avoid all, if others are.
      if (round.writer_nodes.size() < in_service) {
        for (DatanodeIndex node : round.writer_nodes) round.taken.insert(node);
      }
      round.writer_nodes.clear();
    }
  }
  for (const std::string& favored : request.favored) {
    if (round.added.size() >= static_cast<size_t>(std::max(request.replication, 0))) break;
    if (const Datanode* node = registry_.FindByAddress(favored)) (void)TryNode(node->index, round);
  }
  FillUp(round);
  if (round.added.size() < static_cast<size_t>(std::max(request.replication, 0))) {
    round.xceivers_max = 0;  // better a busy node or a crowded rack than no node
    round.per_rack_max = total;
    FillUp(round);
  }
  return round.added;
}

}  // namespace tusk::dfs
