// The Hadoop configuration of a one-machine cluster. Code keeps Hadoop's defaults; what differs here (short timers,
// shares of one machine) is listed in docs/deviations.md.
#include <algorithm>

#include "base/config/configuration.h"
#include "tools/tusk/cluster/site_files_internal.h"

namespace tusk::tools {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string At(uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

// The site file that Hadoop reads a key from.
std::string_view SiteOf(const std::string& key) {
  if (key.starts_with("dfs.")) return "hdfs-site.xml";
  if (key.starts_with("yarn.") && !key.starts_with("yarn.app.mapreduce.")) return "yarn-site.xml";
  if (key.starts_with("mapreduce.") || key.starts_with("mapred.") || key.starts_with("yarn.app.mapreduce.")) {
    return "mapred-site.xml";
  }
  return "core-site.xml";
}

// `pairs`, and then those of the user's settings that belong into this file.
Status WriteSite(Disk& disk, const ClusterLayout& layout, std::string_view file, const Pairs& pairs) {
  Configuration conf;
  for (const auto& [key, value] : pairs) conf.Set(key, value, "tusk up");
  for (const auto& [key, value] : layout.settings) {
    if (SiteOf(key) == file) conf.Set(key, value, "tusk up -D");
  }
  return disk.WriteFileAtomic(JoinPath(layout.conf_folder(), file), AsBytes(conf.ToXml()));
}

Pairs CoreSite(const ClusterLayout& layout) {
  return {{"fs.defaultFS", "hdfs://" + At(layout.namenode_rpc)},
          {"hadoop.tmp.dir", layout.folder + "/tmp"},
          {"hadoop.log.dir", layout.logs_folder()},  // audit logs; /logs/
          {"io.file.buffer.size", "131072"},
          // Java's client waits 10 x 1 s for a server that is down; on one machine a refused connection is final.
          {"ipc.client.connect.max.retries", "2"}};
}

Pairs HdfsSite(const ClusterLayout& layout) {
  return {{"dfs.replication", std::to_string(std::min(3, layout.datanodes))},
          {"dfs.namenode.name.dir", "file://" + layout.folder + "/data/namenode"},
          {"dfs.namenode.rpc-address", At(layout.namenode_rpc)},
          {"dfs.namenode.http-address", At(layout.namenode_http)},
          {"dfs.namenode.safemode.extension", "0"},
          {"dfs.namenode.safemode.min.datanodes", "1"},
          {"dfs.namenode.fs-limits.min-block-size", "16"},
          {"dfs.namenode.heartbeat.recheck-interval", "3000"},
          {"dfs.namenode.redundancy.interval.seconds", "1s"},
          {"dfs.heartbeat.interval", "1s"},
          {"dfs.namenode.decommission.interval", "2s"},
          {"dfs.client.use.datanode.hostname", "false"},
          {"dfs.namenode.datanode.registration.ip-hostname-check", "false"}};
}

std::string NodeMemoryMb(const ClusterLayout& layout, const MachineSize& machine) {
  // Three quarters of the machine, in steps of 256 MB; a job's master and one task need 1 GB.
  auto share = machine.memory_bytes / 4 * 3 / (1 << 20) / static_cast<uint64_t>(std::max(1, layout.nodemanagers));
  return std::to_string(std::max<uint64_t>(1024, share / 256 * 256));
}

// The list that the console and administrators edit; a resource manager reads it when it starts.
std::string ExcludedNodes(const ClusterLayout& layout) { return layout.conf_folder() + "/yarn.exclude"; }

Pairs YarnSite(const ClusterLayout& layout, const MachineSize& machine) {
  int cores = std::max(2, 2 * machine.cores / std::max(1, layout.nodemanagers));
  Pairs pairs = {{"yarn.resourcemanager.hostname", "127.0.0.1"},
                 {"yarn.resourcemanager.address", At(layout.rm_client)},
                 {"yarn.resourcemanager.scheduler.address", At(layout.rm_scheduler)},
                 {"yarn.resourcemanager.resource-tracker.address", At(layout.rm_tracker)},
                 {"yarn.resourcemanager.admin.address", At(layout.rm_admin)},
                 {"yarn.resourcemanager.webapp.address", At(layout.rm_http)},
                 {"yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", "100"},
                 {"yarn.nm.liveness-monitor.expiry-interval-ms", "10000"},
                 {"yarn.resourcemanager.nodes.exclude-path", ExcludedNodes(layout)},
                 // A restarted resource manager goes on with what runs; nodes report within a second.
                 {"yarn.resourcemanager.recovery.enabled", "true"},
                 {"tusk.resourcemanager.state-dir", layout.folder + "/data/resourcemanager"},
                 {"yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms", "2000"},
                 // Java's clients and masters wait half a minute before they try a lost resource manager again.
                 {"yarn.resourcemanager.connect.retry-interval.ms", "1000"},
                 // With a tenth of one machine, Hadoop's share, a second job's master would wait for the first job.
                 {"yarn.scheduler.capacity.maximum-am-resource-percent", "0.5"},
                 {"yarn.nodemanager.aux-services", "mapreduce_shuffle"},
                 {"yarn.nodemanager.recovery.enabled", "true"},
                 {"yarn.nodemanager.resource.memory-mb", NodeMemoryMb(layout, machine)},
                 {"yarn.nodemanager.resource.cpu-vcores", std::to_string(cores)},
                 {"yarn.nodemanager.vmem-check-enabled", "false"},
                 {"yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99"},
                 {"yarn.scheduler.minimum-allocation-mb", "128"},
                 {"yarn.log-aggregation-enable", "true"},
                 {"yarn.log.server.url", "http://" + At(layout.history_http) + "/jobhistory/logs"}};
  if (!layout.hadoop_jars.empty()) {
    pairs.emplace_back("yarn.application.classpath", layout.conf_folder() + "," + layout.hadoop_jars + "/*");
    pairs.emplace_back("yarn.nodemanager.env-whitelist", "JAVA_HOME,HADOOP_CONF_DIR,PATH,LANG,TZ");
    pairs.emplace_back("yarn.nodemanager.admin-env", "JAVA_HOME=" + layout.java_home);
  }
  return pairs;
}

// Hadoop 3.4 on Java 17 reaches into these packages.
constexpr const char* kJavaOpens =
    "--add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED "
    "--add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED "
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED "
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED --add-opens=java.base/sun.security.action=ALL-UNNAMED";

Pairs MapredSite(const ClusterLayout& layout) {
  Pairs pairs = {{"mapreduce.framework.name", "yarn"},
                 {"mapreduce.jobhistory.address", At(layout.history_rpc)},
                 {"mapreduce.jobhistory.admin.address", At(layout.history_admin)},
                 // Java's masters and clients ask once a second; here answers are ready sooner.
                 {"yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms", "250"},
                 {"mapreduce.client.progressmonitor.pollinterval", "250"},
                 {"mapreduce.jobhistory.webapp.address", At(layout.history_http)}};
  if (!layout.hadoop_jars.empty()) {
    std::string options = std::string("-Xmx512m ") + kJavaOpens;
    pairs.emplace_back("mapreduce.application.classpath", layout.conf_folder() + "," + layout.hadoop_jars + "/*");
    pairs.emplace_back("yarn.app.mapreduce.am.command-opts", options);
    pairs.emplace_back("mapreduce.map.java.opts", options);
    pairs.emplace_back("mapreduce.reduce.java.opts", options);
  }
  return pairs;
}

std::vector<std::string> AsSettings(const Pairs& pairs) {
  std::vector<std::string> settings;
  for (const auto& [key, value] : pairs) settings.push_back("-D" + key + "=" + value);
  return settings;
}

Pairs DatanodePairs(const ClusterLayout& layout, int index) {
  const auto& ports = layout.datanode_ports[static_cast<size_t>(index)];
  return {{"dfs.datanode.data.dir", "file://" + layout.folder + "/data/datanode" + std::to_string(index)},
          {"dfs.datanode.address", At(ports.transfer)},
          {"dfs.datanode.http.address", At(ports.http)},
          {"dfs.datanode.ipc.address", At(ports.ipc)},
          {"dfs.datanode.hostname", "127.0.0.1"}};
}

Pairs NodemanagerPairs(const ClusterLayout& layout, int index) {
  const auto& ports = layout.nodemanager_ports[static_cast<size_t>(index)];
  std::string name = "nodemanager" + std::to_string(index);
  return {{"yarn.nodemanager.address", At(ports.rpc)},
          {"yarn.nodemanager.localizer.address", At(ports.localizer)},
          {"yarn.nodemanager.webapp.address", At(ports.http)},
          {"mapreduce.shuffle.port", std::to_string(ports.shuffle)},
          {"yarn.nodemanager.local-dirs", layout.folder + "/data/" + name},
          {"yarn.nodemanager.recovery.dir", layout.folder + "/data/" + name + "-recovery"},
          {"yarn.nodemanager.log-dirs", layout.logs_folder() + "/" + name + "-containers"}};
}

}  // namespace

std::vector<std::string> DatanodeSettings(const ClusterLayout& layout, int index) {
  return AsSettings(DatanodePairs(layout, index));
}
std::vector<std::string> NodemanagerSettings(const ClusterLayout& layout, int index) {
  return AsSettings(NodemanagerPairs(layout, index));
}

Status WriteSiteFiles(Disk& disk, const ClusterLayout& layout, MachineSize machine) {
  Pairs hdfs = HdfsSite(layout);
  // What the console's buttons for datanodes edit; not where the user brings lists of his own.
  const bool own_lists = std::any_of(layout.settings.begin(), layout.settings.end(), [](const auto& setting) { return setting.first.starts_with("dfs.hosts"); });
  if (!own_lists) {
    const std::string hosts = layout.conf_folder() + "/dfs.hosts.json";
    hdfs.emplace_back("dfs.namenode.hosts.provider.classname", "org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager");
    hdfs.emplace_back("dfs.hosts", hosts);
    if (!disk.Exists(hosts)) RETURN_IF_ERROR(disk.WriteFileAtomic(hosts, AsBytes("[]\n")));
  }
  Pairs yarn = YarnSite(layout, machine);
  Pairs mapred = MapredSite(layout);
  // The first of each kind stands in the files, so that a daemon started by hand, or Java's, finds itself.
  for (auto& pair : DatanodePairs(layout, 0)) hdfs.push_back(pair);
  if (layout.nodemanagers > 0) {
    for (auto& pair : NodemanagerPairs(layout, 0)) yarn.push_back(pair);
  }
  if (!disk.Exists(ExcludedNodes(layout))) RETURN_IF_ERROR(disk.WriteFileAtomic(ExcludedNodes(layout), {}));
  RETURN_IF_ERROR(WriteSite(disk, layout, "core-site.xml", CoreSite(layout)));
  RETURN_IF_ERROR(WriteSite(disk, layout, "hdfs-site.xml", hdfs));
  RETURN_IF_ERROR(WriteSite(disk, layout, "yarn-site.xml", yarn));
  return WriteSite(disk, layout, "mapred-site.xml", mapred);
}

}  // namespace tusk::tools
