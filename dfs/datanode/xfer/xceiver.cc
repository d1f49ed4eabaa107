// Dispatch of ops, and the short ones; writes are in write_op.cc.
#include "dfs/datanode/xfer/xceiver.h"

#include "base/log/log.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/balance_op.h"
#include "dfs/datanode/xfer/block_checksum.h"
#include "dfs/datanode/xfer/block_sender.h"
#include "dfs/datanode/xfer/block_transfer.h"
#include "dfs/datanode/xfer/short_circuit.h"
#include "dfs/datanode/xfer/token_check.h"
#include "dfs/datanode/xfer/write_op.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
constexpr const char* kModule = "datanode.xfer";
constexpr size_t kReadBufferBytes = 16 << 10;

Task<Status> Reply(XferContext& context, Stream& stream, pb::BlockOpResponseProto response) {
  std::string bytes = EncodeDelimited(response);
  co_return co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

pb::BlockOpResponseProto ErrorOf(std::string_view op, const ExtendedBlock& block, const Status& why) {
  pb::BlockOpResponseProto response;
  response.set_status(pb::ERROR);
  response.set_message("op" + std::string(op) + " " + block.ToString() + " received exception " + std::string(why.java_class()) +
                       ": " + std::string(why.message()));
  return response;
}

// True: the connection may carry another op.
Task<bool> ReadBlock(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpReadBlockProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return false;
  ExtendedBlock block = FromProto(op.header().baseheader().block());
  if (!co_await MayAccess(context, stream, op.header().baseheader(), {Op::kReadBlock, kAccessRead})) co_return false;
  auto sender = co_await BlockSender::Open(context, block, op.offset(), static_cast<int64_t>(op.len()), op.sendchecksums());
  if (!sender.ok()) {
    LogInfo(kModule, "READ_BLOCK {} from {}: {}", block.ToString(), stream.remote().ToString(), sender.status().ToString());
    (void)co_await Reply(context, stream, ErrorOf("ReadBlock", block, sender.status()));
    co_return false;
  }
  pb::BlockOpResponseProto response;
  response.set_status(pb::SUCCESS);
  auto* info = response.mutable_readopchecksuminfo();
  info->mutable_checksum()->set_type(static_cast<pb::ChecksumTypeProto>((*sender)->checksum().type));
  info->mutable_checksum()->set_bytesperchecksum((*sender)->checksum().bytes_per_checksum);
  info->set_chunkoffset((*sender)->chunk_offset());
  if (!(co_await Reply(context, stream, std::move(response))).ok()) co_return false;
  const TimePoint began = context.env.clock.Now();
  Status sent = co_await (*sender)->Send(stream);
  context.counters.read_op.Record(context.env.clock.Now() - began);
  if (!sent.ok()) {
    // A reader that has seen enough just closes.
    if (sent.code() == Code::kCorruption || sent.code() == Code::kEndOfFile) {
      context.host.OnBadBlock(block, nullptr, nullptr);
    }
    LogDebug(kModule, "READ_BLOCK {} to {}: {}", block.ToString(), stream.remote().ToString(), sent.ToString());
    co_return false;
  }
  ++context.counters.blocks_read;
  pb::ClientReadStatusProto status;
  co_return (co_await reader.ReadMessage(status, context.ReadDeadline())).ok();
}

Task<void> ServeBlockChecksum(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpBlockChecksumProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return;
  if (!co_await MayAccess(context, stream, op.header(), {Op::kBlockChecksum, kAccessRead})) co_return;
  ExtendedBlock block = FromProto(op.header().block());
  bool composite = op.blockchecksumoptions().blockchecksumtype() == pb::COMPOSITE_CRC;
  Result<BlockChecksum> computed = Status(Code::kInternal, "");
  auto opened = co_await context.store.OpenForRead(block);
  if (opened.ok()) {
    uint64_t length = std::min(block.block.length, opened->visible_length);
    computed = co_await context.env.disk_pool.Run([&] { return ComputeBlockChecksum(*opened, length, composite); });
  } else {
    computed = opened.status();
  }
  if (!computed.ok()) {
    (void)co_await Reply(context, stream, ErrorOf("BlockChecksum", block, computed.status()));
    co_return;
  }
  pb::BlockOpResponseProto response;
  response.set_status(pb::SUCCESS);
  auto* answer = response.mutable_checksumresponse();
  answer->set_bytespercrc(computed->checksum.bytes_per_checksum);
  answer->set_crcperblock(computed->crcs_per_block);
  answer->set_blockchecksum(computed->bytes);
  answer->set_crctype(static_cast<pb::ChecksumTypeProto>(computed->checksum.type));
  answer->mutable_blockchecksumoptions()->set_blockchecksumtype(composite ? pb::COMPOSITE_CRC : pb::MD5CRC);
  answer->mutable_blockchecksumoptions()->set_stripelength(op.blockchecksumoptions().stripelength());
  (void)co_await Reply(context, stream, std::move(response));
}

Task<void> ServeTransferBlock(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpTransferBlockProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return;
  TransferRequest request;
  request.block = FromProto(op.header().baseheader().block());
  request.client_name = op.header().clientname();
  for (const auto& target : op.targets()) request.targets.push_back(target.SerializeAsString());
  for (int type : op.targetstoragetypes()) request.storage_types.push_back(type);
  for (const auto& uuid : op.targetstorageids()) request.storage_uuids.push_back(uuid);
  AccessRequest access{Op::kTransferBlock, kAccessCopy, {request.storage_types, request.storage_uuids}};
  if (!co_await MayAccess(context, stream, op.header().baseheader(), std::move(access))) co_return;
  ExtendedBlock block = request.block;
  Status sent = co_await TransferBlock(context, std::move(request));
  pb::BlockOpResponseProto response;
  response.set_status(pb::SUCCESS);
  if (!sent.ok()) response = ErrorOf("TransferBlock", block, sent);
  (void)co_await Reply(context, stream, std::move(response));
}

// A client that insists on SASL gets an error that it can print, where a closed socket would tell it nothing.
Task<void> RefuseSasl(XferContext& context, Stream& stream, FrameReader& reader) {
  auto magic = co_await reader.Peek(sizeof(kSaslMagic), context.ReadDeadline());
  if (!magic.ok() || LoadBigEndian<uint32_t>(magic->data()) != kSaslMagic) co_return;
  reader.Consume(sizeof(kSaslMagic));
  (void)co_await reader.ReadDelimited(kOpMessageBytesMax, context.ReadDeadline());
  pb::DataTransferEncryptorMessageProto answer;
  answer.set_status(pb::DataTransferEncryptorMessageProto::ERROR);
  answer.set_message("this datanode does not protect data transfer: unset dfs.data.transfer.protection at the client");
  std::string bytes = EncodeDelimited(answer);
  (void)co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

Task<bool> Dispatch(XferContext& context, Stream& stream, FrameReader& reader, Op op) {
  switch (op) {
    case Op::kReadBlock:
      co_return co_await ReadBlock(context, stream, reader);
    case Op::kWriteBlock:
      co_await ServeWriteBlock(context, stream, reader);
      break;
    case Op::kBlockChecksum:
      co_await ServeBlockChecksum(context, stream, reader);
      break;
    case Op::kTransferBlock:
      co_await ServeTransferBlock(context, stream, reader);
      break;
    case Op::kCopyBlock:
      co_await ServeCopyBlock(context, stream, reader);
      break;
    case Op::kReplaceBlock:
      co_await ServeReplaceBlock(context, stream, reader);
      break;
    case Op::kRequestShortCircuitFds:
      co_return co_await ServeShortCircuitFds(context, stream, reader);
    case Op::kRequestShortCircuitShm:
      co_await RefuseShortCircuitShm(context, stream);
      break;
    default:
      LogInfo(kModule, "unknown op {} from {}", static_cast<int>(op), stream.remote().ToString());
      break;
  }
  co_return false;
}

}  // namespace

Task<void> ServeConnection(XferContext& context, Stream& stream) {
  FrameReader reader(stream, kReadBufferBytes);
  TimePoint deadline = context.ReadDeadline();
  for (;;) {
    auto op = co_await reader.ReadOp(deadline);
    if (op.code() == Code::kUnsupported) co_await RefuseSasl(context, stream, reader);
    if (!op.ok()) co_return;
    if (!co_await Dispatch(context, stream, reader, *op)) co_return;
    deadline = context.env.loop.In(context.options.keepalive);
  }
}

// ---- XferContext ----

TimePoint XferContext::ReadDeadline() const { return env.loop.In(options.read_timeout); }
TimePoint XferContext::WriteDeadline() const { return env.loop.In(options.write_timeout); }

void XferContext::CloseOutgoing() {
  balance.Stop();
  for (Stream* stream : outgoing) stream->Close();
}

HostPort XferAddressOf(const pb::DatanodeIDProto& id, bool by_hostname) {
  return {by_hostname ? id.hostname() : id.ipaddr(), static_cast<uint16_t>(id.xferport())};
}

std::string XferNameOf(const pb::DatanodeIDProto& id) { return id.ipaddr() + ":" + std::to_string(id.xferport()); }

}  // namespace tusk::dfs::datanode
