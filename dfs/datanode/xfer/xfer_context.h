// XferContext: what every data transfer session of one datanode shares. The loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "base/env/env.h"
#include "base/env/network.h"
#include "base/metrics/metrics.h"
#include "dfs/common/block.h"
#include "dfs/common/block_token.h"
#include "dfs/datanode/xfer/balance_throttle.h"

namespace hadoop::hdfs {
class DatanodeIDProto;
class DatanodeInfoProto;
}  // namespace hadoop::hdfs

namespace tusk::dfs::datanode {

class BlockStore;
class Volume;

struct XferOptions {
  Duration read_timeout = std::chrono::seconds(60);     // dfs.client.socket-timeout
  Duration write_timeout = std::chrono::seconds(480);   // dfs.datanode.socket.write.timeout
  Duration keepalive = std::chrono::seconds(4);         // dfs.datanode.socket.reuse.keepalive
  Duration slow_io = std::chrono::milliseconds(300);    // dfs.datanode.slow.io.warning.threshold.ms
  size_t xceivers_max = 4096;                           // dfs.datanode.max.transfer.threads
  size_t read_packet_bytes = 512 << 10;                 // data bytes of one packet that is sent
  bool sync_behind_writes = false;                      // dfs.datanode.sync.behind.writes
  std::string user{};                                   // in the tokens that this node makes
  bool connect_by_hostname = false;                     // dfs.datanode.use.datanode.hostname
  uint64_t balance_bytes_per_second = 100 << 20;        // dfs.datanode.balance.bandwidthPerSec
  size_t balance_moves_max = 100;                       // dfs.datanode.balance.max.concurrent.moves
};

struct XferCounters {
  uint64_t xceivers = 0;   // open connections
  uint64_t writers = 0;    // WRITE_BLOCK sessions in progress
  uint64_t transfers = 0;  // copies being sent to other datanodes
  uint64_t bytes_written = 0, bytes_read = 0;
  uint64_t blocks_written = 0, blocks_read = 0, blocks_replicated = 0;
  uint64_t short_circuits = 0;  // replicas whose open files were passed to a client
  uint64_t checksum_errors = 0;
  uint64_t packets_received = 0;
  uint64_t packets_slow_to_disk = 0, packets_slow_to_mirror = 0, acks_slow_to_upstream = 0, syncs_slow = 0;
  LatencyHistogram read_op, write_op;  // one READ_BLOCK, one WRITE_BLOCK, from the op to its end
  LatencyHistogram disk_write;         // one batch of packets to the block and its checksums
  LatencyHistogram disk_sync;
};

// What the sessions tell the rest of the datanode.
class XferHost {
 public:
  virtual ~XferHost() = default;
  // A replica that `source` (this node where null) sent or holds does not match its checksums.
  virtual void OnBadBlock(const ExtendedBlock& block, const hadoop::hdfs::DatanodeInfoProto* source, const Volume* volume) = 0;
  // Who this node is, for `source` of the blocks that it sends.
  virtual void FillSelf(hadoop::hdfs::DatanodeIDProto* id) const = 0;
};

struct XferContext {
  Env& env;
  BlockStore& store;
  XferHost& host;
  XferOptions options;
  XferCounters counters{};
  BlockTokenKeys tokens{};
  BalanceThrottle balance{env.loop, options.balance_bytes_per_second, options.balance_moves_max};
  std::unordered_set<Stream*> outgoing{};  // connections to other datanodes, for CloseOutgoing

  TimePoint ReadDeadline() const;
  TimePoint WriteDeadline() const;
  // At the end: ends what is being sent to or fetched from other datanodes.
  void CloseOutgoing();
};

// Keeps a connection in `outgoing` while it lives.
class OutgoingStream {
 public:
  OutgoingStream(XferContext& context, Stream& stream) : context_(context), stream_(stream) { context_.outgoing.insert(&stream_); }
  OutgoingStream(const OutgoingStream&) = delete;
  ~OutgoingStream() { context_.outgoing.erase(&stream_); }

 private:
  XferContext& context_;
  Stream& stream_;
};

// Where to connect to for data.
HostPort XferAddressOf(const hadoop::hdfs::DatanodeIDProto& id, bool by_hostname);
// What firstBadLink says: always "ip:port".
std::string XferNameOf(const hadoop::hdfs::DatanodeIDProto& id);

}  // namespace tusk::dfs::datanode
