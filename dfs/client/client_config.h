// What of Hadoop's configuration the client of hdfs:// reads, with Hadoop's keys and defaults.
#pragma once

#include <cstdint>
#include <string>

#include "base/config/configuration.h"
#include "base/core/result.h"
#include "base/core/time.h"
#include "dfs/common/checksum.h"

namespace tusk::dfs {

enum class ReplaceDatanodePolicy { kDisabled, kNever, kDefault, kAlways };

struct DfsClientConfig {
  uint64_t block_size = 128 << 20;      // dfs.blocksize
  uint32_t replication = 3;             // dfs.replication
  DataChecksum checksum;                // dfs.checksum.type, dfs.bytes-per-checksum
  uint32_t packet_bytes = 64 << 10;     // dfs.client-write-packet-size
  uint32_t umask = 022;                 // fs.permissions.umask-mode
  Duration socket_timeout = std::chrono::seconds(60);        // dfs.client.socket-timeout
  Duration timeout_per_node = std::chrono::seconds(5);       // added for each node of a pipeline
  Duration write_timeout = std::chrono::seconds(480);        // dfs.datanode.socket.write.timeout
  Duration locate_block_delay = std::chrono::milliseconds(400);  // dfs.client.block.write.locateFollowingBlock.*
  int locate_block_retries = 5;
  int block_write_retries = 3;          // dfs.client.block.write.retries
  int block_acquire_failures_max = 3;   // dfs.client.max.block.acquire.failures
  ReplaceDatanodePolicy replace_datanode = ReplaceDatanodePolicy::kDefault;
  bool replace_best_effort = false;     // ...replace-datanode-on-failure.best-effort
  bool use_datanode_hostname = false;   // dfs.client.use.datanode.hostname
  bool combine_crc = false;             // dfs.checksum.combine.mode = COMPOSITE_CRC
  bool short_circuit = false;           // dfs.client.read.shortcircuit
  bool short_circuit_skip_checksum = false;  // dfs.client.read.shortcircuit.skip.checksum
  std::string domain_socket_path{};     // dfs.domain.socket.path
  size_t short_circuit_cached_max = 256;  // dfs.client.read.shortcircuit.streams.cache.*
  Duration short_circuit_idle_max = std::chrono::minutes(5);
  Duration short_circuit_pause = std::chrono::seconds(600);  // dfs.client.domain.socket.disable.interval.seconds
  Duration rpc_timeout = std::chrono::seconds(120);  // ipc.client.rpc-timeout.ms
  int rpc_retries = 7;                  // from ipc.client.connect.max.retries and .retry.interval; about 11 s
  size_t connections_cached_max = 16;   // dfs.client.socketcache.*
  Duration connection_idle_max = std::chrono::seconds(3);

  // kInvalidArgument names the key whose value does not parse.
  static Result<DfsClientConfig> Read(const Configuration& configuration);
};

// "022", "0022", "u=rwx,g=rx,o=rx" as a umask's bits.
Result<uint32_t> ParseUmask(std::string_view text);

}  // namespace tusk::dfs
