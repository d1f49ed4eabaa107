// ClientDatanodeProtocol, the refresh protocols and ReconfigurationProtocol from the administrator's side.
#include "dfs/client/admin/daemon_admin.h"

#include "base/proto/generic_refresh.rpc.h"
#include "base/proto/get_user_mappings.rpc.h"
#include "base/proto/refresh_authorization_policy.rpc.h"
#include "base/proto/refresh_call_queue.rpc.h"
#include "base/proto/refresh_user_mappings.rpc.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/proto/ClientDatanodeProtocol.rpc.h"
#include "dfs/proto/ReconfigurationProtocol.rpc.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

Result<rpc::Channel> ChannelTo(FileSystem& fs, const std::string& address) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) return Status(Code::kInvalidArgument, "FileSystem " + fs.uri() + " is not an HDFS file system");
  auto server = HostPort::Parse(address, 0);
  if (!server.ok() || server->port == 0) {
    return Status(Code::kInvalidArgument, "Does not contain a valid host:port authority: " + address);
  }
  rpc::CallOptions options = context->namenode().channel().defaults();
  return rpc::Channel(context->rpc(), std::move(server).value(), context->identity(), options);
}

Result<rpc::Channel> NamenodeChannel(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) return Status(Code::kInvalidArgument, "FileSystem " + fs.uri() + " is not an HDFS file system");
  return context->namenode().channel();
}

}  // namespace

Task<Result<DatanodeLocalInfo>> GetDatanodeInfo(FileSystem& fs, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  auto response = co_await datanode.GetDatanodeInfo(pb::GetDatanodeInfoRequestProto());
  if (!response.ok()) co_return response.status();
  const auto& info = response->localinfo();
  co_return DatanodeLocalInfo{info.softwareversion(), info.configversion(), info.uptime()};
}

Task<Result<std::vector<DatanodeVolume>>> GetVolumeReport(FileSystem& fs, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  auto response = co_await datanode.GetVolumeReport(pb::GetVolumeReportRequestProto());
  if (!response.ok()) co_return response.status();
  std::vector<DatanodeVolume> volumes;
  for (const auto& info : response->volumeinfo()) {
    volumes.push_back(DatanodeVolume{info.path(), static_cast<int>(info.storagetype()), info.usedspace(), info.freespace(),
                                     info.reservedspace(), info.reservedspaceforreplicas(), info.numblocks()});
  }
  co_return volumes;
}

Task<Result<uint64_t>> GetBalancerBandwidth(FileSystem& fs, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  auto response = co_await datanode.GetBalancerBandwidth(pb::GetBalancerBandwidthRequestProto());
  if (!response.ok()) co_return response.status();
  co_return response->bandwidth();
}

Task<Status> ShutdownDatanode(FileSystem& fs, std::string address, bool for_upgrade) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  pb::ShutdownDatanodeRequestProto request;
  request.set_forupgrade(for_upgrade);
  auto response = co_await datanode.ShutdownDatanode(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> EvictWriters(FileSystem& fs, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  auto response = co_await datanode.EvictWriters(pb::EvictWritersRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> RefreshNamenodes(FileSystem& fs, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  auto response = co_await datanode.RefreshNamenodes(pb::RefreshNamenodesRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> DeleteBlockPool(FileSystem& fs, std::string address, std::string pool, bool force) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  pb::DeleteBlockPoolRequestProto request;
  request.set_blockpool(pool);
  request.set_force(force);
  auto response = co_await datanode.DeleteBlockPool(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> TriggerBlockReport(FileSystem& fs, std::string address, bool incremental, std::string namenode) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ClientDatanodeProtocolClient datanode(*channel);
  pb::TriggerBlockReportRequestProto request;
  request.set_incremental(incremental);
  if (!namenode.empty()) request.set_nnaddress(namenode);
  auto response = co_await datanode.TriggerBlockReport(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> Refresh(FileSystem& fs, RefreshKind kind) {
  namespace common = hadoop::common;
  auto channel = NamenodeChannel(fs);
  if (!channel.ok()) co_return channel.status();
  switch (kind) {
    case RefreshKind::kServiceAcl: {
      common::RefreshAuthorizationPolicyProtocolClient client(*channel);
      co_return (co_await client.RefreshServiceAcl(common::RefreshServiceAclRequestProto())).status();
    }
    case RefreshKind::kUserMappings: {
      common::RefreshUserMappingsProtocolClient client(*channel);
      co_return (co_await client.RefreshUserToGroupsMappings(common::RefreshUserToGroupsMappingsRequestProto())).status();
    }
    case RefreshKind::kSuperUserGroups: {
      common::RefreshUserMappingsProtocolClient client(*channel);
      common::RefreshSuperUserGroupsConfigurationRequestProto request;
      co_return (co_await client.RefreshSuperUserGroupsConfiguration(request)).status();
    }
    case RefreshKind::kCallQueue: {
      common::RefreshCallQueueProtocolClient client(*channel);
      co_return (co_await client.RefreshCallQueue(common::RefreshCallQueueRequestProto())).status();
    }
  }
  co_return Status(Code::kInternal, "no such refresh");
}

Task<Result<std::vector<std::string>>> GroupsOf(FileSystem& fs, std::string user) {
  auto channel = NamenodeChannel(fs);
  if (!channel.ok()) co_return channel.status();
  hadoop::tools::GetUserMappingsProtocolClient client(*channel);
  hadoop::tools::GetGroupsForUserRequestProto request;
  request.set_user(user);
  auto response = co_await client.GetGroupsForUser(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return std::vector<std::string>(response->groups().begin(), response->groups().end());
}

Task<Result<std::vector<RefreshAnswer>>> RefreshByName(FileSystem& fs, std::string address, std::string identifier,
                                                       std::vector<std::string> args) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  hadoop::common::GenericRefreshProtocolClient client(*channel);
  hadoop::common::GenericRefreshRequestProto request;
  request.set_identifier(identifier);
  for (const std::string& arg : args) request.add_args(arg);
  auto response = co_await client.Refresh(std::move(request));
  if (!response.ok()) co_return response.status();
  std::vector<RefreshAnswer> answers;
  for (const auto& one : response->responses()) {
    answers.push_back(RefreshAnswer{one.sendername(), one.exitstatus(), one.usermessage()});
  }
  co_return answers;
}

Task<Status> StartReconfiguration(FileSystem& fs, DaemonKind kind, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::StartReconfigurationRequestProto request;
  if (kind == DaemonKind::kNamenode) {
    pb::ReconfigurationProtocolClient client(*channel);
    co_return (co_await client.StartReconfiguration(request)).status();
  }
  pb::ClientDatanodeProtocolClient client(*channel);
  co_return (co_await client.StartReconfiguration(request)).status();
}

Task<Result<ReconfigurationState>> GetReconfiguration(FileSystem& fs, DaemonKind kind, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::GetReconfigurationStatusRequestProto request;
  Result<pb::GetReconfigurationStatusResponseProto> response = Status(Code::kInternal, "");
  if (kind == DaemonKind::kNamenode) {
    pb::ReconfigurationProtocolClient client(*channel);
    response = co_await client.GetReconfigurationStatus(request);
  } else {
    pb::ClientDatanodeProtocolClient client(*channel);
    response = co_await client.GetReconfigurationStatus(request);
  }
  if (!response.ok()) co_return response.status();
  ReconfigurationState state;
  state.start_wall_ms = response->starttime();
  state.end_wall_ms = response->endtime();
  for (const auto& change : response->changes()) {
    state.changes.push_back(ReconfigurationChange{change.name(), change.oldvalue(), change.newvalue(), change.errormessage()});
  }
  co_return state;
}

Task<Result<std::vector<std::string>>> ListReconfigurable(FileSystem& fs, DaemonKind kind, std::string address) {
  auto channel = ChannelTo(fs, address);
  if (!channel.ok()) co_return channel.status();
  pb::ListReconfigurablePropertiesRequestProto request;
  Result<pb::ListReconfigurablePropertiesResponseProto> response = Status(Code::kInternal, "");
  if (kind == DaemonKind::kNamenode) {
    pb::ReconfigurationProtocolClient client(*channel);
    response = co_await client.ListReconfigurableProperties(request);
  } else {
    pb::ClientDatanodeProtocolClient client(*channel);
    response = co_await client.ListReconfigurableProperties(request);
  }
  if (!response.ok()) co_return response.status();
  co_return std::vector<std::string>(response->name().begin(), response->name().end());
}

}  // namespace tusk::dfs
