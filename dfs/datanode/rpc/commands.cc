// Commands: transfers, deletions, recoveries.
#include "dfs/datanode/rpc/commands.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/datanode/rpc/lease_recovery.h"
#include "dfs/datanode/rpc/namenode_actor.h"
#include "dfs/datanode/xfer/block_transfer.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
namespace dnpb = hadoop::hdfs::datanode;
constexpr const char* kModule = "datanode";

Task<void> RunTransfer(XferContext& context, TransferRequest request) { (void)co_await TransferBlock(context, std::move(request)); }

void OrderTransfer(NodeContext& node, NamenodeActor& actor, const std::string& pool_id, const dnpb::BlockCommandProto& command,
                   int index) {
  TransferRequest request;
  request.block = {pool_id, FromProto(command.blocks(index))};
  ReplicaPtr replica = node.store.Find(pool_id, request.block.block.id);
  if (replica == nullptr || !replica->is_finalized()) {
    actor.tasks().Spawn(actor.SendError(dnpb::ErrorReportRequestProto::INVALID_BLOCK, "Can't send invalid block " + request.block.ToString()));
    return;
  }
  if (index >= command.targets_size()) return;
  for (const auto& target : command.targets(index).datanodes()) request.targets.push_back(target.SerializeAsString());
  if (index < command.targetstoragetypes_size()) {
    for (int type : command.targetstoragetypes(index).storagetypes()) request.storage_types.push_back(type);
  }
  if (index < command.targetstorageuuids_size()) {
    for (const auto& uuid : command.targetstorageuuids(index).storageuuids()) request.storage_uuids.push_back(uuid);
  }
  LogInfo(kModule, "ordered to send {} to {} datanodes", request.block.ToString(), request.targets.size());
  node.background.Spawn(RunTransfer(node.xfer, std::move(request)));
}

void ObeyBlockCommand(NodeContext& node, NamenodeActor& actor, const std::string& pool_id, const dnpb::BlockCommandProto& command) {
  if (command.blockpoolid() != pool_id) return;
  if (command.action() == dnpb::BlockCommandProto::TRANSFER) {
    for (int i = 0; i < command.blocks_size(); ++i) OrderTransfer(node, actor, pool_id, command, i);
  } else if (command.action() == dnpb::BlockCommandProto::INVALIDATE) {
    std::vector<Block> blocks;
    for (const auto& block : command.blocks()) blocks.push_back(FromProto(block));
    Status dropped = node.store.Invalidate(pool_id, blocks);
    if (!dropped.ok()) LogWarn(kModule, "{}", dropped.ToString());
  } else {
    LogWarn(kModule, "ignores block command {}", static_cast<int>(command.action()));
  }
}

}  // namespace

void ObeyCommand(NodeContext& node, NamenodeActor& actor, const std::string& pool_id, const dnpb::DatanodeCommandProto& command) {
  using Command = dnpb::DatanodeCommandProto;
  switch (command.cmdtype()) {
    case Command::BlockCommand:
      ObeyBlockCommand(node, actor, pool_id, command.blkcmd());
      break;
    case Command::BlockRecoveryCommand:
      for (const auto& block : command.recoverycmd().blocks()) {
        node.background.Spawn(RecoverBlock(node, actor.client(), block.SerializeAsString()));
      }
      break;
    case Command::BalancerBandwidthCommand:
      node.xfer.balance.set_bytes_per_second(command.balancercmd().bandwidth());
      break;
    case Command::KeyUpdateCommand:
      node.xfer.tokens.Learn(command.keyupdatecmd().keys(), node.env.clock.WallMillis());
      break;
    case Command::FinalizeCommand:  // no upgrade is ever pending here
    case Command::NullDatanodeCommand:
    case Command::RegisterCommand:
    case Command::BlockIdCommand:  // caching is a hint
      break;
    default:
      LogWarn(kModule, "ignores command {}", static_cast<int>(command.cmdtype()));
  }
}

void FillStorageReports(const BlockStore& store, const std::string& pool_id, dnpb::HeartbeatRequestProto* request) {
  for (const auto& volume : store.volumes()) {
    if (volume->failed) continue;
    auto* report = request->add_reports();
    report->set_storageuuid(volume->storage_uuid());
    report->set_failed(false);
    report->set_capacity(volume->capacity());
    report->set_dfsused(volume->used());
    report->set_remaining(volume->remaining());
    auto of_pool = volume->used_by_pool.find(pool_id);
    report->set_blockpoolused(of_pool == volume->used_by_pool.end() ? 0 : of_pool->second);
    auto* storage = report->mutable_storage();
    storage->set_storageuuid(volume->storage_uuid());
    storage->set_state(pb::DatanodeStorageProto::NORMAL);
    storage->set_storagetype(static_cast<pb::StorageTypeProto>(volume->location().type));
    uint64_t taken = volume->space.capacity_bytes - std::min(volume->space.capacity_bytes, volume->space.available_bytes);
    uint64_t ours = volume->used() + volume->reserved_bytes;
    report->set_nondfsused(taken - std::min(taken, ours));
  }
  const VolumeFailures& failures = store.failures();
  request->set_failedvolumes(static_cast<uint32_t>(failures.locations.size()));
  if (failures.locations.empty()) return;
  auto* summary = request->mutable_volumefailuresummary();
  for (const std::string& location : failures.locations) summary->add_failedstoragelocations(location);
  summary->set_lastvolumefailuredate(static_cast<uint64_t>(failures.last_wall_ms));
  summary->set_estimatedcapacitylosttotal(failures.capacity_lost);
}

}  // namespace tusk::dfs::datanode
