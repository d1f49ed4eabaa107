// The fake namenode and datanodes.
#include "dfs/client/testing/fake_cluster.h"

#include <algorithm>

#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

class FakeDatanode {
 public:
  FakeDatanode(FakeCluster& cluster, Env env, int index) : cluster_(cluster), env_(env), index_(index), scope_(env.loop) {}
  Status Start() {
    ASSIGN_OR_RETURN(listener_, env_.network.Listen({"127.0.0.1", 0}));
    port_ = listener_->local().port;
    scope_.Spawn(Accept());
    return Status::Ok();
  }
  Task<void> Stop() {
    listener_->Close();
    for (auto& stream : streams_) stream->Close();
    scope_.Cancel();
    co_await scope_.Join();
    streams_.clear();
  }
  uint16_t port() const { return port_; }
  DatanodeFaults faults;

 private:
  Task<void> Accept() {
    for (;;) {
      auto accepted = co_await listener_->Accept();
      if (!accepted.ok()) co_return;
      streams_.push_back(std::move(accepted).value());
      if (faults.closed) {
        streams_.back()->Close();
        continue;
      }
      scope_.Spawn(Serve(*streams_.back()));
    }
  }
  Task<void> Serve(Stream& stream) {
    FrameReader reader(stream, 64 << 10);
    for (;;) {
      auto op = co_await reader.ReadOp(kNever);
      if (!op.ok()) break;
      Status served;
      if (*op == Op::kWriteBlock) {
        served = co_await Write(stream, reader);
      } else if (*op == Op::kReadBlock) {
        served = co_await Read(stream, reader);
      } else {
        served = co_await Transfer(stream, reader);
      }
      if (!served.ok() || *op != Op::kReadBlock) break;
    }
    stream.Close();
  }

  // The replicas of the nodes of this pipeline.
  std::vector<std::string*> Replicas(const pb::OpWriteBlockProto& op, uint64_t block) {
    std::vector<std::string*> replicas{&cluster_.Data(index_, block)};
    for (const auto& target : op.targets()) {
      replicas.push_back(&cluster_.Data(cluster_.NodeOf(target.id().datanodeuuid()), block));
    }
    return replicas;
  }
  // A target that takes no connections breaks the set-up.
  const pb::DatanodeInfoProto* BadTarget(const pb::OpWriteBlockProto& op) {
    for (const auto& target : op.targets()) {
      if (cluster_.faults(cluster_.NodeOf(target.id().datanodeuuid())).closed) return &target;
    }
    return nullptr;
  }

  Task<Status> Write(Stream& stream, FrameReader& reader) {
    pb::OpWriteBlockProto op;
    CO_RETURN_IF_ERROR(co_await reader.ReadMessage(op, kNever));
    uint64_t block = op.header().baseheader().block().blockid();
    pb::BlockOpResponseProto response;
    const pb::DatanodeInfoProto* bad = BadTarget(op);
    response.set_status(bad == nullptr ? pb::SUCCESS : pb::ERROR);
    response.set_firstbadlink(bad == nullptr ? "" : TransferAddress(bad->id()));
    std::string bytes = EncodeDelimited(response);
    CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(bytes), kNever));
    if (bad != nullptr || op.stage() == pb::OpWriteBlockProto::PIPELINE_CLOSE_RECOVERY) co_return Status::Ok();
    auto replicas = Replicas(op, block);
    for (std::string* replica : replicas) {
      if (replica->size() < op.minbytesrcvd()) co_return Status(Code::kIOError, "replica is too short");
    }
    int packets = 0;
    for (;;) {
      auto packet = co_await reader.ReadPacket(kNever);
      if (!packet.ok()) co_return packet.status();
      ++packets;
      if (faults.close_after_packets >= 0 && packets > faults.close_after_packets) co_return Status(Code::kIOError, "dies");
      if (faults.hang_after_packets >= 0 && packets > faults.hang_after_packets) continue;
      DataChecksum checksum;
      if (checksum.FindMismatch(packet->data, packet->checksums)) co_return Status(Code::kIOError, "client sent bad sums");
      auto offset = static_cast<size_t>(packet->header.offset_in_block);
      for (std::string* replica : replicas) {
        if (replica->size() < offset) co_return Status(Code::kIOError, "hole");
        replica->resize(offset);
        *replica += AsText(packet->data);
      }
      PipelineAck ack;
      ack.seqno = packet->header.seqno;
      bool say_bad = faults.bad_ack_after_packets >= 0 && packets > faults.bad_ack_after_packets;
      for (int i = 0; i < static_cast<int>(replicas.size()); ++i) {
        ack.Add(say_bad && i == faults.bad_ack_index ? kTransferError : kTransferSuccess);
      }
      std::string encoded;
      AppendPipelineAck(ack, &encoded);
      bool last = packet->header.last_in_block;
      CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(encoded), kNever));
      if (last || say_bad) co_return Status::Ok();
    }
  }

  Task<Status> Read(Stream& stream, FrameReader& reader) {
    pb::OpReadBlockProto op;
    CO_RETURN_IF_ERROR(co_await reader.ReadMessage(op, kNever));
    const std::string& data = cluster_.Data(index_, op.header().baseheader().block().blockid());
    pb::BlockOpResponseProto response;
    if (faults.refuse_reads || op.offset() + op.len() > data.size()) {
      response.set_status(pb::ERROR);
      response.set_message("refused");
      std::string bytes = EncodeDelimited(response);
      CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(bytes), kNever));
      co_return Status(Code::kIOError, "refused");
    }
    uint64_t begin = op.offset() / 512 * 512;
    uint64_t end = std::min<uint64_t>((op.offset() + op.len() + 511) / 512 * 512, data.size());
    response.set_status(pb::SUCCESS);
    response.mutable_readopchecksuminfo()->mutable_checksum()->set_type(pb::CHECKSUM_CRC32C);
    response.mutable_readopchecksuminfo()->mutable_checksum()->set_bytesperchecksum(512);
    response.mutable_readopchecksuminfo()->set_chunkoffset(begin);
    std::string bytes = EncodeDelimited(response);
    CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(bytes), kNever));
    int64_t seqno = 0;
    for (uint64_t at = begin; at <= end;) {
      size_t count = std::min<uint64_t>(end - at, 8192);
      if (faults.close_read_after_packets >= 0 && seqno >= faults.close_read_after_packets) {
        co_return Status(Code::kIOError, "dies");
      }
      WritePacketBytes(ByteView(AsBytes(data)).subspan(at, count), at, seqno++, count == 0, &bytes);
      CO_RETURN_IF_ERROR(co_await stream.Write(AsBytes(bytes), kNever));
      if (count == 0) break;
      at += count;
    }
    pb::ClientReadStatusProto farewell;
    co_return co_await reader.ReadMessage(farewell, kNever);
  }

  void WritePacketBytes(ByteView data, uint64_t offset, int64_t seqno, bool last, std::string* out) {
    DataChecksum checksum;
    std::string sums(checksum.ChecksumBytesOf(data.size()), '\0');
    checksum.Compute(data, reinterpret_cast<uint8_t*>(sums.data()));
    uint8_t header[kPacketHeaderRoom];
    size_t size = EncodePacketHeader({static_cast<int64_t>(offset), seqno, last, static_cast<uint32_t>(data.size()), false},
                                     sums.size(), header);
    out->assign(reinterpret_cast<char*>(header), size);
    *out += sums;
    *out += AsText(data);
    if (faults.corrupt_reads && !data.empty()) out->back() ^= 1;
  }

  Task<Status> Transfer(Stream& stream, FrameReader& reader) {
    pb::OpTransferBlockProto op;
    CO_RETURN_IF_ERROR(co_await reader.ReadMessage(op, kNever));
    uint64_t block = op.header().baseheader().block().blockid();
    for (const auto& target : op.targets()) {
      cluster_.Data(cluster_.NodeOf(target.id().datanodeuuid()), block) = cluster_.Data(index_, block);
    }
    pb::BlockOpResponseProto response;
    response.set_status(pb::SUCCESS);
    std::string bytes = EncodeDelimited(response);
    co_return co_await stream.Write(AsBytes(bytes), kNever);
  }

  FakeCluster& cluster_;
  Env env_;
  int index_;
  uint16_t port_ = 0;
  TaskScope scope_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

FakeCluster::FakeCluster(Env env, int datanodes, uint32_t replication) : env_(env), replication_(replication) {
  for (int i = 0; i < datanodes; ++i) datanodes_.push_back(std::make_unique<FakeDatanode>(*this, env, i));
}
FakeCluster::~FakeCluster() = default;

Status FakeCluster::Start() {
  rpc::ServerOptions options;
  options.bind = {"127.0.0.1", 0};
  options.server_name = "fake-namenode";
  ASSIGN_OR_RETURN(server_, rpc::Server::Listen(env_, std::move(options)));
  server_->AddService(*this);
  server_->Start();
  for (auto& datanode : datanodes_) RETURN_IF_ERROR(datanode->Start());
  return Status::Ok();
}

Task<void> FakeCluster::Stop() {
  for (auto& datanode : datanodes_) co_await datanode->Stop();
  co_await server_->Shutdown();
}

DatanodeFaults& FakeCluster::faults(int datanode) { return datanodes_[static_cast<size_t>(datanode)]->faults; }

int FakeCluster::replicas_of_last_block(const std::string& path) const {
  return static_cast<int>(files_.at(path).blocks.back().nodes.size());
}

void FakeCluster::FillNode(int node, pb::DatanodeInfoProto* out) {
  auto* id = out->mutable_id();
  id->set_ipaddr("127.0.0.1");
  id->set_hostname("localhost");
  id->set_datanodeuuid(std::to_string(node));
  id->set_xferport(datanodes_[static_cast<size_t>(node)]->port());
  id->set_infoport(0);
  id->set_ipcport(0);
  out->set_location("/default-rack");
}

void FakeCluster::Fill(const Block& block, uint64_t offset, pb::LocatedBlockProto* out) {
  auto* b = out->mutable_b();
  b->set_poolid("BP-fake");
  b->set_blockid(block.id);
  b->set_generationstamp(block.stamp);
  b->set_numbytes(block.length);
  out->set_offset(offset);
  out->set_corrupt(false);
  auto* token = out->mutable_blocktoken();
  token->set_identifier("");
  token->set_password("");
  token->set_kind("");
  token->set_service("");
  for (int node : block.nodes) {
    FillNode(node, out->add_locs());
    out->add_storageids("DS-" + std::to_string(node));
    out->add_storagetypes(pb::DISK);
  }
}

FakeCluster::Block* FakeCluster::FindBlock(uint64_t id) {
  for (auto& [path, file] : files_) {
    for (Block& block : file.blocks) {
      if (block.id == id) return &block;
    }
  }
  return nullptr;
}

FakeCluster::Answer<pb::CreateResponseProto> FakeCluster::Create(rpc::CallContext&, const pb::CreateRequestProto& request) {
  File file;
  file.id = next_id_++;
  file.block_size = request.blocksize();
  files_[request.src()] = file;
  pb::CreateResponseProto response;
  auto* status = response.mutable_fs();
  status->set_filetype(pb::HdfsFileStatusProto::IS_FILE);
  status->set_path("");
  status->set_length(0);
  status->mutable_permission()->set_perm(0644);
  status->set_owner("me");
  status->set_group("us");
  status->set_modification_time(0);
  status->set_access_time(0);
  status->set_fileid(file.id);
  co_return response;
}

FakeCluster::Answer<pb::AddBlockResponseProto> FakeCluster::AddBlock(rpc::CallContext&,
                                                                     const pb::AddBlockRequestProto& request) {
  File& file = files_[request.src()];
  if (request.has_previous() && !file.blocks.empty()) file.blocks.back().length = request.previous().numbytes();
  Block block;
  block.id = next_id_++;
  for (int node = 0; node < static_cast<int>(datanodes_.size()) && block.nodes.size() < replication_; ++node) {
    bool excluded = false;
    for (const auto& other : request.excludenodes()) excluded |= NodeOf(other.id().datanodeuuid()) == node;
    if (!excluded) block.nodes.push_back(node);
  }
  if (block.nodes.empty()) {
    co_return Status(Code::kIOError, "could only be written to 0 of the 1 minReplication nodes");
  }
  file.blocks.push_back(block);
  pb::AddBlockResponseProto response;
  Fill(block, 0, response.mutable_block());
  co_return response;
}

FakeCluster::Answer<pb::AbandonBlockResponseProto> FakeCluster::AbandonBlock(rpc::CallContext&,
                                                                             const pb::AbandonBlockRequestProto& request) {
  auto& blocks = files_[request.src()].blocks;
  std::erase_if(blocks, [&](const Block& block) { return block.id == request.b().blockid(); });
  co_return pb::AbandonBlockResponseProto();
}

FakeCluster::Answer<pb::CompleteResponseProto> FakeCluster::Complete(rpc::CallContext&,
                                                                     const pb::CompleteRequestProto& request) {
  File& file = files_[request.src()];
  if (request.has_last() && !file.blocks.empty()) file.blocks.back().length = request.last().numbytes();
  file.open = false;
  pb::CompleteResponseProto response;
  response.set_result(true);
  co_return response;
}

FakeCluster::Answer<pb::FsyncResponseProto> FakeCluster::Fsync(rpc::CallContext&, const pb::FsyncRequestProto&) {
  co_return pb::FsyncResponseProto();
}

FakeCluster::Answer<pb::UpdateBlockForPipelineResponseProto> FakeCluster::UpdateBlockForPipeline(
    rpc::CallContext&, const pb::UpdateBlockForPipelineRequestProto& request) {
  pb::UpdateBlockForPipelineResponseProto response;
  Block block;
  block.id = request.block().blockid();
  block.stamp = next_stamp_++;
  Fill(block, 0, response.mutable_block());
  co_return response;
}

FakeCluster::Answer<pb::UpdatePipelineResponseProto> FakeCluster::UpdatePipeline(
    rpc::CallContext&, const pb::UpdatePipelineRequestProto& request) {
  ++pipeline_updates_;
  Block* block = FindBlock(request.oldblock().blockid());
  if (block == nullptr) co_return Status(Code::kIOError, "no such block");
  block->stamp = request.newblock().generationstamp();
  block->nodes.clear();
  for (const auto& node : request.newnodes()) block->nodes.push_back(NodeOf(node.datanodeuuid()));
  co_return pb::UpdatePipelineResponseProto();
}

FakeCluster::Answer<pb::GetAdditionalDatanodeResponseProto> FakeCluster::GetAdditionalDatanode(
    rpc::CallContext&, const pb::GetAdditionalDatanodeRequestProto& request) {
  Block block;
  block.id = request.blk().blockid();
  for (const auto& node : request.existings()) block.nodes.push_back(NodeOf(node.id().datanodeuuid()));
  for (int node = 0; node < static_cast<int>(datanodes_.size()); ++node) {
    bool known = std::find(block.nodes.begin(), block.nodes.end(), node) != block.nodes.end();
    for (const auto& other : request.excludes()) known |= NodeOf(other.id().datanodeuuid()) == node;
    if (known) continue;
    block.nodes.push_back(node);
    break;
  }
  pb::GetAdditionalDatanodeResponseProto response;
  Fill(block, 0, response.mutable_block());
  co_return response;
}

FakeCluster::Answer<pb::GetBlockLocationsResponseProto> FakeCluster::GetBlockLocations(
    rpc::CallContext&, const pb::GetBlockLocationsRequestProto& request) {
  pb::GetBlockLocationsResponseProto response;
  auto found = files_.find(request.src());
  if (found == files_.end()) co_return Status(Code::kFileNotFound, "File does not exist: " + request.src());
  auto* locations = response.mutable_locations();
  uint64_t offset = 0;
  for (const Block& block : found->second.blocks) {
    if (offset + block.length > request.offset() && offset < request.offset() + request.length()) {
      Fill(block, offset, locations->add_blocks());
    }
    offset += block.length;
  }
  locations->set_filelength(offset);
  locations->set_underconstruction(false);
  locations->set_islastblockcomplete(true);
  co_return response;
}

FakeCluster::Answer<pb::ReportBadBlocksResponseProto> FakeCluster::ReportBadBlocks(
    rpc::CallContext&, const pb::ReportBadBlocksRequestProto& request) {
  bad_block_reports_ += request.blocks_size();
  co_return pb::ReportBadBlocksResponseProto();
}

}  // namespace tusk::dfs
