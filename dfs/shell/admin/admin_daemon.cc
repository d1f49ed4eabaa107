// Verbs of `hdfs dfsadmin` that speak to one daemon by address: a datanode, or whatever refreshes or reconfigures.
#include <ostream>

#include "dfs/client/admin/daemon_admin.h"
#include "dfs/common/storage_types.h"
#include "dfs/shell/admin/admin_internal.h"

namespace tusk::dfs {
namespace {

Status Unreachable(const Status& status) {
  if (status.code() == Code::kInvalidArgument) return status;
  return Status(Code::kIOError, "Datanode unreachable. " + JavaText(status));
}

int PrintReconfiguration(AdminSession& session, const std::string& address, const ReconfigurationState& state) {
  std::ostream& out = session.out();
  out << "Reconfiguring status for node [" << address << "]: ";
  if (state.start_wall_ms == 0) {
    out << "no task was found.\n";
    return 0;
  }
  out << "started at " << JavaDateText(state.start_wall_ms);
  if (state.end_wall_ms == 0) {
    out << " and is still running.\n";
    return 0;
  }
  out << " and finished at " << JavaDateText(state.end_wall_ms) << ".\n";
  for (const ReconfigurationChange& change : state.changes) {
    out << (change.error.empty() ? "SUCCESS: Changed property " : "FAILED: Change property ") << change.name << "\n\tFrom: \""
        << change.old_value << "\"\n\tTo: \"" << change.new_value << "\"\n";
    if (!change.error.empty()) out << "\tError: " << change.error << ".\n";
  }
  return 0;
}

}  // namespace

Result<int> AdminRefresh(AdminSession& session, AdminArgs) {
  RefreshKind kind = RefreshKind::kServiceAcl;
  const char* done = "Refresh service acl successful";
  if (session.verb == "-refreshUserToGroupsMappings") {
    kind = RefreshKind::kUserMappings;
    done = "Refresh user to groups mapping successful";
  } else if (session.verb == "-refreshSuperUserGroupsConfiguration") {
    kind = RefreshKind::kSuperUserGroups;
    done = "Refresh super user groups configuration successful";
  } else if (session.verb == "-refreshCallQueue") {
    kind = RefreshKind::kCallQueue;
    done = "Refresh call queue successful";
  }
  RETURN_IF_ERROR(session.Run(Refresh(session.fs, kind)));
  session.out() << done << "\n";
  return 0;
}

Result<int> AdminRefreshByName(AdminSession& session, AdminArgs args) {
  std::vector<std::string> rest(args.begin() + 2, args.end());
  auto answers = session.Run(RefreshByName(session.fs, args[0], args[1], rest));
  if (!answers.ok()) {
    session.out() << "Failed to get response.\n\n";
    return answers.status();
  }
  session.out() << "Refresh Responses:\n\n";
  int code = 0;
  for (const RefreshAnswer& answer : *answers) {
    session.out() << answer.sender << ": " << answer.message << " (exit " << answer.exit_status << ")\n";
    if (answer.exit_status != 0) code = code == 0 ? answer.exit_status & 255 : 255;
  }
  return code;
}

Result<int> AdminReconfigure(AdminSession& session, AdminArgs args) {
  const std::string& address = args[1];
  if (args[0] != "namenode" && args[0] != "datanode") {
    session.err() << "Node type " << args[0] << " does not support reconfiguration.\n";
    return 1;
  }
  DaemonKind kind = args[0] == "namenode" ? DaemonKind::kNamenode : DaemonKind::kDatanode;
  auto fail = [&session, &address](const char* what, const Status& status) {
    session.err() << "Node [" << address << "] " << what << ": " << JavaText(status) << ".\n";
    return 1;
  };
  if (args[2] == "start") {
    Status started = session.Run(StartReconfiguration(session.fs, kind, address));
    if (!started.ok()) return fail("reconfiguring", started);
    session.out() << "Started reconfiguration task on node [" << address << "].\n";
    return 0;
  }
  if (args[2] == "status") {
    auto state = session.Run(GetReconfiguration(session.fs, kind, address));
    if (!state.ok()) return fail("reloading configuration", state.status());
    return PrintReconfiguration(session, address, *state);
  }
  if (args[2] == "properties") {
    auto names = session.Run(ListReconfigurable(session.fs, kind, address));
    if (!names.ok()) return fail("reconfiguration", names.status());
    session.out() << "Node [" << address << "] Reconfigurable properties:\n";
    for (const std::string& name : *names) session.out() << name << "\n";
    return 0;
  }
  session.err() << "Unknown operation: " << args[2] << "\n";
  return 255;
}

Result<int> AdminGetBalancerBandwidth(AdminSession& session, AdminArgs args) {
  auto bandwidth = session.Run(GetBalancerBandwidth(session.fs, args[0]));
  if (!bandwidth.ok()) return Unreachable(bandwidth.status());
  session.out() << "Balancer bandwidth is " << *bandwidth << " bytes per second.\n";
  return 0;
}

Result<int> AdminGetDatanodeInfo(AdminSession& session, AdminArgs args) {
  auto info = session.Run(GetDatanodeInfo(session.fs, args[0]));
  if (!info.ok()) return Unreachable(info.status());
  session.out() << "Uptime: " << info->uptime_seconds << ", Software version: " << info->software_version
                << ", Config version: " << info->config_version << "\n";
  return 0;
}

Result<int> AdminGetVolumeReport(AdminSession& session, AdminArgs args) {
  ASSIGN_OR_RETURN(std::vector<DatanodeVolume> volumes, session.Run(GetVolumeReport(session.fs, args[0])));
  auto size = [](uint64_t bytes) { return std::to_string(bytes) + "(" + ByteText(bytes) + ")"; };
  session.out() << "Active Volumes : " << volumes.size() << "\n";
  for (const DatanodeVolume& volume : volumes) {
    session.out() << "\nDirectory: " << volume.path << "\nStorageType: " << StorageTypeName(volume.storage_type)
                  << "\nCapacity Used: " << size(volume.used) << "\nCapacity Left: " << size(volume.free)
                  << "\nCapacity Reserved: " << size(volume.reserved)
                  << "\nReserved Space for Replicas: " << size(volume.reserved_for_replicas)
                  << "\nBlocks: " << volume.blocks << "\n";
  }
  return 0;
}

Result<int> AdminShutdownDatanode(AdminSession& session, AdminArgs args) {
  bool upgrade = args.size() == 2;
  if (upgrade && args[1] != "upgrade") {
    PrintAdminUsage(session.err(), session.verb);
    return 255;
  }
  RETURN_IF_ERROR(session.Run(ShutdownDatanode(session.fs, args[0], upgrade)));
  session.out() << "Submitted a shutdown request to datanode " << args[0] << "\n";
  return 0;
}

Result<int> AdminEvictWriters(AdminSession& session, AdminArgs args) {
  Status evicted = session.Run(EvictWriters(session.fs, args[0]));
  if (!evicted.ok()) return Unreachable(evicted);
  session.out() << "Requested writer eviction to datanode " << args[0] << "\n";
  return 0;
}

Result<int> AdminRefreshNamenodes(AdminSession& session, AdminArgs args) {
  RETURN_IF_ERROR(session.Run(RefreshNamenodes(session.fs, args[0])));
  return 0;
}

Result<int> AdminDeleteBlockPool(AdminSession& session, AdminArgs args) {
  bool force = args.size() == 3;
  if (force && args[2] != "force") {
    PrintAdminUsage(session.err(), session.verb);
    return 255;
  }
  RETURN_IF_ERROR(session.Run(DeleteBlockPool(session.fs, args[0], args[1], force)));
  return 0;
}

Result<int> AdminTriggerBlockReport(AdminSession& session, AdminArgs args) {
  std::string namenode;
  for (size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] != "-namenode") continue;
    namenode = args[i + 1];
    args.erase(args.begin() + static_cast<ptrdiff_t>(i), args.begin() + static_cast<ptrdiff_t>(i) + 2);
    break;
  }
  bool incremental = TakeFlag(args, "-incremental");
  if (args.empty() || args[0].starts_with('-')) {
    session.err() << "You must specify a host:port pair.\n";
    return 1;
  }
  if (args.size() > 1) {
    session.err() << "Can't understand arguments:";
    for (size_t i = 1; i < args.size(); ++i) session.err() << " " << args[i];
    session.err() << "\n";
    return 1;
  }
  Status asked = session.Run(TriggerBlockReport(session.fs, args[0], incremental, namenode));
  if (!asked.ok()) {
    session.err() << "triggerBlockReport error: " << JavaText(asked) << "\n";
    return 1;
  }
  session.out() << "Triggering " << (incremental ? "an incremental " : "a full ") << "block report on " << args[0]
                << (namenode.empty() ? "" : " to namenode " + namenode) << ".\n";
  return 0;
}

}  // namespace tusk::dfs
