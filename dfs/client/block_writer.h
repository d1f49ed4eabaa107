// BlockWriter: one block's write pipeline: set-up, packets out, acknowledgements in, and the repair of the pipeline
// when a datanode fails (left out, or replaced by the policy of the configuration; unacknowledged packets are sent
// again). Wire: hdfs-wire §3.4.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/write_packet.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

// The file whose block it is.
struct WrittenFile {
  std::string path;
  uint64_t file_id = 0;
  uint64_t block_size = 0;
  uint32_t replication = 1;
  DataChecksum checksum;
  bool lazy_persist = false;
  std::vector<hadoop::hdfs::DatanodeInfoProto> failed;  // while it was written; not to be offered again
};

class BlockWriter {
 public:
  // `context` and `file` outlive the writer.
  BlockWriter(DfsContext& context, WrittenFile& file);
  ~BlockWriter();  // drops the pipeline
  BlockWriter(const BlockWriter&) = delete;

  // Allocates the block that follows `previous` and builds its pipeline.
  Task<Status> StartNew(std::optional<hadoop::hdfs::ExtendedBlockProto> previous);
  // Opens the pipeline of an existing last block, to go on at its end.
  Task<Status> StartAppend(hadoop::hdfs::LocatedBlockProto block);
  // Sends sealed packets, waiting while the window is full; repairs the pipeline when it has failed.
  Task<Status> Send(std::vector<std::unique_ptr<WritePacket>> packets);
  // Until everything that was sent is acknowledged.
  Task<Status> WaitAcked();
  // Sends the sealed packet `last` (last_in_block) and waits until the datanodes have finalized.
  Task<Status> Finish(std::unique_ptr<WritePacket> last);
  // A heartbeat, if nothing else has been sent for a while.
  Task<void> KeepAlive();

  // With the bytes acknowledged so far as its length.
  const hadoop::hdfs::ExtendedBlockProto& block() const { return block_; }
  // An acknowledged packet to use again; null if there is none.
  std::unique_ptr<WritePacket> TakeFree();

 private:
  struct Pipeline;
  enum class Stage { kCreate, kAppend, kAppendRecovery, kStreamingRecovery, kCloseRecovery };

  Task<Result<hadoop::hdfs::LocatedBlockProto>> Allocate(const std::optional<hadoop::hdfs::ExtendedBlockProto>& previous);
  void Adopt(const hadoop::hdfs::LocatedBlockProto& located);
  // Connects to nodes_[0] and sends WRITE_BLOCK. On failure bad_node_ says whom to blame.
  Task<Status> Connect(Stage stage, uint64_t new_stamp);
  Task<void> ReadAcks(std::shared_ptr<Pipeline> pipeline);
  void Acknowledge(Pipeline& pipeline, const PipelineAck& ack);
  void Fail(Status why, int bad_node);
  void DropPipeline();
  // Sends what is unacknowledged from this sequence number on.
  Task<Status> Write(int64_t from_seqno);
  Task<Status> Repair(bool closing);
  Task<Status> RepairOnce(bool closing);
  Task<Status> RemoveBadNode();
  bool WantsReplacement() const;
  Task<Status> AddReplacement();
  Task<Status> Transfer(const hadoop::hdfs::DatanodeInfoProto& from, const hadoop::hdfs::LocatedBlockProto& to, int index);

  DfsContext& context_;
  WrittenFile& file_;
  hadoop::hdfs::ExtendedBlockProto block_;
  hadoop::common::TokenProto token_;
  std::vector<hadoop::hdfs::DatanodeInfoProto> nodes_;
  std::vector<int> storage_types_;
  std::vector<std::string> storage_ids_;

  std::shared_ptr<Pipeline> pipeline_;
  Status failure_;     // why pipeline_ is broken
  int bad_node_ = -1;  // index in nodes_, -1 unknown
  std::deque<std::unique_ptr<WritePacket>> unacked_;
  std::vector<std::unique_ptr<WritePacket>> free_;
  AsyncEvent changed_;  // an ack came or the pipeline failed
  AsyncMutex writing_;  // one writer on the stream
  uint64_t sent_bytes_ = 0;
  int64_t last_acked_seqno_ = -1;
  int64_t last_repair_seqno_ = -2;  // acked seqno at the last repair
  int repairs_without_progress_ = 0;
  bool connected_once_ = false;  // until then an append's replicas may be finalized still
  bool appending_ = false;
  bool flushed_ = false;
  TimePoint last_sent_;

 public:
  void NoteFlushed() { flushed_ = true; }
};

}  // namespace tusk::dfs
