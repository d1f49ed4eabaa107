// `yarn rmadmin` and `yarn cluster`: what administrators ask the resource manager for.
#include <algorithm>

#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/resourcemanager_administration_protocol.rpc.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Admin = wire::ResourceManagerAdministrationProtocolClient;

constexpr std::string_view kUsage =
    "Usage: yarn rmadmin\n"
    "   -refreshQueues \n"
    "   -refreshNodes [-g|graceful [timeout in seconds] -client|server]\n"
    "   -refreshNodesResources \n"
    "   -refreshSuperUserGroupsConfiguration \n"
    "   -refreshUserToGroupsMappings \n"
    "   -refreshAdminAcls \n"
    "   -refreshServiceAcl \n"
    "   -getGroups [username]\n"
    "   -updateNodeResource [NodeID] [MemSize] [vCores] ([OvercommitTimeout]) \n"
    "   -addToClusterNodeLabels <\"label1(exclusive=true),label2(exclusive=false),label3\">\n"
    "   -removeFromClusterNodeLabels <label1,label2,label3>\n"
    "   -replaceLabelsOnNode <\"node1[:port]=label1,label2 node2[:port]=label1,label2\">\n"
    "   -refreshClusterMaxPriority \n"
    "   -help [cmd]\n";

// Calls one method of the administrators' port.
template <typename Request, typename Response>
Result<Response> CallAdmin(RmSession& session,
                           Task<Result<Response>> (Admin::*method)(const Request&, rpc::CallOptions) const,
                           const Request& request) {
  ASSIGN_OR_RETURN(const rpc::Channel channel, session.AdminChannel());
  const Admin admin(channel);
  return session.Run((admin.*method)(request, rpc::CallOptions{std::chrono::seconds(60), 3}));
}

template <typename Request, typename Response>
int Refresh(RmSession& session, Task<Result<Response>> (Admin::*method)(const Request&, rpc::CallOptions) const) {
  const auto done = CallAdmin(session, method, Request());
  return done.ok() ? 0 : session.FailWithCommand(done.status());
}

// Hadoop's `-client` waits in the client and forces at the end; `-server` leaves both to the resource manager.
int RefreshNodes(RmSession& session, std::vector<std::string> args) {
  wire::RefreshNodesRequestProto request;
  const bool graceful = TakeFlag(args, "-g") || TakeFlag(args, "-graceful");
  const bool from_client = TakeFlag(args, "-client");
  (void)TakeFlag(args, "-server");
  request.set_decommissiontype(graceful ? wire::DECOMMISSION_GRACEFUL : wire::DECOMMISSION_NORMAL);
  int64_t timeout = -1;
  if (graceful && !args.empty()) {
    timeout = std::atoll(args[0].c_str());
    request.set_decommissiontimeout(static_cast<int32_t>(timeout));
  }
  const auto done = CallAdmin(session, &Admin::RefreshNodes, request);
  if (!done.ok()) return session.FailWithCommand(done.status());
  if (!graceful || !from_client) return 0;
  for (int64_t waited = 0; timeout < 0 || waited < timeout; ++waited) {
    const auto left = CallAdmin(session, &Admin::CheckForDecommissioningNodes, {});
    if (!left.ok()) return session.FailWithCommand(left.status());
    if (left.value().decommissioningnodes_size() == 0) {
      session.Print("Graceful decommissioning completed in {} seconds.\n", waited);
      return 0;
    }
    session.Sleep(std::chrono::seconds(1));
  }
  session.Print("Graceful decommissioning not completed in {} seconds, issueing forceful decommissioning command.\n",
                timeout);
  request.set_decommissiontype(wire::DECOMMISSION_FORCEFUL);
  const auto forced = CallAdmin(session, &Admin::RefreshNodes, request);
  return forced.ok() ? 0 : session.FailWithCommand(forced.status());
}

int GetGroups(RmSession& session, std::vector<std::string> users) {
  if (users.empty()) users.push_back(session.cli().user);
  for (const std::string& user : users) {
    wire::GetGroupsForUserRequestProto request;
    request.set_user(user);
    const auto groups = CallAdmin(session, &Admin::GetGroupsForUser, request);
    if (!groups.ok()) return session.FailWithCommand(groups.status());
    session.Print("{} :", user);
    for (const std::string& group : groups.value().groups()) session.Print(" {}", group);
    session.Print("\n");
  }
  return 0;
}

int UpdateNodeResource(RmSession& session, const std::vector<std::string>& args) {
  if (args.size() < 3) {
    session.PrintError("updateNodeResource: Number of parameters specified for update node resource is not right.\n");
    return kExitFailed;
  }
  const Result<NodeId> id = NodeId::Parse(args[0]);
  if (!id.ok()) return session.FailWithCommand(id.status());
  wire::UpdateNodeResourceRequestProto request;
  auto* entry = request.add_node_resource_map();
  ToProto(*id, entry->mutable_node_id());
  auto* option = entry->mutable_resource_option();
  ToProto(Resource(std::atoll(args[1].c_str()), std::atoll(args[2].c_str())), ResourceTypes(),
          option->mutable_resource());
  option->set_over_commit_timeout(args.size() > 3 ? std::atoi(args[3].c_str()) : -1);
  const auto done = CallAdmin(session, &Admin::UpdateNodeResource, request);
  return done.ok() ? 0 : session.FailWithCommand(done.status());
}

int ChangeLabels(RmSession& session, const std::string& command) {
  if (command == "-addToClusterNodeLabels") return Refresh(session, &Admin::AddToClusterNodeLabels);
  if (command == "-removeFromClusterNodeLabels") return Refresh(session, &Admin::RemoveFromClusterNodeLabels);
  return Refresh(session, &Admin::ReplaceLabelsOnNodes);
}

}  // namespace

int RunYarnAdmin(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (args.empty() || args[0] == "-help") {
    (args.empty() ? session.PrintError("{}", kUsage) : session.Print("{}", kUsage));
    return args.empty() ? kExitFailed : 0;
  }
  const std::string command = args[0];
  args.erase(args.begin());
  session.SetCommand(command.substr(command.starts_with("-") ? 1 : 0));
  if (command == "-refreshQueues") return Refresh(session, &Admin::RefreshQueues);
  if (command == "-refreshNodes") return RefreshNodes(session, std::move(args));
  if (command == "-refreshNodesResources") return Refresh(session, &Admin::RefreshNodesResources);
  if (command == "-refreshSuperUserGroupsConfiguration") {
    return Refresh(session, &Admin::RefreshSuperUserGroupsConfiguration);
  }
  if (command == "-refreshUserToGroupsMappings") return Refresh(session, &Admin::RefreshUserToGroupsMappings);
  if (command == "-refreshAdminAcls") return Refresh(session, &Admin::RefreshAdminAcls);
  if (command == "-refreshServiceAcl") return Refresh(session, &Admin::RefreshServiceAcls);
  if (command == "-refreshClusterMaxPriority") return Refresh(session, &Admin::RefreshClusterMaxPriority);
  if (command == "-getGroups") return GetGroups(session, std::move(args));
  if (command == "-updateNodeResource") return UpdateNodeResource(session, args);
  if (command.ends_with("NodeLabels") || command == "-replaceLabelsOnNode") return ChangeLabels(session, command);
  session.PrintError("{}: Unknown command\n{}", command.substr(1), kUsage);
  return kExitFailed;
}

int RunYarnCluster(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (TakeFlag(args, "-lnl") || TakeFlag(args, "--list-node-labels")) {
    const auto labels = session.Call(&wire::ApplicationClientProtocolClient::GetClusterNodeLabels, {});
    if (!labels.ok()) return session.Fail(labels.status());
    std::vector<std::string> names;
    for (const auto& label : labels.value().nodelabels()) names.push_back(label.name());
    std::sort(names.begin(), names.end());
    session.Print("Node Labels: {}\n", Join(names, ","));
    return 0;
  }
  if (TakeFlag(args, "-lna") || TakeFlag(args, "--list-node-attributes")) {
    session.Print("\n");  // there are none
    return 0;
  }
  session.Print("usage: yarn cluster\n -h,--help                     Displays help for all commands.\n"
                " -lna,--list-node-attributes   List cluster node-attribute collection\n"
                " -lnl,--list-node-labels       List cluster node-label collection\n");
  return args.empty() ? kExitFailed : 0;
}

}  // namespace tusk::yarn
