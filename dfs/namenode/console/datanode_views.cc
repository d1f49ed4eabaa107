// Lines of datanodes.
#include "dfs/namenode/console/datanode_views.h"

#include <algorithm>
#include <functional>

#include "base/web/daemon_views.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/console/overview.h"
#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {
namespace {

using web::JsonArray;
using web::JsonObject;

constexpr std::string_view kStates[] = {"live", "stale", "dead", "decommissioning", "decommissioned", "enteringMaintenance", "inMaintenance"};

std::string VolumesJson(const DatanodeRegistry& registry, const Datanode& node) {
  JsonArray volumes;
  for (StorageIndex index : node.storages) {
    const Storage& storage = registry.storage(index);
    JsonObject volume;
    volume.Set("id", storage.uuid).Set("type", StorageTypeName(storage.type));
    volume.Set("state", storage.failed ? "failed" : storage.content_stale ? "stale" : "normal");
    volume.Set("capacity", storage.space.capacity).Set("used", storage.space.dfs_used).Set("remaining", storage.space.remaining);
    volume.Set("nonDfs", storage.space.non_dfs_used).Set("blocks", storage.block_count);
    volumes.Add(volume);
  }
  return volumes.Done();
}

void SetTime(JsonObject& json, std::string_view name, int64_t wall_ms) {
  if (wall_ms == 0) json.SetNull(name);
  else json.Set(name, wall_ms);
}

}  // namespace

std::string_view StateOfDatanode(const DatanodeRegistry& registry, const Datanode& node, TimePoint now) {
  switch (node.admin_state) {
    case AdminState::kDecommissioned: return "decommissioned";
    case AdminState::kInMaintenance: return "inMaintenance";
    default: break;
  }
  if (!node.alive) return "dead";
  if (node.admin_state == AdminState::kDecommissionInProgress) return "decommissioning";
  if (node.admin_state == AdminState::kEnteringMaintenance) return "enteringMaintenance";
  return registry.IsStale(node, now) ? "stale" : "live";
}

std::string DatanodeJson(const ConsoleContext& context, const Datanode& node, bool with_volumes) {
  const DatanodeRegistry& registry = context.registry();
  const DatanodeIdentity& id = node.identity;
  uint64_t blocks = 0;
  for (StorageIndex storage : node.storages) blocks += registry.storage(storage).block_count;
  JsonObject json;
  json.Set("id", id.XferAddress()).Set("uuid", id.uuid).Set("host", id.host).Set("ip", id.ip);
  json.Set("httpAddress", HostPort{id.host, static_cast<uint16_t>(id.info_port)}.ToString()).Set("rack", id.location);
  json.Set("state", StateOfDatanode(registry, node, context.env.clock.Now())).Set("alive", node.alive);
  SetTime(json, "lastHeartbeatAt", node.last_heartbeat_wall_ms);
  SetTime(json, "lastBlockReportAt", node.last_report_wall_ms);
  json.Set("capacity", node.space.capacity).Set("used", node.space.dfs_used).Set("remaining", node.space.remaining);
  json.Set("nonDfs", node.space.non_dfs_used).Set("blocks", blocks).Set("failedVolumes", node.load.failed_volumes);
  json.Set("transfers", node.load.xceivers).Set("version", id.software_version);
  const bool leaving = node.admin_state == AdminState::kDecommissionInProgress || node.admin_state == AdminState::kEnteringMaintenance;
  // Walks the block table, so only for those that leave.
  if (leaving && node.alive) json.Set("blocksLeft", context.blocks().BlocksHeldBackBy(node.index));
  else json.SetNull("blocksLeft");
  SetTime(json, "maintenanceUntil", node.maintenance_until_wall_ms);
  if (with_volumes) json.SetJson("volumes", VolumesJson(registry, node));
  return json.Done();
}

Result<DatanodeIndex> FindDatanode(const DatanodeRegistry& registry, std::string_view id) {
  const Datanode* node = registry.FindByUuid(id);
  if (node == nullptr) node = registry.FindByAddress(id);
  if (node == nullptr) return Status(Code::kFileNotFound, "there is no datanode " + std::string(id));
  return node->index;
}

void DatanodeEndpoints::AddTo(web::Api& api) {
  api.Handle({"GET", "/dfs/datanodes"}, [this](web::ApiCall& call) { return List(call); });
  api.Handle({"GET", "/dfs/datanodes/{id}"}, [this](web::ApiCall& call) { return One(call); });
}

Task<Result<web::ApiAnswer>> DatanodeEndpoints::List(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(web::Page page, web::Page::Of(call));
  const std::string state = call.Text("state");
  const std::string q = call.Text("q");
  if (call.query().Get("state") && std::find(std::begin(kStates), std::end(kStates), state) == std::end(kStates)) {
    co_return Status(Code::kInvalidArgument, "state: there is no " + state);
  }
  const DatanodeRegistry& registry = context_.registry();
  const TimePoint now = context_.env.clock.Now();
  std::vector<const Datanode*> matching;
  for (const Datanode& node : registry.datanodes()) {
    const DatanodeIdentity& id = node.identity;
    const bool shown = state.empty() || StateOfDatanode(registry, node, now) == state;
    const bool named = web::ContainsNoCase(id.host + " " + id.XferAddress() + " " + id.location + " " + id.uuid, q);
    if (shown && named) matching.push_back(&node);
  }
  std::sort(matching.begin(), matching.end(), [](const Datanode* a, const Datanode* b) {
    return std::pair(a->identity.host, a->identity.xfer_port) < std::pair(b->identity.host, b->identity.xfer_port);
  });
  JsonArray nodes;
  for (size_t i = page.offset; i < std::min(matching.size(), page.offset + page.limit); ++i) {
    nodes.AddJson(DatanodeJson(context_, *matching[i], false));
  }
  JsonObject json;
  json.Set("total", matching.size()).Set("counts", DatanodeCounts::Of(registry, now).ToJson()).SetJson("datanodes", nodes.Done());
  co_return web::ApiAnswer{json.Done()};
}

Task<Result<web::ApiAnswer>> DatanodeEndpoints::One(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(DatanodeIndex index, FindDatanode(context_.registry(), call.Path("id")));
  co_return web::ApiAnswer{DatanodeJson(context_, context_.registry().datanode(index), true)};
}

std::string DatanodeEndpoints::Changes() {
  const DatanodeRegistry& registry = context_.registry();
  const TimePoint now = context_.env.clock.Now();
  JsonArray changed;
  size_t count = 0;
  for (const Datanode& node : registry.datanodes()) {
    // Not heartbeats and small moves of free space: those alone would tell everything every time.
    const std::string look = std::string(StateOfDatanode(registry, node, now)) + " " + std::to_string(node.space.dfs_used >> 20) + " " +
                             std::to_string(node.space.remaining >> 24) + " " + std::to_string(node.space.capacity >> 20) + " " +
                             std::to_string(node.load.failed_volumes) + " " + std::to_string(node.load.xceivers / 4) + " " +
                             node.identity.location;
    const size_t hash = std::hash<std::string>()(look);
    auto [told, fresh] = told_.try_emplace(node.index, hash);
    if (!fresh && told->second == hash && node.admin_state != AdminState::kDecommissionInProgress) continue;
    told->second = hash;
    changed.AddJson(DatanodeJson(context_, node, false));
    ++count;
  }
  if (count == 0) return "";
  return JsonObject().Set("counts", DatanodeCounts::Of(registry, now).ToJson()).SetJson("changed", changed.Done()).Done();
}

}  // namespace tusk::dfs
