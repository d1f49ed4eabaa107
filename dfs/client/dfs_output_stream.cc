// Writing a file of hdfs://.
#include "dfs/client/dfs_output_stream.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr size_t kBatchPackets = 16;  // handed to the socket in one call

// The state of the open file; the stream is a handle to it, and the keeper of leases a second one.
class FileWriter : public KeptAlive {
 public:
  FileWriter(std::shared_ptr<DfsContext> context, WrittenFile file, uint64_t position)
      : context_(std::move(context)), file_(std::move(file)), position_(position) {
    uint32_t per_chunk = file_.checksum.bytes_per_checksum + file_.checksum.checksum_bytes();
    uint32_t room = context_->config().packet_bytes - static_cast<uint32_t>(kPacketHeaderRoom);
    chunks_max_ = std::max<uint32_t>(room / per_chunk, 1);
  }

  Task<Status> StartAppend(pb::LocatedBlockProto last) {
    block_position_ = last.b().numbytes();
    block_ = std::make_shared<BlockWriter>(*context_, file_);
    co_return co_await block_->StartAppend(std::move(last));
  }

  void StartAfter(pb::ExtendedBlockProto last) { previous_ = std::move(last); }

  Task<Status> Write(ByteView bytes);
  Task<Status> Flush(bool sync);
  Task<Status> Close();
  void Abandon() { block_ = nullptr; }
  uint64_t position() const { return position_; }
  Task<void> KeepAlive() override {
    auto block = block_;
    if (block != nullptr) co_await block->KeepAlive();
  }

  DfsContext& context() { return *context_; }

 private:
  std::unique_ptr<WritePacket> NewPacket();
  // Seals the packet in progress and puts it into the batch.
  void SealCurrent(bool sync);
  Task<Status> SendBatch();
  Task<Status> StartBlock();
  Task<Status> FinishBlock();
  Task<Status> Complete();

  std::shared_ptr<DfsContext> context_;
  WrittenFile file_;
  uint64_t position_;
  uint64_t block_position_ = 0;  // bytes of the current block, the packet in progress included
  uint32_t chunks_max_ = 126;
  int64_t next_seqno_ = 0;
  std::shared_ptr<BlockWriter> block_;  // null between blocks
  std::optional<pb::ExtendedBlockProto> previous_;
  std::unique_ptr<WritePacket> current_;
  std::vector<std::unique_ptr<WritePacket>> batch_;
  bool block_list_persisted_ = false;
};

std::unique_ptr<WritePacket> FileWriter::NewPacket() {
  auto packet = block_->TakeFree();
  if (packet == nullptr) packet = std::make_unique<WritePacket>(file_.checksum, chunks_max_);
  packet->Reset(block_position_);
  return packet;
}

void FileWriter::SealCurrent(bool sync) {
  current_->Seal(next_seqno_++, false, sync);
  batch_.push_back(std::move(current_));
}

Task<Status> FileWriter::SendBatch() {
  auto batch = std::move(batch_);
  batch_.clear();
  if (batch.empty()) co_return Status::Ok();
  co_return co_await block_->Send(std::move(batch));
}

Task<Status> FileWriter::StartBlock() {
  block_ = std::make_shared<BlockWriter>(*context_, file_);
  block_position_ = 0;
  next_seqno_ = 0;
  block_list_persisted_ = false;
  co_return co_await block_->StartNew(previous_);
}

Task<Status> FileWriter::FinishBlock() {
  if (current_ != nullptr && !current_->empty()) SealCurrent(false);
  current_ = nullptr;
  CO_RETURN_IF_ERROR(co_await SendBatch());
  auto last = NewPacket();
  last->Seal(next_seqno_++, true, false);
  CO_RETURN_IF_ERROR(co_await block_->Finish(std::move(last)));
  previous_ = block_->block();
  block_ = nullptr;
  co_return Status::Ok();
}

Task<Status> FileWriter::Write(ByteView bytes) {
  while (!bytes.empty()) {
    if (block_ == nullptr) CO_RETURN_IF_ERROR(co_await StartBlock());
    if (current_ == nullptr) current_ = NewPacket();
    uint64_t room = file_.block_size - block_position_;
    size_t count = current_->Append(bytes.first(std::min<uint64_t>(bytes.size(), room)));
    bytes = bytes.subspan(count);
    position_ += count;
    block_position_ += count;
    bool block_full = block_position_ == file_.block_size;
    if (current_->full() || block_full) SealCurrent(false);
    if (block_full) {
      CO_RETURN_IF_ERROR(co_await FinishBlock());
    } else if (batch_.size() >= kBatchPackets) {
      CO_RETURN_IF_ERROR(co_await SendBatch());
    }
  }
  // What is whole travels now; the rest waits for more.
  if (block_ != nullptr) CO_RETURN_IF_ERROR(co_await SendBatch());
  co_return Status::Ok();
}

Task<Status> FileWriter::Flush(bool sync) {
  if (block_ == nullptr) co_return Status::Ok();  // a finished block is on its datanodes
  if (current_ != nullptr && !current_->empty()) {
    SealCurrent(sync);
  } else if (sync) {
    current_ = NewPacket();
    SealCurrent(true);  // empty, only to say "sync"
  }
  current_ = nullptr;
  block_->NoteFlushed();
  CO_RETURN_IF_ERROR(co_await SendBatch());
  CO_RETURN_IF_ERROR(co_await block_->WaitAcked());
  if (block_list_persisted_) co_return Status::Ok();
  // Once per block: the namenode must not forget the block if it restarts.
  pb::FsyncRequestProto request;
  request.set_src(file_.path);
  request.set_client(context_->client_name());
  request.set_fileid(file_.file_id);
  auto synced = co_await context_->namenode().Fsync(std::move(request));
  if (!synced.ok()) co_return synced.status();
  block_list_persisted_ = true;
  co_return Status::Ok();
}

Task<Status> FileWriter::Complete() {
  Duration quick = Millis(1);
  Duration delay = context_->config().locate_block_delay;
  int retries = context_->config().locate_block_retries;
  for (;;) {
    pb::CompleteRequestProto request;
    request.set_src(file_.path);
    request.set_clientname(context_->client_name());
    request.set_fileid(file_.file_id);
    if (previous_.has_value()) *request.mutable_last() = *previous_;
    auto response = co_await context_->namenode().Complete(std::move(request));
    if (!response.ok()) co_return response.status();
    if (response->result()) co_return Status::Ok();
    if (quick < delay) {  // the datanodes' reports come within milliseconds
      CO_RETURN_IF_ERROR(co_await SleepFor(context_->env().loop, quick));
      quick *= 2;
      continue;
    }
    if (retries-- == 0) {
      co_return Status(Code::kIOError, "Unable to close file because the last block " +
                                           (previous_ ? previous_->poolid() + ":blk_" + std::to_string(previous_->blockid()) : "") +
                                           " does not have enough number of replicas.");
    }
    CO_RETURN_IF_ERROR(co_await SleepFor(context_->env().loop, delay));
    delay *= 2;
  }
}

Task<Status> FileWriter::Close() {
  if (block_ != nullptr) CO_RETURN_IF_ERROR(co_await FinishBlock());
  co_return co_await Complete();
}

class DfsOutputStream : public OutputStream {
 public:
  explicit DfsOutputStream(std::shared_ptr<FileWriter> writer) : writer_(std::move(writer)) {
    writer_->context().FileOpened(writer_);
  }
  ~DfsOutputStream() override { End(); }

  Task<Status> Write(ByteView bytes) override {
    CO_RETURN_IF_ERROR(Usable());
    failed_ = co_await writer_->Write(bytes);
    co_return failed_;
  }
  Task<Status> Hflush() override {
    CO_RETURN_IF_ERROR(Usable());
    failed_ = co_await writer_->Flush(false);
    co_return failed_;
  }
  Task<Status> Hsync() override {
    CO_RETURN_IF_ERROR(Usable());
    failed_ = co_await writer_->Flush(true);
    co_return failed_;
  }
  Task<Status> Close() override {
    if (ended_) co_return failed_;
    if (failed_.ok()) failed_ = co_await writer_->Close();
    End();
    co_return failed_;
  }
  uint64_t position() const override { return writer_->position(); }

 private:
  Status Usable() const {
    if (ended_) return Status(Code::kIOError, "Stream closed");
    return failed_;
  }
  void End() {
    if (ended_) return;
    ended_ = true;
    writer_->Abandon();
    writer_->context().FileClosed();
  }

  std::shared_ptr<FileWriter> writer_;
  Status failed_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<OutputStream> MakeDfsOutputStream(std::shared_ptr<DfsContext> context, WrittenFile file) {
  auto writer = std::make_shared<FileWriter>(std::move(context), std::move(file), 0);
  return std::make_unique<DfsOutputStream>(std::move(writer));
}

Task<Result<std::unique_ptr<OutputStream>>> MakeDfsAppendStream(std::shared_ptr<DfsContext> context, WrittenFile file,
                                                                uint64_t length,
                                                                std::optional<pb::LocatedBlockProto> last) {
  auto writer = std::make_shared<FileWriter>(std::move(context), std::move(file), length);
  auto stream = std::make_unique<DfsOutputStream>(writer);
  if (last.has_value() && last->locs_size() == 0) {
    writer->StartAfter(std::move(*last->mutable_b()));  // NEW_BLOCK: the last block stays as it is
  } else if (last.has_value()) {
    CO_RETURN_IF_ERROR(co_await writer->StartAppend(std::move(*last)));
  }
  co_return std::unique_ptr<OutputStream>(std::move(stream));
}

}  // namespace tusk::dfs
