// Beans and metrics of a datanode.
#include "dfs/datanode/web/datanode_beans.h"

#include <algorithm>

namespace tusk::dfs::datanode {
namespace {

// {"a":1,...} from names and JSON values.
std::string Object(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out += ",";
    out += JsonString(name) + ":" + value;
  }
  return out + "}";
}

std::string VolumeInfoJson(const BlockStore& store) {
  std::vector<std::pair<std::string, std::string>> volumes;
  for (const auto& volume : store.volumes()) {
    if (volume->failed) continue;
    uint64_t blocks = 0;
    for (const auto& [pool, count] : volume->blocks_by_pool) blocks += count;
    volumes.emplace_back(volume->location().path,
                         Object({{"freeSpace", std::to_string(volume->remaining())},
                                 {"usedSpace", std::to_string(volume->used())},
                                 {"reservedSpace", std::to_string(volume->reserved_bytes)},
                                 {"reservedSpaceForReplicas", std::to_string(volume->reserved_for_rbw)},
                                 {"numBlocks", std::to_string(blocks)},
                                 {"storageType", JsonString(NameOf(volume->location().type))}}));
  }
  return Object(volumes);
}

std::string ActorInfoJson(const NodeContext& node, const PoolService& service) {
  std::string out = "[";
  for (const auto& actor : service.actors()) {
    if (out.size() > 1) out += ",";
    int64_t seconds = ToMillis(node.env.loop.Now() - actor->last_heartbeat()) / 1000;
    out += Object({{"NamenodeAddress", JsonString(actor->namenode().ToString())},
                   {"NamenodeHaState", JsonString(service.active() == actor.get() ? "active" : "standby")},
                   {"BlockPoolID", JsonString(service.pool().pool_id)},
                   {"ActorState", JsonString(actor->registered() ? "RUNNING" : "CONNECTING")},
                   {"LastHeartbeat", JsonString(std::to_string(seconds))},
                   {"LastHeartbeatResponseTime", JsonString(std::to_string(seconds))}});
  }
  return out + "]";
}

struct Totals {
  uint64_t capacity = 0, used = 0, remaining = 0;
};

Totals TotalsOf(const BlockStore& store) {
  Totals totals;
  for (const auto& volume : store.volumes()) {
    if (volume->failed) continue;
    totals.capacity += volume->capacity();
    totals.used += volume->used();
    totals.remaining += volume->remaining();
  }
  return totals;
}

void FillDataNodeInfo(const NodeContext& node, const PoolService& service, int64_t started_wall_ms, Bean& bean) {
  std::vector<std::pair<std::string, std::string>> namenodes;
  for (const auto& actor : service.actors()) namenodes.emplace_back(actor->namenode().host, JsonString(service.pool().pool_id));
  bean.Set("Version", kSoftwareVersion)
      .Set("SoftwareVersion", kSoftwareVersion)
      .Set("DNStartedTimeInMillis", started_wall_ms)
      .Set("DatanodeHostname", node.identity.hostname)
      .Set("DataPort", std::to_string(node.identity.xfer_port))
      .Set("RpcPort", std::to_string(node.identity.ipc_port))
      .Set("HttpPort", std::to_string(node.identity.info_port))
      .Set("NamenodeAddresses", Object(namenodes))
      .Set("ClusterId", service.pool().cluster_id)
      .Set("VolumeInfo", VolumeInfoJson(node.store))
      .Set("BPServiceActorInfo", ActorInfoJson(node, service))
      .Set("XceiverCount", node.xfer.counters.xceivers)
      .Set("XmitsInProgress", node.xfer.counters.transfers)
      .Set("ActiveTransferThreadCount", node.xfer.counters.transfers)
      .SetJson("DatanodeNetworkCounts", "[ ]")
      .Set("DiskBalancerStatus", "{\"currentState\":[],\"result\":\"NO_PLAN\",\"planID\":\"\",\"planFile\":\"\"}")
      .SetJson("SendPacketDownstreamAvgInfo", "null")
      .SetJson("SlowDisks", "null")
      .Set("SecurityEnabled", false);
}

void FillDatasetState(const NodeContext& node, Bean& bean) {
  Totals totals = TotalsOf(node.store);
  const VolumeFailures& failures = node.store.failures();
  std::string failed = "[";
  for (const std::string& location : failures.locations) failed += (failed.size() > 1 ? "," : "") + JsonString(location);
  std::string folders;
  for (const auto& volume : node.store.volumes()) folders += (folders.empty() ? "" : ", ") + volume->location().path;
  const std::string info = "FSDataset{dirpath='[" + folders + "]'}";
  bean.Set("tag.Context", "FSDatasetState").Set("tag.StorageInfo", info).Set("tag.Hostname", node.identity.hostname).Set("StorageInfo", info)
      .Set("Capacity", totals.capacity)
      .Set("DfsUsed", totals.used)
      .Set("Remaining", totals.remaining)
      .Set("NumFailedVolumes", failures.locations.size())
      .SetJson("FailedStorageLocations", failed + "]")
      .Set("LastVolumeFailureDate", failures.last_wall_ms)
      .Set("EstimatedCapacityLostTotal", failures.capacity_lost)
      .Set("CacheUsed", 0)
      .Set("CacheCapacity", 0)
      .Set("NumBlocksCached", 0)
      .Set("NumBlocksFailedToCache", 0)
      .Set("NumBlocksFailedToUnCache", 0)
      .Set("NumBlocksFailedToUncache", 0)
      .Set("LastDirectoryScannerFinishTime", 0)
      .Set("LastDirScannerFinishTime", 0)
      .Set("PendingAsyncDeletions", 0);
}

// Hadoop's name for a kind of operation: how often, and how long it took on average.
void SetTime(Bean& bean, const std::string& name, const LatencyHistogram& histogram, double unit_per_ms = 1) {
  bean.Set(name + "NumOps", histogram.count()).Set(name + "AvgTime", histogram.MeanMillis() * unit_per_ms);
}

void FillActivity(const NodeContext& node, const PoolService& service, Bean& bean) {
  constexpr double kNanosPerMs = 1e6;
  const XferCounters& counters = node.xfer.counters;
  const NamenodeTraffic& traffic = service.traffic();
  bean.SetJson("tag.SessionId", "null").Set("tag.Context", "dfs").Set("tag.Hostname", node.identity.hostname);
  SetTime(bean, "ReadBlockOp", counters.read_op);
  SetTime(bean, "WriteBlockOp", counters.write_op);
  SetTime(bean, "FsyncNanos", counters.disk_sync, kNanosPerMs);
  SetTime(bean, "Heartbeats", traffic.heartbeats);
  SetTime(bean, "HeartbeatsTotal", traffic.heartbeats);
  SetTime(bean, "BlockReports", traffic.full_reports);
  SetTime(bean, "IncrementalBlockReports", traffic.incremental_reports);
  bean.Set("TotalReadTime", ToMillis(counters.read_op.sum())).Set("TotalWriteTime", ToMillis(counters.write_op.sum()));
  bean.Set("FsyncCount", counters.disk_sync.count()).Set("NumProcessedCommands", traffic.commands);
  bean.Set("PacketsReceived", counters.packets_received).Set("PacketsSlowWriteToDisk", counters.packets_slow_to_disk);
  bean.Set("PacketsSlowWriteToMirror", counters.packets_slow_to_mirror).Set("SlowAckToUpstreamCount", counters.acks_slow_to_upstream);
  bean.Set("SlowFlushOrSyncCount", counters.syncs_slow).Set("BlocksRemoved", traffic.blocks_removed);
  bean.Set("DataNodeActiveXceiversCount", counters.xceivers).Set("DataNodeWriteActiveXceiversCount", counters.writers);
  bean.Set("BlockVerificationFailures", counters.checksum_errors);
  bean.Set("BytesWritten", counters.bytes_written).Set("BytesRead", counters.bytes_read);
  bean.Set("BlocksWritten", counters.blocks_written).Set("BlocksRead", counters.blocks_read);
  bean.Set("BlocksReplicated", counters.blocks_replicated).Set("VolumeFailures", node.store.failures().locations.size());
  // What Hadoop does and tusk does not: caching, memory disks, erasure coding, lifelines.
  for (const char* name : {"BlocksCached", "BlocksUncached", "EcDecodingTimeNanos", "EcFailedReconstructionTasks", "EcInvalidReconstructionTasks",
                           "EcReconstructionBytesRead", "EcReconstructionBytesWritten", "EcReconstructionDecodingTimeMillis",
                           "EcReconstructionReadTimeMillis", "EcReconstructionRemoteBytesRead", "EcReconstructionTasks",
                           "EcReconstructionValidateTimeMillis", "EcReconstructionWriteTimeMillis", "RamDiskBlocksDeletedBeforeLazyPersisted",
                           "RamDiskBlocksEvicted", "RamDiskBlocksEvictedWithoutRead", "RamDiskBlocksLazyPersisted", "RamDiskBlocksReadHits",
                           "RamDiskBlocksWrite", "RamDiskBlocksWriteFallback", "RamDiskBytesLazyPersisted", "RamDiskBytesWrite",
                           "CacheReportsNumOps", "LifelinesNumOps", "RamDiskBlocksEvictionWindowMsNumOps",
                           "RamDiskBlocksLazyPersistWindowMsNumOps"}) {
    bean.Set(name, 0);
  }
  for (const char* name : {"CacheReports", "Lifelines", "RamDiskBlocksEvictionWindowMs", "RamDiskBlocksLazyPersistWindowMs"}) {
    bean.Set(std::string(name) + "AvgTime", 0.0);
  }
}

void FillVolume(const Volume& volume, const std::string& host, Bean& bean) {
  const VolumeTraffic& traffic = volume.traffic;
  bean.Set("tag.Context", "dfs").Set("tag.Hostname", host);
  SetTime(bean, "ReadIoRate", traffic.read);
  SetTime(bean, "WriteIoRate", traffic.write);
  SetTime(bean, "SyncIoRate", traffic.sync);
  bean.Set("TotalDataFileIos", traffic.read.count() + traffic.write.count() + traffic.sync.count());
  bean.Set("TotalFileIoErrors", traffic.errors);
}

void CollectVolumes(const BlockStore& store, MetricSink& sink) {
  for (const auto& volume : store.volumes()) {
    const MetricLabels of{{"volume", volume->location().path}};
    const VolumeTraffic& traffic = volume->traffic;
    sink.Counter("tusk_datanode_volume_read_bytes_total", "Bytes of replicas read from a volume.", of, static_cast<double>(traffic.bytes_read));
    sink.Counter("tusk_datanode_volume_written_bytes_total", "Bytes of replicas written to a volume.", of, static_cast<double>(traffic.bytes_written));
    sink.Counter("tusk_datanode_volume_errors_total", "Reads and writes that failed.", of, static_cast<double>(traffic.errors));
    sink.Latency("tusk_datanode_volume_read_seconds", "Time to bring a part of a replica into memory.", of, traffic.read);
    sink.Latency("tusk_datanode_volume_write_seconds", "Time to write a batch of packets.", of, traffic.write);
    sink.Latency("tusk_datanode_volume_sync_seconds", "Time of a sync that a writer asked for.", of, traffic.sync);
  }
}

void Collect(const NodeContext& node, const PoolService& service, MetricSink& sink) {
  CollectVolumes(node.store, sink);
  sink.Latency("tusk_datanode_heartbeat_seconds", "Time until a namenode answered a heartbeat.", {}, service.traffic().heartbeats);
  sink.Latency("tusk_datanode_block_report_seconds", "Time until a namenode answered a full block report.", {}, service.traffic().full_reports);
  sink.Latency("tusk_datanode_incremental_report_seconds", "Time until a namenode answered an incremental report.", {},
               service.traffic().incremental_reports);

  const XferCounters& counters = node.xfer.counters;
  auto counter = [&](const char* name, const char* help, uint64_t value) {
    sink.Counter(name, help, {}, static_cast<double>(value));
  };
  counter("tusk_datanode_bytes_written_total", "Bytes written to replicas.", counters.bytes_written);
  counter("tusk_datanode_bytes_read_total", "Bytes sent to readers and to datanodes.", counters.bytes_read);
  counter("tusk_datanode_blocks_written_total", "Replicas received whole.", counters.blocks_written);
  counter("tusk_datanode_blocks_read_total", "Reads served to their end.", counters.blocks_read);
  counter("tusk_datanode_blocks_replicated_total", "Replicas sent to other datanodes.", counters.blocks_replicated);
  counter("tusk_datanode_checksum_errors_total", "Damaged packets received.", counters.checksum_errors);
  counter("tusk_datanode_packets_slow_to_disk_total", "Writes to disk that took more than the warning threshold.", counters.packets_slow_to_disk);
  sink.Latency("tusk_datanode_read_seconds", "Time to send what a reader asked for.", {}, counters.read_op);
  sink.Latency("tusk_datanode_block_receive_seconds", "Time to receive one replica.", {}, counters.write_op);
  sink.Latency("tusk_datanode_packet_write_seconds", "Time to write a batch of packets to disk.", {}, counters.disk_write);
  Totals totals = TotalsOf(node.store);
  auto gauge = [&](const char* name, const char* help, uint64_t value) { sink.Gauge(name, help, {}, static_cast<double>(value)); };
  gauge("tusk_datanode_xceivers", "Open data connections.", counters.xceivers);
  gauge("tusk_datanode_writers", "Blocks being written.", counters.writers);
  gauge("tusk_datanode_capacity_bytes", "Capacity of the good volumes.", totals.capacity);
  gauge("tusk_datanode_used_bytes", "Bytes of block and meta files.", totals.used);
  gauge("tusk_datanode_remaining_bytes", "Bytes that new replicas may take.", totals.remaining);
  gauge("tusk_datanode_failed_volumes", "Volumes that were dropped.", node.store.failures().locations.size());
}

}  // namespace

void ExportDataNode(NodeContext& node, PoolService& service, MetricRegistry& metrics) {
  int64_t started = node.env.clock.WallMillis();
  metrics.AddBean("Hadoop:service=DataNode,name=DataNodeInfo",
                  [&node, &service, started](Bean& bean) { FillDataNodeInfo(node, service, started, bean); },
                  "org.apache.hadoop.hdfs.server.datanode.DataNode");
  metrics.AddBean("Hadoop:service=DataNode,name=FSDatasetState", [&node](Bean& bean) { FillDatasetState(node, bean); },
                  "FSDatasetState");
  metrics.AddBean("Hadoop:service=DataNode,name=FSDatasetState-" + node.identity.uuid, [&node](Bean& bean) { FillDatasetState(node, bean); },
                  "org.apache.hadoop.hdfs.server.datanode.fsdataset.impl.FsDatasetImpl");
  metrics.AddBean("Hadoop:service=DataNode,name=DataNodeActivity-" + node.identity.hostname + "-" + std::to_string(node.identity.xfer_port),
                  [&node, &service](Bean& bean) { FillActivity(node, service, bean); });
  for (const auto& volume : node.store.volumes()) {
    metrics.AddBean("Hadoop:service=DataNode,name=DataNodeVolume-" + volume->location().path,
                    [&node, &volume = *volume](Bean& bean) { FillVolume(volume, node.identity.hostname, bean); });
  }
  metrics.AddCollector([&node, &service](MetricSink& sink) { Collect(node, service, sink); });
}

}  // namespace tusk::dfs::datanode
