// Reading the client's keys.
#include "dfs/client/client_config.h"

#include <cstdlib>

namespace tusk::dfs {
namespace {

Status ReadPolicy(const Configuration& configuration, DfsClientConfig& config) {
  const std::string prefix = "dfs.client.block.write.replace-datanode-on-failure.";
  ASSIGN_OR_RETURN(bool enabled, configuration.GetBool(prefix + "enable", true));
  ASSIGN_OR_RETURN(config.replace_best_effort, configuration.GetBool(prefix + "best-effort", false));
  std::string policy = configuration.Get(prefix + "policy", "DEFAULT");
  if (!enabled) {
    config.replace_datanode = ReplaceDatanodePolicy::kDisabled;
  } else if (policy == "NEVER") {
    config.replace_datanode = ReplaceDatanodePolicy::kNever;
  } else if (policy == "ALWAYS") {
    config.replace_datanode = ReplaceDatanodePolicy::kAlways;
  } else if (policy == "DEFAULT") {
    config.replace_datanode = ReplaceDatanodePolicy::kDefault;
  } else {
    return Status(Code::kInvalidArgument, prefix + "policy: unknown policy " + policy);
  }
  return Status::Ok();
}

// One clause of a symbolic umask says what is allowed: "u=rwx" leaves no bit masked for the owner.
Result<uint32_t> ParseSymbolicUmask(std::string_view text) {
  uint32_t allowed = 0;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = std::min(text.find(',', at), text.size());
    std::string_view clause = text.substr(at, end - at);
    at = end + 1;
    size_t equals = clause.find('=');
    if (equals == std::string_view::npos) return Status(Code::kInvalidArgument, std::string(text));
    uint32_t bits = 0;
    for (char c : clause.substr(equals + 1)) {
      if (c != 'r' && c != 'w' && c != 'x') return Status(Code::kInvalidArgument, std::string(text));
      bits |= c == 'r' ? 4 : c == 'w' ? 2 : 1;
    }
    for (char c : clause.substr(0, equals)) {
      if (c == 'u' || c == 'a') allowed |= bits << 6;
      if (c == 'g' || c == 'a') allowed |= bits << 3;
      if (c == 'o' || c == 'a') allowed |= bits;
    }
  }
  return ~allowed & 0777;
}

// Hadoop waits a fixed time between its attempts to connect; ours begins at 100 ms and doubles up to 5 s. Gives the
// number of attempts that take about as long together.
Status ReadRpcRetries(const Configuration& configuration, DfsClientConfig& config) {
  using std::chrono::milliseconds;
  ASSIGN_OR_RETURN(int64_t count, configuration.GetInt("ipc.client.connect.max.retries", 10));
  ASSIGN_OR_RETURN(Duration interval,
                   configuration.GetDuration("ipc.client.connect.retry.interval", std::chrono::seconds(1), milliseconds(1)));
  ASSIGN_OR_RETURN(config.rpc_timeout,
                   configuration.GetDuration("ipc.client.rpc-timeout.ms", std::chrono::seconds(120), milliseconds(1)));
  if (config.rpc_timeout <= Duration(0)) config.rpc_timeout = std::chrono::seconds(120);
  Duration whole = std::clamp<int64_t>(count, 0, 1000) * interval;
  Duration pause = milliseconds(100);
  config.rpc_retries = 0;
  for (Duration waited{0}; waited < whole; ++config.rpc_retries) {
    waited += pause;
    pause = std::min<Duration>(pause * 2, std::chrono::seconds(5));
  }
  return Status::Ok();
}

Status ReadShortCircuit(const Configuration& configuration, DfsClientConfig& config) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const std::string prefix = "dfs.client.read.shortcircuit";
  ASSIGN_OR_RETURN(config.short_circuit, configuration.GetBool(prefix, false));
  ASSIGN_OR_RETURN(config.short_circuit_skip_checksum, configuration.GetBool(prefix + ".skip.checksum", false));
  config.domain_socket_path = configuration.Get("dfs.domain.socket.path", "");
  if (config.short_circuit && config.domain_socket_path.empty()) {
    return Status(Code::kHadoopIllegalArgument, "The short-circuit local reads feature is enabled but dfs.domain.socket.path is not set.");
  }
  ASSIGN_OR_RETURN(int64_t cached, configuration.GetInt(prefix + ".streams.cache.size", 256));
  config.short_circuit_cached_max = static_cast<size_t>(std::max<int64_t>(cached, 0));
  ASSIGN_OR_RETURN(config.short_circuit_idle_max,
                   configuration.GetDuration(prefix + ".streams.cache.expiry.ms", seconds(300), milliseconds(1)));
  ASSIGN_OR_RETURN(config.short_circuit_pause,
                   configuration.GetDuration("dfs.client.domain.socket.disable.interval.seconds", seconds(600), seconds(1)));
  return Status::Ok();
}

}  // namespace

Result<uint32_t> ParseUmask(std::string_view text) {
  bool octal = !text.empty() && text.size() <= 4;
  for (char c : text) octal = octal && c >= '0' && c <= '7';
  if (octal) return static_cast<uint32_t>(std::strtoul(std::string(text).c_str(), nullptr, 8)) & 0777;
  auto symbolic = ParseSymbolicUmask(text);
  if (symbolic.ok()) return symbolic;
  return Status(Code::kInvalidArgument, "Unable to parse configuration fs.permissions.umask-mode with value " +
                                            std::string(text) + " as octal or symbolic umask.");
}

Result<DfsClientConfig> DfsClientConfig::Read(const Configuration& configuration) {
  DfsClientConfig config;
  ASSIGN_OR_RETURN(int64_t block_size, configuration.GetBytes("dfs.blocksize", 128 << 20));
  ASSIGN_OR_RETURN(int64_t replication, configuration.GetInt("dfs.replication", 3));
  ASSIGN_OR_RETURN(int64_t chunk, configuration.GetInt("dfs.bytes-per-checksum", 512));
  ASSIGN_OR_RETURN(int64_t packet, configuration.GetInt("dfs.client-write-packet-size", 64 << 10));
  if (chunk <= 0 || chunk > (16 << 20)) return Status(Code::kInvalidArgument, "dfs.bytes-per-checksum: out of range");
  if (block_size <= 0 || block_size % chunk != 0) {
    return Status(Code::kHadoopIllegalArgument, "Invalid values: dfs.bytes-per-checksum (=" + std::to_string(chunk) +
                                                    ") must divide block size (=" + std::to_string(block_size) + ").");
  }
  config.block_size = static_cast<uint64_t>(block_size);
  config.replication = static_cast<uint32_t>(replication);
  config.packet_bytes = static_cast<uint32_t>(std::clamp<int64_t>(packet, 1024, 8 << 20));
  config.checksum.bytes_per_checksum = static_cast<uint32_t>(chunk);
  std::string type = configuration.Get("dfs.checksum.type", "CRC32C");
  config.checksum.type = type == "CRC32" ? ChecksumType::kCrc32
                         : type == "NULL" ? ChecksumType::kNull
                                          : ChecksumType::kCrc32c;
  ASSIGN_OR_RETURN(config.umask, ParseUmask(configuration.Get("fs.permissions.umask-mode", "022")));
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  ASSIGN_OR_RETURN(config.socket_timeout,
                   configuration.GetDuration("dfs.client.socket-timeout", seconds(60), milliseconds(1)));
  ASSIGN_OR_RETURN(config.write_timeout,
                   configuration.GetDuration("dfs.datanode.socket.write.timeout", seconds(480), milliseconds(1)));
  const std::string locate = "dfs.client.block.write.locateFollowingBlock.";
  ASSIGN_OR_RETURN(config.locate_block_delay,
                   configuration.GetDuration(locate + "initial.delay.ms", milliseconds(400), milliseconds(1)));
  ASSIGN_OR_RETURN(int64_t locate_retries, configuration.GetInt(locate + "retries", 5));
  ASSIGN_OR_RETURN(int64_t write_retries, configuration.GetInt("dfs.client.block.write.retries", 3));
  ASSIGN_OR_RETURN(int64_t acquire, configuration.GetInt("dfs.client.max.block.acquire.failures", 3));
  config.locate_block_retries = static_cast<int>(locate_retries);
  config.block_write_retries = static_cast<int>(write_retries);
  config.block_acquire_failures_max = static_cast<int>(acquire);
  RETURN_IF_ERROR(ReadPolicy(configuration, config));
  RETURN_IF_ERROR(ReadRpcRetries(configuration, config));
  ASSIGN_OR_RETURN(config.use_datanode_hostname, configuration.GetBool("dfs.client.use.datanode.hostname", false));
  config.combine_crc = configuration.Get("dfs.checksum.combine.mode", "MD5MD5CRC") == "COMPOSITE_CRC";
  ASSIGN_OR_RETURN(int64_t cached, configuration.GetInt("dfs.client.socketcache.capacity", 16));
  config.connections_cached_max = static_cast<size_t>(std::max<int64_t>(cached, 0));
  ASSIGN_OR_RETURN(config.connection_idle_max,
                   configuration.GetDuration("dfs.client.socketcache.expiryMsec", seconds(3), milliseconds(1)));
  RETURN_IF_ERROR(ReadShortCircuit(configuration, config));
  return config;
}

}  // namespace tusk::dfs
