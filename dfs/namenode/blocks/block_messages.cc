// Between block map and wire, see the header.
#include "dfs/namenode/blocks/block_messages.h"

#include "dfs/proto/ClientNamenodeProtocol.pb.h"  // DatanodeStorageReportProto
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

namespace {

void FillEmptyToken(pb::LocatedBlockProto& message) {
  auto& token = *message.mutable_blocktoken();
  token.set_identifier("");
  token.set_password("");
  token.set_kind("");
  token.set_service("");
}

void AddLocation(const DatanodeRegistry& registry, StorageIndex index, pb::LocatedBlockProto& message) {
  const Storage& storage = registry.storage(index);
  FillDatanodeInfo(registry, registry.DatanodeOf(index), *message.add_locs());
  message.add_storagetypes(static_cast<pb::StorageTypeProto>(storage.type));
  message.add_storageids(storage.uuid);
  message.add_iscached(false);
}

}  // namespace

BlockSpec SpecFrom(const pb::BlockProto& message) {
  return {static_cast<int64_t>(message.blockid()), static_cast<int64_t>(message.genstamp()),
          static_cast<int64_t>(message.numbytes())};
}

BlockSpec SpecFrom(const pb::ExtendedBlockProto& message) {
  return {static_cast<int64_t>(message.blockid()), static_cast<int64_t>(message.generationstamp()),
          static_cast<int64_t>(message.numbytes())};
}

void FillBlock(const BlockSpec& block, pb::BlockProto& message) {
  message.set_blockid(static_cast<uint64_t>(block.id));
  message.set_genstamp(static_cast<uint64_t>(block.stamp));
  message.set_numbytes(static_cast<uint64_t>(block.length));
}

void FillExtendedBlock(const std::string& pool_id, const BlockSpec& block, pb::ExtendedBlockProto& message) {
  message.set_poolid(pool_id);
  message.set_blockid(static_cast<uint64_t>(block.id));
  message.set_generationstamp(static_cast<uint64_t>(block.stamp));
  message.set_numbytes(static_cast<uint64_t>(block.length));
}

void FillDatanodeId(const DatanodeIdentity& identity, pb::DatanodeIDProto& message) {
  message.set_ipaddr(identity.ip);
  message.set_hostname(identity.host);
  message.set_datanodeuuid(identity.uuid);
  message.set_xferport(identity.xfer_port);
  message.set_infoport(identity.info_port);
  message.set_infosecureport(identity.info_secure_port);
  message.set_ipcport(identity.ipc_port);
}

void FillDatanodeInfo(const DatanodeRegistry& registry, const Datanode& node, pb::DatanodeInfoProto& message) {
  FillDatanodeId(node.identity, *message.mutable_id());
  message.set_capacity(node.space.capacity);
  message.set_dfsused(node.space.dfs_used);
  message.set_remaining(node.space.remaining);
  message.set_blockpoolused(node.space.block_pool_used);
  message.set_nondfsused(node.space.non_dfs_used);
  message.set_lastupdate(static_cast<uint64_t>(node.last_heartbeat_wall_ms));
  message.set_lastupdatemonotonic(static_cast<uint64_t>(node.last_heartbeat_monotonic_ms));
  message.set_xceivercount(node.load.xceivers);
  message.set_location(node.identity.location);
  message.set_adminstate(static_cast<pb::DatanodeInfoProto::AdminState>(node.admin_state));
  message.set_cachecapacity(node.load.cache_capacity);
  message.set_cacheused(node.load.cache_used);
  message.set_lastblockreporttime(static_cast<uint64_t>(node.last_report_wall_ms));
  message.set_lastblockreportmonotonic(static_cast<uint64_t>(node.last_report_monotonic_ms));
  uint32_t blocks = 0;
  for (StorageIndex storage : node.storages) blocks += registry.storage(storage).block_count;
  message.set_numblocks(blocks);
}

void FillStorageReports(const DatanodeRegistry& registry, const Datanode& node, pb::DatanodeStorageReportProto& message) {
  FillDatanodeInfo(registry, node, *message.mutable_datanodeinfo());
  for (StorageIndex index : node.storages) {
    const Storage& storage = registry.storage(index);
    auto& report = *message.add_storagereports();
    report.set_storageuuid(storage.uuid);
    report.set_failed(storage.failed);
    report.set_capacity(storage.space.capacity);
    report.set_dfsused(storage.space.dfs_used);
    report.set_remaining(storage.space.remaining);
    report.set_blockpoolused(storage.space.block_pool_used);
    report.set_nondfsused(storage.space.non_dfs_used);
    report.mutable_storage()->set_storageuuid(storage.uuid);
    report.mutable_storage()->set_state(pb::DatanodeStorageProto::NORMAL);
    report.mutable_storage()->set_storagetype(static_cast<pb::StorageTypeProto>(storage.type));
  }
}

void FillLocatedBlock(const BlockManager& blocks, const std::string& pool_id, const BlockSpec& block, uint64_t offset,
                      std::string_view reader, TimePoint now, pb::LocatedBlockProto& message) {
  FillExtendedBlock(pool_id, block, *message.mutable_b());
  message.set_offset(offset);
  FillEmptyToken(message);
  const std::vector<PlacedReplica> locations = blocks.LocationsFor(block.id, reader, now);
  message.set_corrupt(!locations.empty() && locations.front().corrupt);
  for (const PlacedReplica& location : locations) AddLocation(blocks.registry(), location.storage, message);
}

void FillLocatedBlock(const DatanodeRegistry& registry, const std::string& pool_id, const BlockSpec& block,
                      int64_t offset, std::span<const StorageIndex> storages, pb::LocatedBlockProto& message) {
  FillExtendedBlock(pool_id, block, *message.mutable_b());
  message.set_offset(static_cast<uint64_t>(offset));
  FillEmptyToken(message);
  message.set_corrupt(false);
  for (StorageIndex storage : storages) AddLocation(registry, storage, message);
}

}  // namespace tusk::dfs
