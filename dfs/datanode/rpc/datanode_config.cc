// Reading the datanode's keys.
#include "dfs/datanode/rpc/datanode_config.h"

#include <algorithm>

#include "base/config/configuration.h"
#include "dfs/datanode/datanode.h"

namespace tusk::dfs::datanode {
namespace {

constexpr uint16_t kNamenodePort = 8020;

// "hdfs://host:port" or "host:port".
Result<HostPort> NamenodeAddress(std::string_view text) {
  if (text.starts_with("hdfs://")) text.remove_prefix(7);
  text = text.substr(0, text.find('/'));
  return HostPort::Parse(text, kNamenodePort);
}

Status ReadNamenodes(const Configuration& conf, DataNodeConfig* config) {
  std::vector<std::string> services = conf.GetStrings("dfs.internal.nameservices");
  if (services.empty()) services = conf.GetStrings("dfs.nameservices");
  if (services.size() > 1) return Status(Code::kUnsupported, "dfs.nameservices: federation is not supported yet");
  std::string suffix = services.empty() ? "" : "." + services.front();
  std::vector<std::string> nodes;
  if (!services.empty()) nodes = conf.GetStrings("dfs.ha.namenodes" + suffix);
  if (nodes.empty()) nodes.emplace_back();
  for (const std::string& node : nodes) {
    std::string tail = suffix + (node.empty() ? "" : "." + node);
    std::optional<std::string> address;
    for (const char* key : {"dfs.namenode.servicerpc-address", "dfs.namenode.rpc-address"}) {
      if (!address.has_value()) address = conf.Get(key + tail);
    }
    if (!address.has_value() && node.empty()) address = conf.Get("fs.defaultFS", "");
    if (!address.has_value() || address->empty() || address->starts_with("file:")) {
      return Status(Code::kInvalidArgument,
                    "Incorrect configuration: namenode address dfs.namenode.servicerpc-address or dfs.namenode.rpc-address is not configured.");
    }
    ASSIGN_OR_RETURN(HostPort parsed, NamenodeAddress(*address));
    config->namenodes.push_back(std::move(parsed));
  }
  return Status::Ok();
}

Status ReadAddress(const Configuration& conf, const char* key, HostPort* address) {
  auto text = conf.Get(key);
  if (!text.has_value()) return Status::Ok();
  auto parsed = HostPort::Parse(*text, address->port);
  if (!parsed.ok()) return parsed.status().WithContext(key);
  *address = *parsed;
  return Status::Ok();
}

Status ReadStore(const Configuration& conf, const std::string& user, StoreOptions* store) {
  std::vector<std::string> folders = conf.GetStrings("dfs.datanode.data.dir");
  if (folders.empty()) folders.push_back(conf.Get("hadoop.tmp.dir", "/tmp/hadoop-" + user) + "/dfs/data");
  for (const std::string& folder : folders) {
    auto location = ParseStorageLocation(folder);
    if (!location.ok()) return location.status().WithContext("dfs.datanode.data.dir");
    store->locations.push_back(*location);
  }
  ASSIGN_OR_RETURN(int64_t reserved, conf.GetBytes("dfs.datanode.du.reserved", 0));
  store->reserved_bytes = static_cast<uint64_t>(std::max<int64_t>(0, reserved));
  ASSIGN_OR_RETURN(store->sync_on_close, conf.GetBool("dfs.datanode.synconclose", false));
  store->prefer_available_space =
      conf.Get("dfs.datanode.fsdataset.volume.choosing.policy", "").ends_with("AvailableSpaceVolumeChoosingPolicy");
  return Status::Ok();
}

}  // namespace

Result<DataNodeConfig> DataNodeConfig::From(const Configuration& conf) {
  DataNodeConfig config;
  RETURN_IF_ERROR(ReadNamenodes(conf, &config));
  RETURN_IF_ERROR(ReadAddress(conf, "dfs.datanode.address", &config.data_bind));
  RETURN_IF_ERROR(ReadAddress(conf, "dfs.datanode.ipc.address", &config.ipc_bind));
  RETURN_IF_ERROR(ReadAddress(conf, "dfs.datanode.http.address", &config.http_bind));
  config.hostname = conf.Get("dfs.datanode.hostname", "");
  config.domain_socket_path = conf.Get("dfs.domain.socket.path", "");
  Configuration with_user = conf;  // what ${user.name} stands for
  with_user.Set("tusk.datanode.user", "${user.name}");
  config.user = with_user.Get("tusk.datanode.user", "");
  if (config.user.empty() || config.user.starts_with("${")) config.user = "hdfs";
  RETURN_IF_ERROR(ReadStore(conf, config.user, &config.store));

  ASSIGN_OR_RETURN(config.xfer.read_timeout, conf.GetDuration("dfs.client.socket-timeout", 60s, 1ms));
  ASSIGN_OR_RETURN(config.xfer.write_timeout, conf.GetDuration("dfs.datanode.socket.write.timeout", 480s, 1ms));
  ASSIGN_OR_RETURN(config.xfer.keepalive, conf.GetDuration("dfs.datanode.socket.reuse.keepalive", 4s, 1ms));
  ASSIGN_OR_RETURN(int64_t xceivers, conf.GetInt("dfs.datanode.max.transfer.threads", 4096));
  if (xceivers <= 0) return Status(Code::kInvalidArgument, "dfs.datanode.max.transfer.threads must be positive");
  config.xfer.xceivers_max = static_cast<size_t>(xceivers);
  config.xfer.slow_io = std::chrono::milliseconds(conf.GetInt("dfs.datanode.slow.io.warning.threshold.ms", 300).value_or(300));
  ASSIGN_OR_RETURN(config.block_tokens, conf.GetBool("dfs.block.access.token.enable", false));
  ASSIGN_OR_RETURN(config.block_tokens_protobuf, conf.GetBool("dfs.block.access.token.protobuf.enable", false));
  ASSIGN_OR_RETURN(config.xfer.sync_behind_writes, conf.GetBool("dfs.datanode.sync.behind.writes", false));
  ASSIGN_OR_RETURN(config.xfer.connect_by_hostname, conf.GetBool("dfs.datanode.use.datanode.hostname", false));

  ASSIGN_OR_RETURN(config.heartbeat_interval, conf.GetDuration("dfs.heartbeat.interval", 3s, 1s));
  ASSIGN_OR_RETURN(config.full_report_interval, conf.GetDuration("dfs.blockreport.intervalMsec", 6h, 1ms));
  ASSIGN_OR_RETURN(config.full_report_initial_delay, conf.GetDuration("dfs.blockreport.initialDelay", 0s, 1s));
  ASSIGN_OR_RETURN(int64_t threshold, conf.GetInt("dfs.blockreport.split.threshold", 1'000'000));
  config.report_split_threshold = static_cast<uint64_t>(std::max<int64_t>(0, threshold));
  ASSIGN_OR_RETURN(int64_t bandwidth, conf.GetBytes("dfs.datanode.balance.bandwidthPerSec", 100 << 20));
  ASSIGN_OR_RETURN(int64_t moves, conf.GetInt("dfs.datanode.balance.max.concurrent.moves", 100));
  if (bandwidth <= 0 || moves < 0) return Status(Code::kInvalidArgument, "dfs.datanode.balance.* must be positive");
  config.xfer.balance_bytes_per_second = static_cast<uint64_t>(bandwidth);
  config.xfer.balance_moves_max = static_cast<size_t>(moves);
  if (config.heartbeat_interval <= Duration::zero()) return Status(Code::kInvalidArgument, "dfs.heartbeat.interval must be positive");
  return config;
}

Result<std::unique_ptr<DataNode>> DataNode::Create(Env env, const Configuration& conf) {
  ASSIGN_OR_RETURN(DataNodeConfig config, DataNodeConfig::From(conf));
  return Create(env, conf, std::move(config));
}

}  // namespace tusk::dfs::datanode
