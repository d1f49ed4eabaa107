// The namenode's side of DatanodeProtocol, see the header.
#include "dfs/namenode/rpc/datanode_protocol.h"

#include <charconv>

#include "base/log/log.h"
#include "dfs/namenode/blocks/block_messages.h"
#include "dfs/namenode/blocks/block_report_codec.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;
namespace dn = hadoop::hdfs::datanode;

namespace {

constexpr uint64_t kCapabilityReportBuffers = 1;
constexpr std::string_view kSoftwareVersion = "3.4.2";  // what tusk says it is on the wire

// "3.4.2-tusk" -> {3, 4, 2}
std::array<int, 3> VersionNumbers(std::string_view text) {
  std::array<int, 3> numbers{};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int& number : numbers) {
    auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) break;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  return numbers;
}

DatanodeIdentity IdentityFrom(const dn::DatanodeRegistrationProto& registration, const std::string& source_ip) {
  const pb::DatanodeIDProto& id = registration.datanodeid();
  DatanodeIdentity identity;
  identity.uuid = id.datanodeuuid();
  identity.ip = source_ip.empty() ? id.ipaddr() : source_ip;
  identity.host = id.hostname();
  identity.xfer_port = id.xferport();
  identity.info_port = id.infoport();
  identity.info_secure_port = id.infosecureport();
  identity.ipc_port = id.ipcport();
  identity.software_version = registration.softwareversion();
  return identity;
}

std::string Describe(const dn::DatanodeRegistrationProto& registration) {
  const pb::DatanodeIDProto& id = registration.datanodeid();
  return "DatanodeRegistration(" + id.ipaddr() + ":" + std::to_string(id.xferport()) + ", datanodeUuid=" +
         id.datanodeuuid() + ", infoPort=" + std::to_string(id.infoport()) + ", ipcPort=" +
         std::to_string(id.ipcport()) + ")";
}

}  // namespace

void FillNamespaceInfo(const StorageVersion& version, pb::NamespaceInfoProto& info) {
  info.set_buildversion("tusk");
  info.set_unused(0);
  info.set_blockpoolid(version.block_pool_id);
  info.set_softwareversion(std::string(kSoftwareVersion));
  info.set_capabilities(kCapabilityReportBuffers);
  info.set_state(pb::NNHAStatusHeartbeatProto::ACTIVE);
  pb::StorageInfoProto& storage = *info.mutable_storageinfo();
  storage.set_layoutversion(static_cast<uint32_t>(StorageVersion::kLayoutVersion));
  storage.set_namespceid(static_cast<uint32_t>(version.namespace_id));
  storage.set_clusterid(version.cluster_id);
  storage.set_ctime(static_cast<uint64_t>(version.created_wall_ms));
}

void MarkBadBlocks(BlockManager& blocks, const google::protobuf::RepeatedPtrField<pb::LocatedBlockProto>& bad,
                   TimePoint now) {
  for (const pb::LocatedBlockProto& block : bad) {
    for (int i = 0; i < block.locs_size(); ++i) {
      const Datanode* node = blocks.registry().FindByUuid(block.locs(i).id().datanodeuuid());
      if (node == nullptr) continue;
      StorageIndex storage = kNoIndex;
      if (i < block.storageids_size()) storage = blocks.registry().FindStorage(node->identity.uuid, block.storageids(i));
      LogInfo("blocks", "replica of blk_{} on {} is reported corrupt", block.b().blockid(), node->identity.XferAddress());
      blocks.MarkCorrupt(SpecFrom(block.b()), node->index, storage, "CORRUPTION_REPORTED", now);
    }
  }
}

DatanodeProtocolHandlers::DatanodeProtocolHandlers(Env env, const NameNodeConfig& config, StorageVersion version,
                                                   BlockManager& blocks, DatanodeProtocolHooks hooks)
    : env_(env),
      config_(config),
      version_(std::move(version)),
      blocks_(blocks),
      hooks_(std::move(hooks)),
      leases_(config.report_leases_max, config.report_lease_length, env.random.Next64()) {}

Status DatanodeProtocolHandlers::Verify(const dn::DatanodeRegistrationProto& registration) const {
  const pb::StorageInfoProto& storage = registration.storageinfo();
  if (static_cast<int32_t>(storage.namespceid()) == version_.namespace_id && storage.clusterid() == version_.cluster_id &&
      static_cast<int64_t>(storage.ctime()) == version_.created_wall_ms) {
    return Status::Ok();
  }
  return Status(Code::kUnregisteredNode, "Unregistered server: " + Describe(registration));
}

Result<DatanodeIndex> DatanodeProtocolHandlers::Reporter(const dn::DatanodeRegistrationProto& registration,
                                                         const std::string& pool_id) const {
  RETURN_IF_ERROR(Verify(registration));
  if (pool_id != version_.block_pool_id) {
    return Status(Code::kUnregisteredNode, "block pool " + pool_id + " is not served here");
  }
  const Datanode* node = blocks_.registry().FindByUuid(registration.datanodeid().datanodeuuid());
  if (node == nullptr || !node->alive) {
    return Status(Code::kIOError, "ProcessReport from dead or unregistered node: " + Describe(registration));
  }
  return node->index;
}

Task<Result<pb::VersionResponseProto>> DatanodeProtocolHandlers::VersionRequest(rpc::CallContext&,
                                                                                const pb::VersionRequestProto&) {
  pb::VersionResponseProto response;
  FillNamespaceInfo(version_, *response.mutable_info());
  co_return response;
}

Task<Result<dn::RegisterDatanodeResponseProto>> DatanodeProtocolHandlers::RegisterDatanode(
    rpc::CallContext& call, const dn::RegisterDatanodeRequestProto& request) {
  const dn::DatanodeRegistrationProto& registration = request.registration();
  CO_RETURN_IF_ERROR(Verify(registration));
  if (VersionNumbers(registration.softwareversion()) < std::array<int, 3>{2, 1, 0}) {
    co_return Status(Code::kIncorrectVersion, "The reported DataNode version is too low to communicate with this "
                                              "NameNode. DataNode version: '" + registration.softwareversion() +
                                                  "' Minimum DataNode version: '2.1.0-beta'");
  }
  DatanodeIdentity identity = IdentityFrom(registration, call.remote.host);
  if (identity.uuid.empty() || identity.uuid.size() > 256 || identity.host.size() > 1024) {
    co_return Status(Code::kInvalidArgument, "a datanode registered with an impossible uuid or host name");
  }
  AdminState admin_state = AdminState::kNormal;
  if (hooks_.admit) CO_RETURN_IF_ERROR(hooks_.admit(identity, admin_state));
  if (hooks_.rack_of) identity.location = co_await hooks_.rack_of(identity);
  const TimePoint now = env_.clock.Now();
  const std::string address = identity.XferAddress();
  DatanodeRegistry::Registered outcome = blocks_.registry().Register(std::move(identity), now);
  if (outcome.replaced) blocks_.DatanodeDied(*outcome.replaced, now);
  // A restarted datanode may have lost anything: its replicas count again when it reports them.
  if (outcome.was_alive) blocks_.DatanodeDied(outcome.datanode, now);
  blocks_.registry().mutable_datanode(outcome.datanode).admin_state = admin_state;
  leases_.Release(registration.datanodeid().datanodeuuid());
  LogInfo("datanodes", "registered {} ({}) version {}", address, registration.datanodeid().datanodeuuid(),
          registration.softwareversion());
  dn::RegisterDatanodeResponseProto response;
  *response.mutable_registration() = registration;
  response.mutable_registration()->mutable_datanodeid()->set_ipaddr(
      blocks_.registry().datanode(outcome.datanode).identity.ip);
  if (hooks_.tokens != nullptr) hooks_.tokens->Export(response.mutable_registration()->mutable_keys());
  co_return response;
}

Task<Result<dn::HeartbeatResponseProto>> DatanodeProtocolHandlers::SendHeartbeat(
    rpc::CallContext&, const dn::HeartbeatRequestProto& request) {
  CO_RETURN_IF_ERROR(Verify(request.registration()));
  dn::HeartbeatResponseProto response;
  response.mutable_hastatus()->set_state(pb::NNHAStatusHeartbeatProto::ACTIVE);
  response.mutable_hastatus()->set_txid(static_cast<uint64_t>(hooks_.last_txid ? hooks_.last_txid() : 0));
  response.set_fullblockreportleaseid(0);
  response.set_isslownode(false);
  const std::string& uuid = request.registration().datanodeid().datanodeuuid();
  const Datanode* known = blocks_.registry().FindByUuid(uuid);
  if (known == nullptr || !known->alive || known->identity.xfer_port != request.registration().datanodeid().xferport()) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::RegisterCommand);
    command.mutable_registercmd();
    co_return response;
  }
  std::vector<StorageReport> storages;
  for (const pb::StorageReportProto& report : request.reports()) {
    StorageReport storage;
    storage.uuid = report.has_storage() ? report.storage().storageuuid() : report.storageuuid();
    storage.type = report.has_storage() ? static_cast<int>(report.storage().storagetype()) : 1;
    storage.failed = report.failed();
    const uint64_t other = report.capacity() - std::min(report.capacity(), report.dfsused() + report.remaining());
    storage.space = {report.capacity(), report.dfsused(), report.remaining(), report.blockpoolused(),
                     report.has_nondfsused() ? report.nondfsused() : other};
    storages.push_back(std::move(storage));
  }
  const DatanodeLoad load{request.xceivercount(), request.xmitsinprogress(), request.failedvolumes(),
                          request.cachecapacity(), request.cacheused()};
  const TimePoint now = env_.clock.Now();
  auto failed = blocks_.registry().Heartbeat(uuid, load, storages, now, env_.clock.WallMillis());
  CO_RETURN_IF_ERROR(failed);
  for (StorageIndex storage : *failed) blocks_.StorageFailed(storage, now);
  AddCommands(blocks_.TakeWork(known->index, now), response);
  AddOrders(blocks_.registry().mutable_datanode(known->index), response);
  if (request.requestfullblockreportlease()) response.set_fullblockreportleaseid(leases_.Request(uuid, now));
  co_return response;
}

void DatanodeProtocolHandlers::AddOrders(Datanode& node, dn::HeartbeatResponseProto& response) const {
  if (hooks_.tokens != nullptr && node.keys_due) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::KeyUpdateCommand);
    hooks_.tokens->Export(command.mutable_keyupdatecmd()->mutable_keys());
    node.keys_due = false;
  }
  if (node.bandwidth_due > 0) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::BalancerBandwidthCommand);
    command.mutable_balancercmd()->set_bandwidth(node.bandwidth_due);
    node.bandwidth_due = 0;
  }
}

void DatanodeProtocolHandlers::AddCommands(const HeartbeatWork& work, dn::HeartbeatResponseProto& response) const {
  const DatanodeRegistry& registry = blocks_.registry();
  if (!work.recoveries.empty()) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::BlockRecoveryCommand);
    for (const RecoveryWork& recovery : work.recoveries) {
      pb::RecoveringBlockProto& block = *command.mutable_recoverycmd()->add_blocks();
      block.set_newgenstamp(static_cast<uint64_t>(recovery.recovery_stamp));
      FillLocatedBlock(registry, version_.block_pool_id, recovery.block, -1, recovery.replicas, *block.mutable_block());
      if (recovery.truncate_length >= 0) {
        // A Java datanode takes the recovery's stamp from here where this is set.
        BlockSpec cut{recovery.block.id, recovery.recovery_stamp, recovery.truncate_length};
        FillBlock(cut, *block.mutable_truncateblock());
      }
    }
  }
  if (!work.transfers.empty()) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::BlockCommand);
    dn::BlockCommandProto& blocks = *command.mutable_blkcmd();
    blocks.set_action(dn::BlockCommandProto::TRANSFER);
    blocks.set_blockpoolid(version_.block_pool_id);
    for (const TransferWork& transfer : work.transfers) {
      FillBlock(transfer.block, *blocks.add_blocks());
      pb::DatanodeInfosProto& targets = *blocks.add_targets();
      pb::StorageUuidsProto& uuids = *blocks.add_targetstorageuuids();
      pb::StorageTypesProto& types = *blocks.add_targetstoragetypes();
      for (StorageIndex target : transfer.targets) {
        FillDatanodeInfo(registry, registry.DatanodeOf(target), *targets.add_datanodes());
        uuids.add_storageuuids(registry.storage(target).uuid);
        types.add_storagetypes(static_cast<pb::StorageTypeProto>(registry.storage(target).type));
      }
    }
  }
  if (!work.invalidations.empty()) {
    dn::DatanodeCommandProto& command = *response.add_cmds();
    command.set_cmdtype(dn::DatanodeCommandProto::BlockCommand);
    dn::BlockCommandProto& blocks = *command.mutable_blkcmd();
    blocks.set_action(dn::BlockCommandProto::INVALIDATE);
    blocks.set_blockpoolid(version_.block_pool_id);
    for (const BlockSpec& block : work.invalidations) FillBlock(block, *blocks.add_blocks());
  }
}

Task<Result<dn::BlockReportResponseProto>> DatanodeProtocolHandlers::BlockReport(
    rpc::CallContext&, const dn::BlockReportRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const DatanodeIndex node, Reporter(request.registration(), request.blockpoolid()));
  const std::string uuid = request.registration().datanodeid().datanodeuuid();
  const TimePoint now = env_.clock.Now();
  if (request.has_context() && !leases_.Check(uuid, request.context().leaseid(), now)) {
    co_return Status(Code::kInvalidBlockReportLease,
                     "Block report 0x" + std::to_string(request.context().id()) + " was rejected as lease " +
                         std::to_string(request.context().leaseid()) + " is not valid");
  }
  for (const dn::StorageBlockReportProto& report : request.reports()) {
    const StorageIndex storage = blocks_.registry().FindOrAddStorage(
        node, report.storage().storageuuid(), static_cast<int>(report.storage().storagetype()));
    std::vector<ReportedReplica> replicas;
    if (report.has_numberofblocks()) {
      std::vector<ByteView> chunks;
      for (const std::string& chunk : report.blocksbuffers()) chunks.push_back(AsBytes(chunk));
      CO_ASSIGN_OR_RETURN(replicas, DecodeBlockBuffers(chunks, report.numberofblocks()));
    } else {
      const std::vector<uint64_t> longs(report.blocks().begin(), report.blocks().end());
      CO_ASSIGN_OR_RETURN(replicas, DecodeBlockLongs(longs));
    }
    const auto report_id = request.has_context() ? static_cast<uint64_t>(request.context().id()) : 0;
    blocks_.ProcessFullReport({storage, replicas, report_id, true, true}, now);
    LogInfo("datanodes", "full report of {} blocks from {} storage {}", replicas.size(),
            blocks_.registry().datanode(node).identity.XferAddress(), report.storage().storageuuid());
  }
  dn::BlockReportResponseProto response;
  if (!request.has_context() || request.context().currpc() + 1 >= request.context().totalrpcs()) {
    leases_.Release(uuid);
    Datanode& reporter = blocks_.registry().mutable_datanode(node);
    reporter.last_report_wall_ms = env_.clock.WallMillis();
    reporter.last_report_monotonic_ms = ToMillis(now.time_since_epoch());
    response.mutable_cmd()->set_cmdtype(dn::DatanodeCommandProto::FinalizeCommand);
    response.mutable_cmd()->mutable_finalizecmd()->set_blockpoolid(version_.block_pool_id);
  }
  if (blocks_.safe_mode().in_startup()) blocks_.Tick(now);
  co_return response;
}

Task<Result<dn::CacheReportResponseProto>> DatanodeProtocolHandlers::CacheReport(
    rpc::CallContext&, const dn::CacheReportRequestProto& request) {
  CO_RETURN_IF_ERROR(Reporter(request.registration(), request.blockpoolid()));
  co_return dn::CacheReportResponseProto();
}

Task<Result<dn::BlockReceivedAndDeletedResponseProto>> DatanodeProtocolHandlers::BlockReceivedAndDeleted(
    rpc::CallContext&, const dn::BlockReceivedAndDeletedRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const DatanodeIndex node, Reporter(request.registration(), request.blockpoolid()));
  const TimePoint now = env_.clock.Now();
  for (const dn::StorageReceivedDeletedBlocksProto& storage_blocks : request.blocks()) {
    const bool described = storage_blocks.has_storage();
    const StorageIndex storage = blocks_.registry().FindOrAddStorage(
        node, described ? storage_blocks.storage().storageuuid() : storage_blocks.storageuuid(),
        described ? static_cast<int>(storage_blocks.storage().storagetype()) : 1);
    for (const dn::ReceivedDeletedBlockInfoProto& info : storage_blocks.blocks()) {
      IncrementalReport report{SpecFrom(info.block()), static_cast<IncrementalKind>(info.status()), info.deletehint()};
      blocks_.ProcessIncremental(storage, report, now);
    }
  }
  co_return dn::BlockReceivedAndDeletedResponseProto();
}

Task<Result<dn::ErrorReportResponseProto>> DatanodeProtocolHandlers::ErrorReport(
    rpc::CallContext&, const dn::ErrorReportRequestProto& request) {
  constexpr uint32_t kFatalDiskError = 3;
  CO_RETURN_IF_ERROR(Verify(request.registartion()));
  const std::string& uuid = request.registartion().datanodeid().datanodeuuid();
  LogWarn("datanodes", "error report {} from {}: {}", request.errorcode(), uuid, request.msg().substr(0, 1000));
  if (const Datanode* node = blocks_.registry().FindByUuid(uuid);
      node != nullptr && node->alive && request.errorcode() == kFatalDiskError) {
    Datanode& gone = blocks_.registry().mutable_datanode(node->index);
    gone.alive = false;
    gone.needs_registration = true;
    blocks_.DatanodeDied(node->index, env_.clock.Now());
  }
  co_return dn::ErrorReportResponseProto();
}

Task<Result<dn::ReportBadBlocksResponseProto>> DatanodeProtocolHandlers::ReportBadBlocks(
    rpc::CallContext&, const dn::ReportBadBlocksRequestProto& request) {
  MarkBadBlocks(blocks_, request.blocks(), env_.clock.Now());
  co_return dn::ReportBadBlocksResponseProto();
}

Task<Result<dn::CommitBlockSynchronizationResponseProto>> DatanodeProtocolHandlers::CommitBlockSynchronization(
    rpc::CallContext&, const dn::CommitBlockSynchronizationRequestProto& request) {
  BlockSynchronization agreed;
  agreed.block = SpecFrom(request.block());
  agreed.new_stamp = static_cast<int64_t>(request.newgenstamp());
  agreed.new_length = static_cast<int64_t>(request.newlength());
  agreed.close_file = request.closefile();
  agreed.delete_block = request.deleteblock();
  for (int i = 0; i < request.newtaragets_size() && i < request.newtargetstorages_size(); ++i) {
    const StorageIndex storage =
        blocks_.registry().FindStorage(request.newtaragets(i).datanodeuuid(), request.newtargetstorages(i));
    if (storage != kNoIndex) agreed.targets.push_back(storage);
  }
  if (!hooks_.commit_synchronization) co_return Status(Code::kUnsupported, "block recovery is not served");
  CO_RETURN_IF_ERROR(co_await hooks_.commit_synchronization(std::move(agreed)));
  co_return dn::CommitBlockSynchronizationResponseProto();
}

}  // namespace tusk::dfs
