// Edits of the files that say who is in service.
#include "dfs/namenode/console/datanode_actions.h"

#include "base/async/blocking_pool.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/console/datanode_views.h"
#include "dfs/namenode/datanodes/host_lists.h"

namespace tusk::dfs {
namespace {

constexpr uint64_t kFileBytesMax = 4 << 20;
constexpr int64_t kTimeMax = 9007199254740991;

// What is to be written where.
struct HostsEdit {
  std::string path;
  bool combined = false;
  DatanodeIdentity identity;
  std::vector<DatanodeIdentity> others;
  AdminState wanted = AdminState::kNormal;
  int64_t until_wall_ms = 0;
};

// Blocks. Durable before the namenode acts on it.
Status WriteEdit(Disk& disk, const HostsEdit& edit) {
  std::string text;
  if (disk.Exists(edit.path)) {
    ASSIGN_OR_RETURN(text, disk.ReadFile(edit.path, kFileBytesMax));
  }
  std::string edited;
  if (edit.combined) {
    ASSIGN_OR_RETURN(edited, EditCombinedFile(text, edit.identity, edit.wanted, edit.until_wall_ms));
  } else {
    edited = EditExcludeFile(text, edit.identity, edit.wanted == AdminState::kDecommissioned, edit.others);
  }
  return disk.WriteFileAtomic(edit.path, AsBytes(edited));
}

}  // namespace

void DatanodeActions::AddTo(web::Api& api) {
  using web::Role;
  api.Handle({"POST", "/dfs/datanodes/{id}/decommission", Role::kAdmin, "decommissionDatanode"}, [this](web::ApiCall& call) { return Decommission(call); });
  api.Handle({"POST", "/dfs/datanodes/{id}/recommission", Role::kAdmin, "recommissionDatanode"}, [this](web::ApiCall& call) { return Recommission(call); });
  api.Handle({"POST", "/dfs/datanodes/{id}/maintenance", Role::kAdmin, "maintainDatanode"}, [this](web::ApiCall& call) { return Maintain(call); });
}

Task<DatanodeActions::Answer> DatanodeActions::Decommission(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  co_return co_await Change(call, AdminState::kDecommissioned, 0);
}

Task<DatanodeActions::Answer> DatanodeActions::Recommission(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  co_return co_await Change(call, AdminState::kNormal, 0);
}

Task<DatanodeActions::Answer> DatanodeActions::Maintain(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"untilMs"}));
  int64_t until = 0;
  if (call.body.Has("untilMs") && !call.body.IsNull("untilMs")) {
    CO_ASSIGN_OR_RETURN(until, call.body.Int("untilMs", 0, kTimeMax));
    if (until <= context_.env.clock.WallMillis()) co_return Status(Code::kInvalidArgument, "untilMs: is in the past");
  }
  co_return co_await Change(call, AdminState::kInMaintenance, until);
}

Task<DatanodeActions::Answer> DatanodeActions::Change(web::ApiCall& call, AdminState wanted, int64_t until_wall_ms) {
  AsyncMutex::Guard guard = co_await editing_.Lock();
  CO_ASSIGN_OR_RETURN(DatanodeIndex index, FindDatanode(context_.registry(), call.Path("id")));
  HostsEdit edit;
  edit.combined = HostLists::AreCombined(context_.conf.Get("dfs.namenode.hosts.provider.classname", ""));
  edit.path = edit.combined ? context_.config.hosts_file : context_.config.hosts_exclude_file;
  if (edit.path.empty()) {
    co_return Status(Code::kIOError, std::string("the namenode's configuration names no file for this: set ") +
                                         (edit.combined ? "dfs.hosts" : "dfs.hosts.exclude") + " and restart it");
  }
  if (wanted == AdminState::kInMaintenance && !edit.combined) {
    co_return Status(Code::kIOError, "maintenance needs the combined hosts file: dfs.namenode.hosts.provider.classname="
                                     "org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager");
  }
  edit.identity = context_.registry().datanode(index).identity;
  edit.wanted = wanted;
  edit.until_wall_ms = until_wall_ms;
  for (const Datanode& node : context_.registry().datanodes()) {
    if (node.index != index) edit.others.push_back(node.identity);
  }
  call.target = edit.identity.XferAddress();
  Disk& disk = context_.env.disk;
  Status written = co_await context_.env.disk_pool.Run([&disk, &edit] { return WriteEdit(disk, edit); });
  CO_RETURN_IF_ERROR(written);
  CO_RETURN_IF_ERROR(context_.refresh_nodes());
  co_return web::ApiAnswer{DatanodeJson(context_, context_.registry().datanode(index), false)};
}

}  // namespace tusk::dfs
