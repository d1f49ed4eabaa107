// Orders to the namenode, by its own protocol.
#include "dfs/namenode/console/namenode_endpoints.h"

#include "base/async/blocking_pool.h"
#include "base/server/process_stats.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/driver/name_directory.h"
#include "dfs/namenode/editlog/segment.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;
using web::JsonArray;
using web::JsonObject;

void NameNodeEndpoints::AddTo(web::Api& api) {
  using web::Role;
  api.Handle({"GET", "/dfs/namenode"}, [this](web::ApiCall& call) { return Show(call); });
  api.Handle({"POST", "/dfs/namenode/safemode", Role::kAdmin, "setSafemode"}, [this](web::ApiCall& call) { return SetSafeMode(call); });
  api.Handle({"POST", "/dfs/namenode/checkpoint", Role::kAdmin, "saveNamespace"}, [this](web::ApiCall& call) { return Checkpoint(call); });
  api.Handle({"POST", "/dfs/namenode/rollEdits", Role::kAdmin, "rollEdits"}, [this](web::ApiCall& call) { return RollEdits(call); });
}

ProtocolCaller NameNodeEndpoints::AsNameNode(const web::ApiCall& call) const {
  return ProtocolCaller(services_, context_.env.clock, context_.process_user, call.who.address);
}

Task<Result<std::vector<std::pair<Txid, uint64_t>>>> NameNodeEndpoints::Segments() {
  Disk& disk = context_.env.disk;
  const std::string folder = CurrentFolder(context_.driver.name_dir());
  co_return co_await context_.env.disk_pool.Run([&disk, &folder]() -> Result<std::vector<std::pair<Txid, uint64_t>>> {
    std::vector<std::pair<Txid, uint64_t>> segments;
    ASSIGN_OR_RETURN(std::vector<std::string> names, disk.List(folder));
    for (const std::string& name : names) {
      const std::optional<Txid> first = ParseSegmentName(name);
      auto stat = disk.Stat(JoinPath(folder, name));
      if (first && stat.ok()) segments.emplace_back(*first, stat->size);
    }
    return segments;
  });
}

Task<std::string> NameNodeEndpoints::Storage() {
  JsonArray storage;
  for (size_t i = 0; i < context_.driver.folders().entries().size(); ++i) {
    const std::string path = context_.driver.folders().entries()[i].folder.path;
    auto space = co_await context_.env.disk_pool.Run([this, &path] { return context_.env.disk.Space(path); });
    const NameFolders::Entry& entry = context_.driver.folders().entries()[i];
    const bool failed = context_.driver.failed() || entry.state == NameFolders::State::kFailed;
    JsonObject folder;
    folder.Set("path", path).Set("state", failed ? "failed" : entry.state == NameFolders::State::kFilling ? "filling" : "active");
    if (space.ok()) folder.Set("freeBytes", space->available_bytes);
    else folder.SetNull("freeBytes");
    storage.Add(folder);
  }
  co_return storage.Done();
}

Task<NameNodeEndpoints::Answer> NameNodeEndpoints::Show(web::ApiCall&) {
  CO_ASSIGN_OR_RETURN(auto segments, co_await Segments());
  const SafeMode& safe_mode = context_.blocks().safe_mode();
  JsonObject safe;
  safe.Set("on", safe_mode.on());
  if (safe_mode.on()) safe.Set("reason", safe_mode.Tip(context_.env.clock.Now()));
  else safe.SetNull("reason");
  JsonArray segment_list;
  for (const auto& [first, bytes] : segments) segment_list.Add(JsonObject().Set("firstTxid", first).Set("bytes", bytes));
  JsonObject journal;
  journal.Set("lastTxid", context_.ns().last_txid()).Set("durableTxid", context_.driver.durable_txid());
  journal.Set("checkpointTxid", context_.driver.checkpoint_txid()).SetJson("segments", segment_list.Done());
  const std::string storage = co_await Storage();
  const StorageVersion& version = context_.driver.version();
  const ProcessStats process = ReadProcessStats();
  JsonObject json;
  json.Set("rpcAddress", context_.rpc_address.ToString()).Set("clusterId", version.cluster_id).Set("blockPoolId", version.block_pool_id);
  json.Set("namespaceId", version.namespace_id).Set("version", "3.4.2").Set("startedAt", context_.started_wall_ms).Set("haState", "active");
  json.Set("safemode", safe).Set("journal", journal).SetJson("storage", storage);
  json.Set("memory", JsonObject().Set("residentBytes", process.resident_bytes)).Set("threads", process.threads);
  co_return web::ApiAnswer{json.Done()};
}

Task<NameNodeEndpoints::Answer> NameNodeEndpoints::SetSafeMode(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"action"}));
  CO_ASSIGN_OR_RETURN(std::string action, call.body.Text("action"));
  wire::SetSafeModeRequestProto request;
  if (action == "enter") request.set_action(wire::SAFEMODE_ENTER);
  else if (action == "leave") request.set_action(wire::SAFEMODE_LEAVE);
  else if (action == "forceExit") request.set_action(wire::SAFEMODE_FORCE_EXIT);
  else co_return Status(Code::kInvalidArgument, "action: there is no " + action);
  const ProtocolCaller namenode = AsNameNode(call);
  CO_ASSIGN_OR_RETURN(wire::SetSafeModeResponseProto response, co_await namenode->SetSafeMode(request));
  co_return web::ApiAnswer{JsonObject().Set("on", response.result()).Done()};
}

Task<NameNodeEndpoints::Answer> NameNodeEndpoints::Checkpoint(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"force"}));
  CO_ASSIGN_OR_RETURN(bool force, call.body.Bool("force", false));
  SafeMode& safe_mode = context_.blocks().safe_mode();
  const bool was_on = safe_mode.on();
  if (!was_on && !force) co_return Status(Code::kSafeMode, "Safe mode should be turned ON in order to create namespace image.");
  const ProtocolCaller namenode = AsNameNode(call);
  wire::SetSafeModeRequestProto enter;
  enter.set_action(wire::SAFEMODE_ENTER);
  if (!was_on) CO_RETURN_IF_ERROR(co_await namenode->SetSafeMode(enter));
  auto saved = co_await namenode->SaveNamespace(wire::SaveNamespaceRequestProto());
  wire::SetSafeModeRequestProto leave;
  leave.set_action(wire::SAFEMODE_LEAVE);
  if (!was_on) CO_RETURN_IF_ERROR(co_await namenode->SetSafeMode(leave));
  if (!saved.ok()) co_return saved.status();
  co_return web::ApiAnswer{JsonObject().Set("txid", context_.driver.checkpoint_txid()).Done()};
}

Task<NameNodeEndpoints::Answer> NameNodeEndpoints::RollEdits(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  const ProtocolCaller namenode = AsNameNode(call);
  CO_ASSIGN_OR_RETURN(wire::RollEditsResponseProto response, co_await namenode->RollEdits(wire::RollEditsRequestProto()));
  co_return web::ApiAnswer{JsonObject().Set("firstTxid", response.newsegmenttxid()).Done()};
}

}  // namespace tusk::dfs
