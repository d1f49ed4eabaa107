// FakeCluster: a namenode and datanodes in the test's process, speaking the real protocols over real sockets, keeping
// everything in memory, and failing on demand. The first datanode of a pipeline acts for all of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/rpc/server.h"
#include "dfs/client/dfs_context.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {

// What a datanode does wrong.
struct DatanodeFaults {
  int close_after_packets = -1;   // of a write: closes the connection when it has so many packets
  int hang_after_packets = -1;    // of a write: neither acks nor closes
  int bad_ack_after_packets = -1;  // of a write: says that the node `bad_ack_index` has failed
  int bad_ack_index = 0;
  bool refuse_reads = false;      // answers ERROR
  bool corrupt_reads = false;     // flips a bit of what it sends
  int close_read_after_packets = -1;
  bool closed = false;            // takes no connections
};

class FakeDatanode;

class FakeCluster : public hadoop::hdfs::ClientNamenodeProtocolService {
 public:
  FakeCluster(Env env, int datanodes, uint32_t replication);
  ~FakeCluster() override;
  Status Start();
  Task<void> Stop();

  HostPort address() const { return server_->address(); }
  DatanodeFaults& faults(int datanode);
  int bad_block_reports() const { return bad_block_reports_; }
  int pipeline_updates() const { return pipeline_updates_; }
  int blocks_of(const std::string& path) const { return static_cast<int>(files_.at(path).blocks.size()); }
  int replicas_of_last_block(const std::string& path) const;
  // Replica of a block, wherever it is.
  std::string& Data(int datanode, uint64_t block_id) { return data_[{datanode, block_id}]; }

 private:
  friend class FakeDatanode;
  template <typename T>
  using Answer = Task<Result<T>>;
  struct Block {
    uint64_t id = 0;
    uint64_t stamp = 1001;
    uint64_t length = 0;
    std::vector<int> nodes;
  };
  struct File {
    uint64_t id = 0;
    uint64_t block_size = 0;
    bool open = true;
    std::vector<Block> blocks;
  };
  Answer<hadoop::hdfs::CreateResponseProto> Create(rpc::CallContext&, const hadoop::hdfs::CreateRequestProto&) override;
  Answer<hadoop::hdfs::AddBlockResponseProto> AddBlock(rpc::CallContext&,
                                                       const hadoop::hdfs::AddBlockRequestProto&) override;
  Answer<hadoop::hdfs::AbandonBlockResponseProto> AbandonBlock(rpc::CallContext&,
                                                               const hadoop::hdfs::AbandonBlockRequestProto&) override;
  Answer<hadoop::hdfs::CompleteResponseProto> Complete(rpc::CallContext&,
                                                       const hadoop::hdfs::CompleteRequestProto&) override;
  Answer<hadoop::hdfs::FsyncResponseProto> Fsync(rpc::CallContext&, const hadoop::hdfs::FsyncRequestProto&) override;
  Answer<hadoop::hdfs::UpdateBlockForPipelineResponseProto> UpdateBlockForPipeline(
      rpc::CallContext&, const hadoop::hdfs::UpdateBlockForPipelineRequestProto&) override;
  Answer<hadoop::hdfs::UpdatePipelineResponseProto> UpdatePipeline(
      rpc::CallContext&, const hadoop::hdfs::UpdatePipelineRequestProto&) override;
  Answer<hadoop::hdfs::GetAdditionalDatanodeResponseProto> GetAdditionalDatanode(
      rpc::CallContext&, const hadoop::hdfs::GetAdditionalDatanodeRequestProto&) override;
  Answer<hadoop::hdfs::GetBlockLocationsResponseProto> GetBlockLocations(
      rpc::CallContext&, const hadoop::hdfs::GetBlockLocationsRequestProto&) override;
  Answer<hadoop::hdfs::ReportBadBlocksResponseProto> ReportBadBlocks(
      rpc::CallContext&, const hadoop::hdfs::ReportBadBlocksRequestProto&) override;

  void Fill(const Block& block, uint64_t offset, hadoop::hdfs::LocatedBlockProto* out);
  void FillNode(int node, hadoop::hdfs::DatanodeInfoProto* out);
  Block* FindBlock(uint64_t id);
  int NodeOf(const std::string& uuid) const { return std::atoi(uuid.c_str()); }

  Env env_;
  uint32_t replication_;
  std::unique_ptr<rpc::Server> server_;
  std::vector<std::unique_ptr<FakeDatanode>> datanodes_;
  std::map<std::string, File> files_;
  std::map<std::pair<int, uint64_t>, std::string> data_;
  uint64_t next_id_ = 1073741825;
  uint64_t next_stamp_ = 2000;
  int bad_block_reports_ = 0;
  int pipeline_updates_ = 0;
};

}  // namespace tusk::dfs
