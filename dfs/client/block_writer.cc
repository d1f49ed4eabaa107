// The write pipeline of one block. Its repair is in block_repair.cc.
#include "dfs/client/block_writer.h"

#include "base/log/log.h"
#include "dfs/client/block_pipeline_internal.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/datatransfer.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

namespace {
constexpr size_t kUnackedMax = 80;     // packets; dfs.client.write.max-packets-in-flight
constexpr size_t kFreeMax = 100;       // packets kept for use again
constexpr size_t kAckBufferBytes = 4096;
}  // namespace

BlockWriter::BlockWriter(DfsContext& context, WrittenFile& file)
    : context_(context), file_(file), changed_(context.env().loop), writing_(context.env().loop) {}

BlockWriter::~BlockWriter() { DropPipeline(); }

void BlockWriter::DropPipeline() {
  if (pipeline_ == nullptr) return;
  pipeline_->owner = nullptr;
  pipeline_->stream->Close();
  pipeline_ = nullptr;
}

std::unique_ptr<WritePacket> BlockWriter::TakeFree() {
  if (free_.empty()) return nullptr;
  auto packet = std::move(free_.back());
  free_.pop_back();
  return packet;
}

void BlockWriter::Adopt(const pb::LocatedBlockProto& located) {
  block_ = located.b();
  token_ = located.blocktoken();
  nodes_.assign(located.locs().begin(), located.locs().end());
  storage_types_.assign(located.storagetypes().begin(), located.storagetypes().end());
  storage_ids_.assign(located.storageids().begin(), located.storageids().end());
  storage_types_.resize(nodes_.size(), pb::DISK);
  storage_ids_.resize(nodes_.size());
}

Task<Result<pb::LocatedBlockProto>> BlockWriter::Allocate(const std::optional<pb::ExtendedBlockProto>& previous) {
  Duration delay = context_.config().locate_block_delay;
  // Hadoop waits 400 ms before it asks again; the report of the last block usually comes within a few.
  Duration quick = Millis(2);
  int retries = context_.config().locate_block_retries;
  for (;;) {
    pb::AddBlockRequestProto request;
    request.set_src(file_.path);
    request.set_clientname(context_.client_name());
    request.set_fileid(file_.file_id);
    if (previous.has_value()) *request.mutable_previous() = *previous;
    for (const auto& node : file_.failed) *request.add_excludenodes() = node;
    auto response = co_await context_.namenode().AddBlock(std::move(request));
    if (response.ok()) co_return std::move(*response->mutable_block());
    if (response.code() != Code::kNotReplicatedYet || retries == 0) co_return response.status();
    if (quick < delay) {
      CO_RETURN_IF_ERROR(co_await SleepFor(context_.env().loop, quick));
      quick *= 2;
    } else {
      --retries;
      CO_RETURN_IF_ERROR(co_await SleepFor(context_.env().loop, delay));
      delay *= 2;
    }
  }
}

Task<Status> BlockWriter::StartNew(std::optional<pb::ExtendedBlockProto> previous) {
  Status connected;
  for (int attempt = 0; attempt <= context_.config().block_write_retries; ++attempt) {
    CO_ASSIGN_OR_RETURN(pb::LocatedBlockProto located, co_await Allocate(previous));
    Adopt(located);
    if (nodes_.empty()) co_return Status(Code::kIOError, "no datanode for a new block of " + file_.path);
    block_.set_numbytes(0);
    connected = co_await Connect(Stage::kCreate, 0);
    if (connected.ok()) co_return Status::Ok();
    LogWarn("dfs-client", "abandoning block {} of {}: {}", block_.blockid(), file_.path, connected.ToString());
    pb::AbandonBlockRequestProto abandon;
    *abandon.mutable_b() = block_;
    abandon.set_src(file_.path);
    abandon.set_holder(context_.client_name());
    abandon.set_fileid(file_.file_id);
    auto abandoned = co_await context_.namenode().AbandonBlock(std::move(abandon));
    if (!abandoned.ok()) co_return abandoned.status();
    size_t bad = bad_node_ < 0 ? 0 : static_cast<size_t>(bad_node_);
    file_.failed.push_back(nodes_[bad]);
    bad_node_ = -1;
    failure_ = Status::Ok();
  }
  co_return Status(Code::kIOError, "Unable to create new block. " + std::string(connected.message()));
}

Task<Status> BlockWriter::StartAppend(pb::LocatedBlockProto block) {
  Adopt(block);
  appending_ = true;
  sent_bytes_ = block_.numbytes();
  if (nodes_.empty()) co_return Status(Code::kIOError, "no datanode has the last block of " + file_.path);
  pb::UpdateBlockForPipelineRequestProto request;
  *request.mutable_block() = block_;
  request.set_clientname(context_.client_name());
  auto updated = co_await context_.namenode().UpdateBlockForPipeline(std::move(request));
  if (!updated.ok()) co_return updated.status();
  uint64_t stamp = updated->block().b().generationstamp();
  token_ = updated->block().blocktoken();
  Status connected = co_await Connect(Stage::kAppend, stamp);
  if (!connected.ok()) {
    Fail(connected, bad_node_ < 0 ? 0 : bad_node_);
    co_return co_await Repair(false);
  }
  co_return co_await TellNamenode(context_, block_, stamp, nodes_, storage_ids_);
}

namespace {

// The WRITE_BLOCK operation for nodes[0], which passes it on to the others.
std::string EncodeWriteBlock(DfsContext& context, const WrittenFile& file, const pb::ExtendedBlockProto& block,
                             const hadoop::common::TokenProto& token, const std::vector<pb::DatanodeInfoProto>& nodes,
                             const std::vector<int>& storage_types, const std::vector<std::string>& storage_ids,
                             int stage, uint64_t bytes_max, uint64_t new_stamp) {
  pb::OpWriteBlockProto op;
  auto* header = op.mutable_header();
  header->set_clientname(context.client_name());
  *header->mutable_baseheader()->mutable_block() = block;
  header->mutable_baseheader()->mutable_block()->set_numbytes(file.block_size);
  *header->mutable_baseheader()->mutable_token() = token;
  op.set_stage(static_cast<pb::OpWriteBlockProto::BlockConstructionStage>(stage));
  op.set_pipelinesize(static_cast<uint32_t>(nodes.size()));
  op.set_minbytesrcvd(block.numbytes());
  op.set_maxbytesrcvd(bytes_max);
  op.set_latestgenerationstamp(new_stamp);
  op.mutable_requestedchecksum()->set_type(static_cast<pb::ChecksumTypeProto>(file.checksum.type));
  op.mutable_requestedchecksum()->set_bytesperchecksum(file.checksum.bytes_per_checksum);
  op.mutable_cachingstrategy();
  op.set_storagetype(static_cast<pb::StorageTypeProto>(storage_types[0]));
  op.set_storageid(storage_ids[0]);
  op.set_allowlazypersist(file.lazy_persist);
  op.set_pinning(false);
  for (size_t i = 1; i < nodes.size(); ++i) {
    *op.add_targets() = nodes[i];
    op.add_targetstoragetypes(static_cast<pb::StorageTypeProto>(storage_types[i]));
    op.add_targetpinnings(false);
    op.add_targetstorageids(storage_ids[i]);
  }
  return EncodeOp(Op::kWriteBlock, op);
}

}  // namespace

Task<Status> BlockWriter::Connect(Stage stage, uint64_t new_stamp) {
  DropPipeline();
  failure_ = Status::Ok();
  bad_node_ = 0;  // until the first node has answered
  Env& env = context_.env();
  const DfsClientConfig& config = context_.config();
  auto timeout = [&] { return env.clock.Now() + config.socket_timeout + config.timeout_per_node * nodes_.size(); };
  auto stream = co_await env.network.Connect(context_.connections().AddressOf(nodes_[0].id()), timeout());
  if (!stream.ok()) co_return stream.status();
  auto pipeline = std::make_shared<Pipeline>(std::move(stream).value(), kAckBufferBytes);
  constexpr int kStages[] = {pb::OpWriteBlockProto::PIPELINE_SETUP_CREATE, pb::OpWriteBlockProto::PIPELINE_SETUP_APPEND,
                             pb::OpWriteBlockProto::PIPELINE_SETUP_APPEND_RECOVERY, pb::OpWriteBlockProto::PIPELINE_SETUP_STREAMING_RECOVERY,
                             pb::OpWriteBlockProto::PIPELINE_CLOSE_RECOVERY};
  std::string op = EncodeWriteBlock(context_, file_, block_, token_, nodes_, storage_types_, storage_ids_,
                                    kStages[static_cast<int>(stage)], sent_bytes_, new_stamp);
  CO_RETURN_IF_ERROR(co_await pipeline->stream->Write(AsBytes(op), timeout()));
  pb::BlockOpResponseProto response;
  CO_RETURN_IF_ERROR(co_await pipeline->reader.ReadMessage(response, timeout()));
  if (response.status() != pb::SUCCESS) {
    const std::string& bad_link = response.firstbadlink();
    for (size_t i = 0; i < nodes_.size() && !bad_link.empty(); ++i) {
      if (TransferAddress(nodes_[i].id()) == bad_link) bad_node_ = static_cast<int>(i);
    }
    co_return Status(Code::kIOError, "Got error, status=" + std::to_string(response.status()) + ", status message " +
                                         response.message() + ", ack with firstBadLink as " + bad_link);
  }
  bad_node_ = -1;
  if (stage == Stage::kCloseRecovery) co_return Status::Ok();  // the datanode has finalized and closes
  pipeline->owner = this;
  pipeline_ = pipeline;
  connected_once_ = true;
  last_sent_ = env.clock.Now();
  context_.Spawn(ReadAcks(pipeline));
  co_return Status::Ok();
}

Task<void> BlockWriter::ReadAcks(std::shared_ptr<Pipeline> pipeline) {
  DfsContext& context = context_;
  Duration timeout = context.config().socket_timeout + context.config().timeout_per_node * nodes_.size();
  for (;;) {
    auto ack = co_await pipeline->reader.ReadPipelineAck(context.env().clock.Now() + timeout);
    if (pipeline->owner == nullptr) co_return;  // nobody listens any more
    if (!ack.ok()) {
      Fail(ack.status(), 0);
      co_return;
    }
    Acknowledge(*pipeline, *ack);
    if (pipeline->owner == nullptr || !failure_.ok() || pipeline->last_acked) co_return;
  }
}

void BlockWriter::Acknowledge(Pipeline& pipeline, const PipelineAck& ack) {
  for (size_t i = ack.replies.size(); i-- > 0;) {
    TransferStatus status = ack.StatusOf(i);
    if (status == kTransferSuccess) continue;
    Fail(Status(Code::kIOError, "Bad response " + std::to_string(status) + " for " + block_.poolid() + ":blk_" +
                                    std::to_string(block_.blockid()) + " from datanode " + std::to_string(i)),
         static_cast<int>(std::min(i, nodes_.size() - 1)));
    return;
  }
  if (ack.seqno == kHeartbeatSeqno) return;
  if (unacked_.empty() || unacked_.front()->seqno() != ack.seqno) {
    Fail(Status(Code::kIOError, "ResponseProcessor: Expecting seqno for block but received " + std::to_string(ack.seqno)), 0);
    return;
  }
  auto packet = std::move(unacked_.front());
  unacked_.pop_front();
  pipeline.last_acked = packet->last_in_block();
  last_acked_seqno_ = ack.seqno;
  block_.set_numbytes(packet->end_offset());
  if (free_.size() < kFreeMax) free_.push_back(std::move(packet));
  changed_.Set();
}

void BlockWriter::Fail(Status why, int bad_node) {
  if (!failure_.ok()) return;
  LogInfo("dfs-client", "pipeline of block {}: {}", block_.blockid(), why.ToString());
  failure_ = std::move(why);
  bad_node_ = bad_node;
  DropPipeline();
  changed_.Set();
}

Task<Status> BlockWriter::Write(int64_t from_seqno) {
  AsyncMutex::Guard guard = co_await writing_.Lock();
  auto pipeline = pipeline_;
  if (pipeline == nullptr) co_return Status::Ok();  // failed meanwhile; the repair sends again
  std::vector<ByteView> parts;
  for (const auto& packet : unacked_) {
    if (packet->seqno() < from_seqno) continue;
    parts.push_back(packet->bytes());
    sent_bytes_ = std::max(sent_bytes_, packet->end_offset());
  }
  if (parts.empty()) co_return Status::Ok();
  last_sent_ = context_.env().clock.Now();
  Status written = co_await pipeline->stream->WriteParts(std::move(parts), last_sent_ + context_.config().write_timeout);
  if (!written.ok() && pipeline == pipeline_) Fail(written, 0);
  co_return Status::Ok();
}

Task<Status> BlockWriter::Send(std::vector<std::unique_ptr<WritePacket>> packets) {
  size_t next = 0;
  while (next < packets.size()) {
    if (!failure_.ok()) CO_RETURN_IF_ERROR(co_await Repair(false));
    if (unacked_.size() >= kUnackedMax) {
      changed_.Reset();
      CO_RETURN_IF_ERROR(co_await changed_.Wait());
      continue;
    }
    int64_t from = packets[next]->seqno();
    while (next < packets.size() && unacked_.size() < kUnackedMax) unacked_.push_back(std::move(packets[next++]));
    CO_RETURN_IF_ERROR(co_await Write(from));
  }
  co_return Status::Ok();
}

Task<Status> BlockWriter::WaitAcked() {
  for (;;) {
    if (!failure_.ok()) CO_RETURN_IF_ERROR(co_await Repair(false));
    if (unacked_.empty()) co_return Status::Ok();
    changed_.Reset();
    CO_RETURN_IF_ERROR(co_await changed_.Wait());
  }
}

Task<Status> BlockWriter::Finish(std::unique_ptr<WritePacket> last) {
  CO_RETURN_IF_ERROR(co_await WaitAcked());
  int64_t seqno = last->seqno();
  unacked_.push_back(std::move(last));
  CO_RETURN_IF_ERROR(co_await Write(seqno));
  for (;;) {
    if (!failure_.ok()) {
      // All data is acknowledged: the datanodes only have to finalize, with a new stamp.
      unacked_.clear();
      co_return co_await Repair(true);
    }
    if (unacked_.empty()) break;
    changed_.Reset();
    CO_RETURN_IF_ERROR(co_await changed_.Wait());
  }
  DropPipeline();
  co_return Status::Ok();
}

Task<void> BlockWriter::KeepAlive() {
  auto pipeline = pipeline_;
  if (pipeline == nullptr || context_.env().clock.Now() - last_sent_ < context_.config().socket_timeout / 2) co_return;
  AsyncMutex::Guard guard = co_await writing_.Lock();
  if (pipeline != pipeline_) co_return;
  auto heartbeat = HeartbeatPacket();
  last_sent_ = context_.env().clock.Now();
  Status written = co_await pipeline->stream->Write(heartbeat, last_sent_ + context_.config().socket_timeout);
  if (!written.ok() && pipeline == pipeline_) Fail(written, 0);
}

}  // namespace tusk::dfs
