// DataNodeConfig: the dfs.datanode.* (and related) keys that the datanode reads, with Hadoop's defaults, checked once
// at start. Deviations: ports bind 127.0.0.1 where no address is given; a failed volume is dropped while one is left
// (dfs.datanode.failed.volumes.tolerated is not read).
#pragma once

#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/network.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk {
class Configuration;
}

namespace tusk::dfs::datanode {

struct DataNodeConfig {
  std::vector<HostPort> namenodes;     // of the one nameservice; several: HA
  HostPort data_bind{"127.0.0.1", 9866};  // dfs.datanode.address
  HostPort ipc_bind{"127.0.0.1", 9867};   // dfs.datanode.ipc.address
  HostPort http_bind{"127.0.0.1", 9864};  // dfs.datanode.http.address
  std::string hostname;                // dfs.datanode.hostname; empty: this machine's
  std::string domain_socket_path;      // dfs.domain.socket.path; empty: no short-circuit reads
  std::string user;                    // who calls the namenode

  bool block_tokens = false;           // dfs.block.access.token.enable
  bool block_tokens_protobuf = false;  // dfs.block.access.token.protobuf.enable

  StoreOptions store;                  // dfs.datanode.data.dir, du.reserved, synconclose, volume choosing policy
  XferOptions xfer;

  Duration heartbeat_interval = std::chrono::seconds(3);              // dfs.heartbeat.interval
  Duration full_report_interval = std::chrono::hours(6);              // dfs.blockreport.intervalMsec
  Duration full_report_initial_delay{};                               // dfs.blockreport.initialDelay, at most
  uint64_t report_split_threshold = 1'000'000;                        // dfs.blockreport.split.threshold

  static Result<DataNodeConfig> From(const Configuration& conf);
};

}  // namespace tusk::dfs::datanode
