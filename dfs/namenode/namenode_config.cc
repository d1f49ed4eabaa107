// NameNodeConfig, see the header.
#include "dfs/namenode/namenode_config.h"

#include <algorithm>

namespace tusk::dfs {
namespace {

constexpr uint16_t kDefaultRpcPort = 8020;
constexpr uint16_t kDefaultHttpPort = 9870;
constexpr std::string_view kLoopback = "127.0.0.1";

Result<int64_t> BoundedInt(const Configuration& conf, std::string_view key, int64_t otherwise, int64_t least,
                           int64_t most) {
  ASSIGN_OR_RETURN(int64_t value, conf.GetInt(key, otherwise));
  if (value < least || value > most) {
    return Status(Code::kInvalidArgument, std::string(key) + ": " + std::to_string(value) + " is not between " +
                                              std::to_string(least) + " and " + std::to_string(most));
  }
  return value;
}

// "file:///a/b" or "/a/b" -> "/a/b"; storage type marks like "[SSD]" are dropped.
std::string FolderOf(std::string text) {
  if (!text.empty() && text.front() == '[') text.erase(0, text.find(']') + 1);
  if (text.starts_with("file:")) {
    text.erase(0, 5);
    if (text.starts_with("//")) text.erase(0, 2);
    if (!text.starts_with("/")) text.erase(0, text.find('/'));
  }
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

// The authority of "hdfs://host:port/..."; empty for other schemes.
std::string AuthorityOf(const std::string& uri) {
  constexpr std::string_view kScheme = "hdfs://";
  if (!uri.starts_with(kScheme)) return "";
  std::string rest = uri.substr(kScheme.size());
  return rest.substr(0, rest.find('/'));
}

Status ReadAddresses(const Configuration& conf, NameNodeConfig& config) {
  std::string rpc = conf.Get("dfs.namenode.rpc-address", "");
  if (rpc.empty()) rpc = AuthorityOf(conf.Get("fs.defaultFS", ""));
  if (rpc.empty()) {
    return Status(Code::kInvalidArgument,
                  "Invalid URI for NameNode address (check fs.defaultFS): neither dfs.namenode.rpc-address nor an "
                  "hdfs:// fs.defaultFS is set");
  }
  ASSIGN_OR_RETURN(config.rpc_address, HostPort::Parse(rpc, kDefaultRpcPort));
  config.rpc_bind = config.rpc_address;
  config.rpc_bind.host = conf.Get("dfs.namenode.rpc-bind-host", config.rpc_address.host);
  ASSIGN_OR_RETURN(config.http_bind,
                   HostPort::Parse(conf.Get("dfs.namenode.http-address", std::string(kLoopback) + ":9870"),
                                   kDefaultHttpPort));
  config.http_bind.host = conf.Get("dfs.namenode.http-bind-host", config.http_bind.host);
  config.static_web_user = conf.Get("hadoop.http.staticuser.user", config.static_web_user);
  return Status::Ok();
}

// The folders of a key, each once.
Result<std::vector<std::string>> FoldersOf(const Configuration& conf, const std::string& key) {
  std::vector<std::string> folders;
  for (const std::string& text : conf.GetStrings(key)) {
    std::string folder = FolderOf(text);
    if (!folder.starts_with("/")) return Status(Code::kInvalidArgument, key + ": " + folder + " is not an absolute path");
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(std::move(folder));
  }
  return folders;
}

Status ReadFolders(const Configuration& conf, NameNodeConfig& config) {
  ASSIGN_OR_RETURN(std::vector<std::string> images, FoldersOf(conf, "dfs.namenode.name.dir"));
  if (images.empty()) {
    images.push_back(FolderOf(conf.Get("hadoop.tmp.dir", "/tmp/hadoop-" + conf.Get("user.name", "tusk")) + "/dfs/name"));
  }
  ASSIGN_OR_RETURN(std::vector<std::string> edits, FoldersOf(conf, "dfs.namenode.edits.dir"));
  if (edits.empty()) edits = images;
  const auto contains = [](const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  for (const std::string& path : images) config.folders.push_back({path, true, contains(edits, path), false});
  for (const std::string& path : edits) {
    if (!contains(images, path)) config.folders.push_back({path, false, true, false});
  }
  ASSIGN_OR_RETURN(std::vector<std::string> required, FoldersOf(conf, "dfs.namenode.edits.dir.required"));
  for (const std::string& path : required) {
    if (!contains(edits, path)) {
      return Status(Code::kInvalidArgument, "Required edits directory " + path + " not found: it is not in dfs.namenode.edits.dir");
    }
    for (NameFolder& folder : config.folders) folder.required = folder.required || folder.path == path;
  }
  ASSIGN_OR_RETURN(int64_t least, BoundedInt(conf, "dfs.namenode.edits.dir.minimum", 1, 1, 1000));
  config.edits_folders_min = static_cast<size_t>(least);
  ASSIGN_OR_RETURN(config.restore_failed, conf.GetBool("dfs.namenode.name.dir.restore", false));
  config.hosts_file = conf.Get("dfs.hosts", "");
  config.hosts_exclude_file = conf.Get("dfs.hosts.exclude", "");
  return Status::Ok();
}

Status ReadResources(const Configuration& conf, NameNodeConfig& config) {
  ASSIGN_OR_RETURN(int64_t reserved, conf.GetBytes("dfs.namenode.resource.du.reserved", 104857600));
  config.resources.reserved_bytes = static_cast<uint64_t>(std::max<int64_t>(reserved, 0));
  ASSIGN_OR_RETURN(int64_t least, BoundedInt(conf, "dfs.namenode.resource.checked.volumes.minimum", 1, 0, 1000));
  config.resources.volumes_min = static_cast<size_t>(least);
  for (const NameFolder& folder : config.folders) {
    if (folder.edits) config.resources.volumes.push_back({folder.path, folder.required});
  }
  ASSIGN_OR_RETURN(std::vector<std::string> more, FoldersOf(conf, "dfs.namenode.resource.checked.volumes"));
  for (std::string& path : more) config.resources.volumes.push_back({std::move(path), true});
  ASSIGN_OR_RETURN(config.resource_interval, conf.GetDuration("dfs.namenode.resource.check.interval", 5s, 1ms));
  return Status::Ok();
}

Status ReadDatanodes(const Configuration& conf, NameNodeConfig& config) {
  ASSIGN_OR_RETURN(config.datanodes.heartbeat_interval, conf.GetDuration("dfs.heartbeat.interval", 3s, 1s));
  ASSIGN_OR_RETURN(config.datanodes.recheck_interval,
                   conf.GetDuration("dfs.namenode.heartbeat.recheck-interval", 300s, 1ms));
  ASSIGN_OR_RETURN(config.datanodes.stale_interval,
                   conf.GetDuration("dfs.namenode.stale.datanode.interval", 30s, 1ms));
  if (config.datanodes.heartbeat_interval <= 0s || config.datanodes.recheck_interval <= 0s) {
    return Status(Code::kInvalidArgument,
                  "dfs.heartbeat.interval and dfs.namenode.heartbeat.recheck-interval must be positive");
  }
  config.datanodes.stale_interval =
      std::max(config.datanodes.stale_interval, 3 * config.datanodes.heartbeat_interval);
  ASSIGN_OR_RETURN(int64_t leases, BoundedInt(conf, "dfs.namenode.max.full.block.report.leases", 6, 1, 100000));
  config.report_leases_max = static_cast<size_t>(leases);
  ASSIGN_OR_RETURN(config.report_lease_length,
                   conf.GetDuration("dfs.namenode.full.block.report.lease.length.ms", 300s, 1ms));
  return Status::Ok();
}

Status ReadBlocks(const Configuration& conf, NameNodeConfig& config) {
  BlockLimits& blocks = config.blocks;
  struct IntKey {
    const char* key;
    int* value;
    int64_t least;
    int64_t most;
  };
  const IntKey keys[] = {
      {"dfs.namenode.replication.min", &blocks.min_replication, 1, 512},
      {"dfs.namenode.replication.max-streams", &blocks.max_transfers, 1, 100000},
      {"dfs.namenode.replication.max-streams-hard-limit", &blocks.max_transfers_hard, 1, 100000},
      {"dfs.namenode.replication.work.multiplier.per.iteration", &blocks.work_multiplier, 1, 100000},
      {"dfs.block.invalidate.limit", &blocks.invalidate_limit, 1, 1000000},
      {"dfs.namenode.safemode.min.datanodes", &blocks.safe_mode_datanodes_min, 0, 1000000},
      {"dfs.replication.max", &config.replication_max, 1, 32767},
      {"dfs.namenode.fs-limits.max-component-length", &config.component_bytes_max, 0, 65535},
      {"dfs.namenode.fs-limits.max-blocks-per-file", &config.blocks_per_file_max, 1, 100000000},
      {"dfs.namenode.fs-limits.max-xattrs-per-inode", &config.xattrs_max, 0, 1000000},
      {"dfs.namenode.fs-limits.max-xattr-size", &config.xattr_bytes_max, 1, 32768},
      {"dfs.ls.limit", &config.listing_max, 1, 1000000},
      {"dfs.replication", &config.defaults.replication, 1, 512},
      {"dfs.bytes-per-checksum", &config.defaults.bytes_per_checksum, 1, 1 << 30},
      {"dfs.client-write-packet-size", &config.defaults.write_packet_size, 1, 1 << 30},
      {"io.file.buffer.size", &config.defaults.file_buffer_size, 1, 1 << 30},
  };
  for (const IntKey& key : keys) {
    ASSIGN_OR_RETURN(int64_t value, BoundedInt(conf, key.key, *key.value, key.least, key.most));
    *key.value = static_cast<int>(value);
  }
  ASSIGN_OR_RETURN(blocks.consider_load, conf.GetBool("dfs.namenode.redundancy.considerLoad", true));
  ASSIGN_OR_RETURN(blocks.consider_load_factor, conf.GetDouble("dfs.namenode.redundancy.considerLoad.factor", 2.0));
  ASSIGN_OR_RETURN(blocks.avoid_stale_for_write, conf.GetBool("dfs.namenode.avoid.write.stale.datanode", false));
  ASSIGN_OR_RETURN(blocks.avoid_stale_for_read, conf.GetBool("dfs.namenode.avoid.read.stale.datanode", false));
  ASSIGN_OR_RETURN(blocks.pending_timeout,
                   conf.GetDuration("dfs.namenode.reconstruction.pending.timeout-sec", 300s, 1s));
  blocks.recovery_timeout = 30 * config.datanodes.heartbeat_interval;
  ASSIGN_OR_RETURN(blocks.safe_mode_threshold, conf.GetDouble("dfs.namenode.safemode.threshold-pct", 0.999));
  ASSIGN_OR_RETURN(blocks.safe_mode_extension, conf.GetDuration("dfs.namenode.safemode.extension", 30s, 1ms));
  blocks.default_replication = config.defaults.replication;
  ASSIGN_OR_RETURN(config.block_tokens, conf.GetBool("dfs.block.access.token.enable", false));
  ASSIGN_OR_RETURN(config.block_tokens_protobuf, conf.GetBool("dfs.block.access.token.protobuf.enable", false));
  ASSIGN_OR_RETURN(int64_t update_minutes, BoundedInt(conf, "dfs.block.access.key.update.interval", 600, 1, 10'000'000));
  ASSIGN_OR_RETURN(int64_t lifetime_minutes, BoundedInt(conf, "dfs.block.access.token.lifetime", 600, 1, 10'000'000));
  config.block_key_interval = std::chrono::minutes(update_minutes);
  config.block_token_lifetime = std::chrono::minutes(lifetime_minutes);
  ASSIGN_OR_RETURN(config.redundancy_interval,
                   conf.GetDuration("dfs.namenode.redundancy.interval.seconds", 3s, 1s));
  ASSIGN_OR_RETURN(config.decommission_interval, conf.GetDuration("dfs.namenode.decommission.interval", 30s, 1s));
  if (config.redundancy_interval <= 0s) {
    return Status(Code::kInvalidArgument, "dfs.namenode.redundancy.interval.seconds must be positive");
  }
  return Status::Ok();
}

Status ReadNamespace(const Configuration& conf, NameNodeConfig& config) {
  ASSIGN_OR_RETURN(config.permissions_enabled, conf.GetBool("dfs.permissions.enabled", true));
  ASSIGN_OR_RETURN(config.acls_enabled, conf.GetBool("dfs.namenode.acls.enabled", true));
  ASSIGN_OR_RETURN(config.posix_acl_inheritance, conf.GetBool("dfs.namenode.posix.acl.inheritance.enabled", true));
  ASSIGN_OR_RETURN(config.xattrs_enabled, conf.GetBool("dfs.namenode.xattrs.enabled", true));
  config.supergroup = conf.Get("dfs.permissions.superusergroup", "supergroup");
  ASSIGN_OR_RETURN(config.block_size_min, conf.GetBytes("dfs.namenode.fs-limits.min-block-size", 1048576));
  ASSIGN_OR_RETURN(config.directory_items_max,
                   BoundedInt(conf, "dfs.namenode.fs-limits.max-directory-items", 1048576, 1, 6400000));
  ASSIGN_OR_RETURN(config.access_time_precision_ms, conf.GetInt("dfs.namenode.accesstime.precision", 3600000));
  ASSIGN_OR_RETURN(config.lease_hard_limit, conf.GetDuration("dfs.namenode.lease-hard-limit-sec", 1200s, 1s));
  ASSIGN_OR_RETURN(config.defaults.block_size, conf.GetBytes("dfs.blocksize", 134217728));
  ASSIGN_OR_RETURN(config.defaults.encrypt_data_transfer, conf.GetBool("dfs.encrypt.data.transfer", false));
  ASSIGN_OR_RETURN(Duration trash, conf.GetDuration("fs.trash.interval", 0s, 60s));
  config.defaults.trash_interval_minutes = ToMillis(trash) / 60000;
  return Status::Ok();
}

Status ReadTokens(const Configuration& conf, NameNodeConfig& config) {
  ASSIGN_OR_RETURN(config.issue_tokens, conf.GetBool("dfs.namenode.delegation.token.always-use", false));
  DelegationTokenPolicy& policy = config.token_policy;
  ASSIGN_OR_RETURN(policy.key_interval_ms, BoundedInt(conf, "dfs.namenode.delegation.key.update-interval",
                                                      policy.key_interval_ms, 1, INT64_MAX / 4));
  ASSIGN_OR_RETURN(policy.renew_interval_ms, BoundedInt(conf, "dfs.namenode.delegation.token.renew-interval",
                                                        policy.renew_interval_ms, 1, INT64_MAX / 4));
  ASSIGN_OR_RETURN(policy.lifetime_max_ms, BoundedInt(conf, "dfs.namenode.delegation.token.max-lifetime",
                                                      policy.lifetime_max_ms, 1, INT64_MAX / 4));
  return Status::Ok();
}

}  // namespace

Result<NameNodeConfig> NameNodeConfig::From(const Configuration& conf) {
  NameNodeConfig config;
  RETURN_IF_ERROR(ReadAddresses(conf, config));
  RETURN_IF_ERROR(ReadFolders(conf, config));
  RETURN_IF_ERROR(ReadResources(conf, config));
  RETURN_IF_ERROR(ReadDatanodes(conf, config));
  RETURN_IF_ERROR(ReadBlocks(conf, config));
  RETURN_IF_ERROR(ReadNamespace(conf, config));
  RETURN_IF_ERROR(ReadTokens(conf, config));
  return config;
}

}  // namespace tusk::dfs
