// Handlers of the datanode's RPC port.
#include "dfs/datanode/rpc/datanode_services.h"

#include "dfs/common/data_transfer.h"
#include "dfs/proto/HdfsServer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {
namespace pb = hadoop::hdfs;
constexpr const char* kConfigVersion = "core-3.0.0,hdfs-1";
}  // namespace

ClientDatanodeHandler::ClientDatanodeHandler(NodeContext& node, PoolService& service, std::function<void()> shut_down)
    : node_(node), service_(service), shut_down_(std::move(shut_down)), started_(node.env.loop.Now()) {}

Result<std::string> BlockTokenSecrets::PasswordOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(BlockTokenIdentifier token, BlockTokenIdentifier::Decode(identifier));
  if (token.expiry_wall_ms < clock_.WallMillis()) {
    return Status(Code::kInvalidToken, "Block token with " + token.ToString() + " is expired.");
  }
  return keys_.PasswordOf(identifier);
}

Result<rpc::CallUser> BlockTokenSecrets::UserOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(BlockTokenIdentifier token, BlockTokenIdentifier::Decode(identifier));
  rpc::CallUser user;
  user.name = token.user.empty() ? token.pool_id + ":" + std::to_string(token.block_id) : token.user;
  user.method = rpc::AuthMethod::kToken;
  user.token_kind = kBlockTokenKind;
  user.token_identifier = identifier;
  return user;
}

Status ClientDatanodeHandler::CheckReader(const rpc::CallContext& call, const ExtendedBlock& block) const {
  if (!node_.xfer.tokens.required()) return Status::Ok();
  if (call.user.method != rpc::AuthMethod::kToken || call.user.token_kind != kBlockTokenKind) {
    return Status(Code::kIOError, "Can't continue since none or more than one BlockTokenIdentifier is found.");
  }
  ASSIGN_OR_RETURN(BlockTokenIdentifier token, BlockTokenIdentifier::Decode(call.user.token_identifier));
  return BlockTokenKeys::Allows(token, block, kAccessRead, {}, node_.env.clock.WallMillis());
}

Status ClientDatanodeHandler::CheckAdmin(const rpc::CallContext& call) const {
  if (call.user.name == node_.config.user) return Status::Ok();
  return Status(Code::kAccessControl, "Access denied for user " + call.user.name + ". Superuser privilege is required");
}

Task<Result<pb::GetReplicaVisibleLengthResponseProto>> ClientDatanodeHandler::GetReplicaVisibleLength(
    rpc::CallContext& call, const pb::GetReplicaVisibleLengthRequestProto& request) {
  ExtendedBlock block = FromProto(request.block());
  CO_RETURN_IF_ERROR(CheckReader(call, block));
  ReplicaPtr replica = node_.store.Find(block.pool_id, block.block.id);
  if (replica == nullptr) co_return node_.store.WhyMissing(block);
  if (replica->block.generation_stamp < block.block.generation_stamp) {
    co_return Status(Code::kReplicaNotFound, "Replica not found for " + block.ToString());
  }
  // One found after a crash (RWR) may have lost what another has: no byte of it is promised until its recovery (-1).
  const bool promised = replica->home() != ReplicaState::kRwr && replica->home() != ReplicaState::kTemporary;
  pb::GetReplicaVisibleLengthResponseProto response;
  response.set_length(promised ? replica->visible_length() : kNoVisibleLength);
  co_return response;
}

Task<Result<pb::GetBlockLocalPathInfoResponseProto>> ClientDatanodeHandler::GetBlockLocalPathInfo(
    rpc::CallContext& call, const pb::GetBlockLocalPathInfoRequestProto&) {
  co_return Status(Code::kAccessControl, "Can't continue with getBlockLocalPathInfo() authorization. The user " + call.user.name +
                                             " is not configured in dfs.block.local-path-access.user");
}

Task<Result<pb::RefreshNamenodesResponseProto>> ClientDatanodeHandler::RefreshNamenodes(rpc::CallContext& call,
                                                                                        const pb::RefreshNamenodesRequestProto&) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  co_return pb::RefreshNamenodesResponseProto();  // namenodes come from the configuration at start
}

Task<Result<pb::DeleteBlockPoolResponseProto>> ClientDatanodeHandler::DeleteBlockPool(
    rpc::CallContext& call, const pb::DeleteBlockPoolRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  if (service_.Owns(request.blockpool())) {
    co_return Status(Code::kIOError, "The block pool is still running. First do a refreshNamenodes to shutdown the block pool service");
  }
  CO_RETURN_IF_ERROR(co_await node_.store.RemovePool(request.blockpool(), request.force()));
  co_return pb::DeleteBlockPoolResponseProto();
}

Task<Result<pb::ShutdownDatanodeResponseProto>> ClientDatanodeHandler::ShutdownDatanode(rpc::CallContext& call,
                                                                                        const pb::ShutdownDatanodeRequestProto&) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  if (shut_down_) node_.env.loop.Post(shut_down_);
  co_return pb::ShutdownDatanodeResponseProto();
}

Task<Result<pb::EvictWritersResponseProto>> ClientDatanodeHandler::EvictWriters(rpc::CallContext& call,
                                                                                const pb::EvictWritersRequestProto&) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  node_.store.StopWriters();
  co_return pb::EvictWritersResponseProto();
}

Task<Result<pb::GetDatanodeInfoResponseProto>> ClientDatanodeHandler::GetDatanodeInfo(rpc::CallContext&,
                                                                                      const pb::GetDatanodeInfoRequestProto&) {
  pb::GetDatanodeInfoResponseProto response;
  auto* info = response.mutable_localinfo();
  info->set_softwareversion(kSoftwareVersion);
  info->set_configversion(kConfigVersion);
  info->set_uptime(static_cast<uint64_t>(ToMillis(node_.env.loop.Now() - started_) / 1000));
  co_return response;
}

Task<Result<pb::GetVolumeReportResponseProto>> ClientDatanodeHandler::GetVolumeReport(rpc::CallContext& call,
                                                                                      const pb::GetVolumeReportRequestProto&) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  pb::GetVolumeReportResponseProto response;
  for (const auto& volume : node_.store.volumes()) {
    if (volume->failed) continue;
    auto* info = response.add_volumeinfo();
    info->set_path(volume->location().path);
    info->set_storagetype(static_cast<pb::StorageTypeProto>(volume->location().type));
    info->set_usedspace(volume->used());
    info->set_freespace(volume->remaining());
    info->set_reservedspace(volume->reserved_bytes);
    info->set_reservedspaceforreplicas(volume->reserved_for_rbw);
    uint64_t blocks = 0;
    for (const auto& [pool, count] : volume->blocks_by_pool) blocks += count;
    info->set_numblocks(blocks);
  }
  co_return response;
}

Task<Result<pb::TriggerBlockReportResponseProto>> ClientDatanodeHandler::TriggerBlockReport(
    rpc::CallContext& call, const pb::TriggerBlockReportRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckAdmin(call));
  for (const auto& actor : service_.actors()) {
    if (request.nnaddress().empty() || request.nnaddress() == actor->namenode().ToString()) {
      actor->TriggerReport(request.incremental());
    }
  }
  co_return pb::TriggerBlockReportResponseProto();
}

Task<Result<pb::GetBalancerBandwidthResponseProto>> ClientDatanodeHandler::GetBalancerBandwidth(
    rpc::CallContext&, const pb::GetBalancerBandwidthRequestProto&) {
  pb::GetBalancerBandwidthResponseProto response;
  response.set_bandwidth(node_.xfer.balance.bytes_per_second());
  co_return response;
}

Task<Result<pb::InitReplicaRecoveryResponseProto>> InterDatanodeHandler::InitReplicaRecovery(
    rpc::CallContext&, const pb::InitReplicaRecoveryRequestProto& request) {
  ExtendedBlock block = FromProto(request.block().block().b());
  CO_ASSIGN_OR_RETURN(std::optional<RecoveryInfo> info, co_await node_.store.InitRecovery(block, request.block().newgenstamp()));
  pb::InitReplicaRecoveryResponseProto response;
  response.set_replicafound(info.has_value());
  if (info.has_value()) {
    response.set_state(static_cast<pb::ReplicaStateProto>(info->state));
    ToProto(info->block, response.mutable_block());
  }
  co_return response;
}

Task<Result<pb::UpdateReplicaUnderRecoveryResponseProto>> InterDatanodeHandler::UpdateReplicaUnderRecovery(
    rpc::CallContext&, const pb::UpdateReplicaUnderRecoveryRequestProto& request) {
  CO_ASSIGN_OR_RETURN(std::string uuid,
                      co_await node_.store.UpdateRecovered(FromProto(request.block()), request.recoveryid(),
                                                           static_cast<int64_t>(request.newblockid()), request.newlength()));
  pb::UpdateReplicaUnderRecoveryResponseProto response;
  response.set_storageuuid(uuid);
  co_return response;
}

}  // namespace tusk::dfs::datanode
