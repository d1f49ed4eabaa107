// DatanodeRegistry, see the header.
#include "dfs/namenode/datanodes/datanode_registry.h"

#include <algorithm>

namespace tusk::dfs {
namespace {

int64_t MonotonicMillis(TimePoint now) { return ToMillis(now.time_since_epoch()); }

template <typename Map>
void EraseValue(Map& map, const std::string& key, uint32_t value) {
  auto [first, last] = map.equal_range(key);
  for (auto it = first; it != last; ++it) {
    if (it->second == value) {
      map.erase(it);
      return;
    }
  }
}

}  // namespace

void DatanodeRegistry::Unindex(const Datanode& node) {
  if (auto it = by_address_.find(node.identity.XferAddress()); it != by_address_.end() && it->second == node.index) {
    by_address_.erase(it);
  }
  EraseValue(by_host_, node.identity.ip, node.index);
  if (node.identity.host != node.identity.ip) EraseValue(by_host_, node.identity.host, node.index);
}

DatanodeRegistry::Registered DatanodeRegistry::Register(DatanodeIdentity identity, TimePoint now) {
  Registered outcome;
  const std::string address = identity.XferAddress();
  if (auto it = by_address_.find(address); it != by_address_.end() && datanodes_[it->second].identity.uuid != identity.uuid) {
    Datanode& old = datanodes_[it->second];
    outcome.replaced = old.index;
    old.alive = false;
    Unindex(old);
  }
  DatanodeIndex index;
  if (auto it = by_uuid_.find(identity.uuid); it != by_uuid_.end()) {
    index = it->second;
    Unindex(datanodes_[index]);
  } else {
    index = static_cast<DatanodeIndex>(datanodes_.size());
    datanodes_.emplace_back().index = index;
    by_uuid_.emplace(identity.uuid, index);
  }
  Datanode& node = datanodes_[index];
  outcome.datanode = index;
  outcome.was_alive = node.alive;
  node.identity = std::move(identity);
  node.alive = true;
  node.needs_registration = false;
  node.last_heartbeat = now;
  node.last_heartbeat_monotonic_ms = MonotonicMillis(now);
  for (StorageIndex storage : node.storages) {
    storages_[storage].reported = false;
    storages_[storage].content_stale = true;
  }
  by_address_[address] = index;
  by_host_.emplace(node.identity.ip, index);
  if (node.identity.host != node.identity.ip) by_host_.emplace(node.identity.host, index);
  return outcome;
}

Result<std::vector<StorageIndex>> DatanodeRegistry::Heartbeat(std::string_view uuid, const DatanodeLoad& load,
                                                              std::span<const StorageReport> reports, TimePoint now,
                                                              int64_t now_wall_ms) {
  auto it = by_uuid_.find(std::string(uuid));
  if (it == by_uuid_.end()) return Status(Code::kUnregisteredNode, "unknown datanode " + std::string(uuid));
  std::vector<StorageIndex> newly_failed;
  for (const StorageReport& report : reports) {
    StorageIndex index = FindOrAddStorage(it->second, report.uuid, report.type);
    Storage& storage = storages_[index];
    if (report.failed && !storage.failed) newly_failed.push_back(index);
    storage.failed = report.failed;
    storage.space = report.space;
  }
  Datanode& node = datanodes_[it->second];
  node.load = load;
  node.last_heartbeat = now;
  node.last_heartbeat_wall_ms = now_wall_ms;
  node.last_heartbeat_monotonic_ms = MonotonicMillis(now);
  node.space = StorageSpace();
  for (StorageIndex index : node.storages) {
    if (!storages_[index].failed) node.space.Add(storages_[index].space);
  }
  return newly_failed;
}

StorageIndex DatanodeRegistry::FindOrAddStorage(DatanodeIndex datanode, const std::string& uuid, int type) {
  Datanode& node = datanodes_[datanode];
  for (StorageIndex index : node.storages) {
    if (storages_[index].uuid == uuid) {
      storages_[index].type = type;
      return index;
    }
  }
  auto index = static_cast<StorageIndex>(storages_.size());
  Storage& storage = storages_.emplace_back();
  storage.index = index;
  storage.datanode = datanode;
  storage.uuid = uuid;
  storage.type = type;
  node.storages.push_back(index);
  storage_by_uuid_.emplace(uuid, index);
  return index;
}

std::vector<DatanodeIndex> DatanodeRegistry::TakeExpired(TimePoint now) {
  std::vector<DatanodeIndex> expired;
  for (Datanode& node : datanodes_) {
    if (node.alive && now - node.last_heartbeat > limits_.DeadAfter()) {
      node.alive = false;
      node.needs_registration = true;
      node.scheduled_blocks = 0;
      expired.push_back(node.index);
    }
  }
  return expired;
}

const Datanode* DatanodeRegistry::FindByUuid(std::string_view uuid) const {
  auto it = by_uuid_.find(std::string(uuid));
  return it == by_uuid_.end() ? nullptr : &datanodes_[it->second];
}

const Datanode* DatanodeRegistry::FindByAddress(std::string_view address) const {
  const std::string text(address);
  if (auto it = by_address_.find(text); it != by_address_.end()) return &datanodes_[it->second];
  std::string host = text;
  uint64_t port = 0;
  if (size_t colon = text.rfind(':'); colon != std::string::npos) {
    host = text.substr(0, colon);
    for (char c : text.substr(colon + 1)) {
      if (c < '0' || c > '9' || port > 65535) return nullptr;
      port = port * 10 + static_cast<uint64_t>(c - '0');
    }
  }
  auto [first, last] = by_host_.equal_range(host);
  for (auto it = first; it != last; ++it) {
    const Datanode& node = datanodes_[it->second];
    if (port == 0 || node.identity.xfer_port == port) return &node;
  }
  return nullptr;
}

std::vector<DatanodeIndex> DatanodeRegistry::AliveOnHost(std::string_view host) const {
  std::vector<DatanodeIndex> found;
  auto [first, last] = by_host_.equal_range(std::string(host));
  for (auto it = first; it != last; ++it) {
    if (datanodes_[it->second].alive) found.push_back(it->second);
  }
  return found;
}

StorageIndex DatanodeRegistry::FindStorage(std::string_view datanode_uuid, std::string_view storage_uuid) const {
  const Datanode* node = FindByUuid(datanode_uuid);
  if (node == nullptr) return kNoIndex;
  for (StorageIndex index : node->storages) {
    if (storages_[index].uuid == storage_uuid) return index;
  }
  return kNoIndex;
}

StorageIndex DatanodeRegistry::FindStorage(std::string_view storage_uuid) const {
  auto it = storage_by_uuid_.find(std::string(storage_uuid));
  return it == storage_by_uuid_.end() ? kNoIndex : it->second;
}

size_t DatanodeRegistry::live_count() const {
  return static_cast<size_t>(
      std::count_if(datanodes_.begin(), datanodes_.end(), [](const Datanode& node) { return node.alive; }));
}

int DatanodeRegistry::Distance(std::string_view host, const Datanode& node) const {
  constexpr int kUnknown = 64;
  if (host.empty()) return kUnknown;
  if (host == node.identity.ip || host == node.identity.host) return 0;
  const Datanode* here = FindByAddress(host);
  return here == nullptr ? kUnknown : RackDistance(here->identity.location, node.identity.location) + 2;
}

// Steps up to the switch that both racks hang on, and down again.
int DatanodeRegistry::RackDistance(std::string_view a, std::string_view b) {
  size_t same = 0;  // end of the common part, which is whole words
  for (size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
    const bool a_ends = i == a.size() || a[i] == '/';
    const bool b_ends = i == b.size() || b[i] == '/';
    if (a_ends && b_ends) same = i;
    if (i == a.size() || i == b.size() || a[i] != b[i]) break;
  }
  const auto below = [same](std::string_view path) { return std::count(path.begin() + static_cast<ptrdiff_t>(same), path.end(), '/'); };
  return static_cast<int>(below(a) + below(b));
}

}  // namespace tusk::dfs
