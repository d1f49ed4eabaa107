// One READ_BLOCK operation.
#include "dfs/client/block_reader.h"

#include <algorithm>

#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

TimePoint BlockReader::Deadline() const { return context_.env().clock.Now() + context_.config().socket_timeout; }

Task<Result<std::unique_ptr<BlockReader>>> BlockReader::Open(DfsContext& context, const pb::LocatedBlockProto& block,
                                                             int node, uint64_t offset, uint64_t length, bool verify) {
  for (bool fresh : {false, true}) {
    auto connection = co_await context.connections().Get(block.locs(node).id(), fresh);
    if (!connection.ok()) co_return connection.status();
    bool reused = connection->reused;
    std::unique_ptr<BlockReader> reader(new BlockReader(context, std::move(connection).value()));
    reader->position_ = offset;
    reader->end_ = offset + length;
    reader->verify_ = verify;
    Status asked = co_await reader->Request(block);
    if (asked.ok()) co_return reader;
    if (!reused) co_return asked;  // a kept connection may just have been closed by the datanode
  }
  co_return Status(Code::kInternal, "unreachable");
}

Task<Status> BlockReader::Request(const pb::LocatedBlockProto& block) {
  pb::OpReadBlockProto op;
  auto* header = op.mutable_header();
  header->set_clientname(context_.client_name());
  *header->mutable_baseheader()->mutable_block() = block.b();
  *header->mutable_baseheader()->mutable_token() = block.blocktoken();
  op.set_offset(position_);
  op.set_len(end_ - position_);
  op.set_sendchecksums(true);
  op.mutable_cachingstrategy();
  std::string bytes = EncodeOp(Op::kReadBlock, op);
  CO_RETURN_IF_ERROR(co_await connection_.stream->Write(AsBytes(bytes), Deadline()));
  pb::BlockOpResponseProto response;
  CO_RETURN_IF_ERROR(co_await connection_.reader->ReadMessage(response, Deadline()));
  if (response.status() != pb::SUCCESS) {
    Code code = response.status() == pb::ERROR_ACCESS_TOKEN ? Code::kInvalidToken : Code::kIOError;
    co_return Status(code, "Got error, status=" + std::to_string(response.status()) + ", status message " +
                               response.message() + ", for OP_READ_BLOCK of " + std::to_string(block.b().blockid()) +
                               " from " + connection_.address);
  }
  const auto& info = response.readopchecksuminfo();
  CO_ASSIGN_OR_RETURN(checksum_, DataChecksum::Make(static_cast<int>(info.checksum().type()),
                                                    info.checksum().bytesperchecksum()));
  next_packet_offset_ = info.chunkoffset();
  if (next_packet_offset_ > position_ || next_packet_offset_ + checksum_.bytes_per_checksum <= position_) {
    co_return Status(Code::kIOError, "BlockReader: error in first chunk offset (" + std::to_string(next_packet_offset_) +
                                         ") startOffset is " + std::to_string(position_));
  }
  co_return Status::Ok();
}

Status BlockReader::Check(const PacketView& packet) {
  const PacketHeader& header = packet.header;
  if (header.seqno != next_seqno_ || static_cast<uint64_t>(header.offset_in_block) != next_packet_offset_) {
    return Status(Code::kIOError, "packet out of order from " + connection_.address);
  }
  ++next_seqno_;
  next_packet_offset_ += packet.data.size();
  if (packet.data.empty() || checksum_.type == ChecksumType::kNull) return Status::Ok();
  if (packet.checksums.size() < checksum_.ChecksumBytesOf(packet.data.size())) {
    return Status(Code::kIOError, "packet with too few checksums from " + connection_.address);
  }
  if (!verify_) return Status::Ok();
  if (auto wrong = checksum_.FindMismatch(packet.data, packet.checksums)) {
    return Status(Code::kChecksumError, "Checksum error at " +
                                            std::to_string(static_cast<uint64_t>(header.offset_in_block) + *wrong) +
                                            " of the block, from " + connection_.address);
  }
  return Status::Ok();
}

Task<Result<ByteView>> BlockReader::Next() {
  while (position_ < end_) {
    auto packet = co_await connection_.reader->ReadPacket(Deadline());
    if (!packet.ok()) co_return packet.status();
    if (packet->header.is_heartbeat()) continue;
    uint64_t begin = next_packet_offset_;
    CO_RETURN_IF_ERROR(Check(*packet));
    if (packet->header.last_in_block) {
      co_return Status(Code::kIOError, "block ends early at " + std::to_string(position_) + " on " + connection_.address);
    }
    uint64_t skip = position_ - std::min(position_, begin);
    if (skip >= packet->data.size()) continue;
    ByteView data = packet->data.subspan(skip);
    data = data.first(std::min<uint64_t>(data.size(), end_ - position_));
    position_ += data.size();
    co_return data;
  }
  if (!finished_) {
    finished_ = true;
    co_await Finish();
  }
  co_return ByteView();
}

Task<void> BlockReader::Finish() {
  if (connection_.stream == nullptr) co_return;
  // The empty last packet is still to come.
  auto last = co_await connection_.reader->ReadPacket(Deadline());
  if (!last.ok() || !last->header.last_in_block || !last->data.empty()) co_return;
  pb::ClientReadStatusProto farewell;
  farewell.set_status(verify_ && checksum_.type != ChecksumType::kNull ? pb::CHECKSUM_OK : pb::SUCCESS);
  std::string bytes = EncodeDelimited(farewell);
  Status told = co_await connection_.stream->Write(AsBytes(bytes), Deadline());
  if (told.ok()) context_.connections().Keep(std::move(connection_));
}

}  // namespace tusk::dfs
