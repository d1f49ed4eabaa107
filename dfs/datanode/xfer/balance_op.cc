// Both ends of a move.
#include "dfs/datanode/xfer/balance_op.h"

#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "dfs/datanode/xfer/block_receiver.h"
#include "dfs/datanode/xfer/block_sender.h"
#include "dfs/datanode/xfer/token_check.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
constexpr const char* kModule = "datanode.xfer";

Task<Status> Answer(XferContext& context, Stream& stream, pb::BlockOpResponseProto response) {
  std::string bytes = EncodeDelimited(response);
  co_return co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

pb::BlockOpResponseProto ErrorOf(std::string why) {
  pb::BlockOpResponseProto response;
  response.set_status(pb::ERROR);
  response.set_message(std::move(why));
  return response;
}

}  // namespace

Task<void> ServeCopyBlock(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpCopyBlockProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return;
  if (!co_await MayAccess(context, stream, op.header(), {Op::kCopyBlock, kAccessCopy})) co_return;
  ExtendedBlock block = FromProto(op.header().block());
  BalanceThrottle::Move move(context.balance);
  if (!move.granted()) {
    (void)co_await Answer(context, stream, ErrorOf("Not able to copy block " + std::to_string(block.block.id) + " to " +
                                                   stream.remote().ToString() + " because threads quota is exceeded."));
    co_return;
  }
  auto sender = co_await BlockSender::Open(context, block, 0, -1, true);
  if (!sender.ok()) {
    (void)co_await Answer(context, stream, ErrorOf("opCopyBlock " + block.ToString() + " received exception " + sender.status().ToString()));
    co_return;
  }
  pb::BlockOpResponseProto response;
  response.set_status(pb::SUCCESS);
  auto* info = response.mutable_readopchecksuminfo();
  info->mutable_checksum()->set_type(static_cast<pb::ChecksumTypeProto>((*sender)->checksum().type));
  info->mutable_checksum()->set_bytesperchecksum((*sender)->checksum().bytes_per_checksum);
  info->set_chunkoffset((*sender)->chunk_offset());
  if (!(co_await Answer(context, stream, std::move(response))).ok()) co_return;
  ++context.counters.transfers;
  (*sender)->set_throttle(&context.balance);
  Status sent = co_await (*sender)->Send(stream);
  --context.counters.transfers;
  if (!sent.ok()) LogInfo(kModule, "COPY_BLOCK {}: {}", block.ToString(), sent.ToString());
}

namespace {

Task<Status> FetchReplacement(XferContext& context, const pb::OpReplaceBlockProto& op, ExtendedBlock block) {
  Placement placement{static_cast<StorageType>(op.storagetype()), op.storageid(), std::max<uint64_t>(block.block.length, 1)};
  pb::DatanodeIDProto self;
  context.host.FillSelf(&self);
  if (op.source().id().datanodeuuid() == self.datanodeuuid()) {
    co_return co_await context.store.MoveToStorage(std::move(block), std::move(placement));
  }
  HostPort from = XferAddressOf(op.source().id(), context.options.connect_by_hostname);
  CO_ASSIGN_OR_RETURN(auto proxy, co_await context.env.network.Connect(from, context.ReadDeadline()));
  OutgoingStream registered(context, *proxy);
  pb::OpCopyBlockProto copy;
  *copy.mutable_header() = op.header();
  std::string bytes = EncodeOp(Op::kCopyBlock, copy);
  CO_RETURN_IF_ERROR(co_await proxy->Write(AsBytes(bytes), context.WriteDeadline()));
  FrameReader answers(*proxy, 64 << 10);
  pb::BlockOpResponseProto answer;
  CO_RETURN_IF_ERROR(co_await answers.ReadMessage(answer, context.ReadDeadline()));
  if (answer.status() != pb::SUCCESS) {
    co_return Status(Code::kIOError, "Copy block " + block.ToString() + " from " + from.ToString() + " failed: " + answer.message());
  }
  const auto& sums = answer.readopchecksuminfo().checksum();
  CO_ASSIGN_OR_RETURN(DataChecksum checksum, DataChecksum::Make(sums.type(), sums.bytesperchecksum()));
  CO_ASSIGN_OR_RETURN(OpenReplica open, co_await context.store.CreateTemporary(block, placement, checksum));
  ReceiveOptions options;
  options.pool_id = block.pool_id;
  options.send_acks = false;
  options.delete_hint = op.delhint();
  options.throttle = &context.balance;
  BlockReceiver receiver(context, *proxy, answers, nullptr, std::move(options), std::move(open));
  co_return co_await receiver.Run();
}

// A throttled move may take longer than the balancer waits for a word.
Task<void> ReportProgress(XferContext& context, Stream& stream, std::stop_token stop) {
  while ((co_await SleepFor(context.env.loop, context.options.read_timeout / 2, stop)).ok()) {
    pb::BlockOpResponseProto response;
    response.set_status(pb::IN_PROGRESS);
    if (!(co_await Answer(context, stream, std::move(response))).ok()) co_return;
  }
}

}  // namespace

Task<void> ServeReplaceBlock(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpReplaceBlockProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return;
  AccessRequest access{Op::kReplaceBlock, kAccessReplace, {{op.storagetype()}, {}}};
  if (!op.storageid().empty()) access.storages.ids.push_back(op.storageid());
  if (!co_await MayAccess(context, stream, op.header(), std::move(access))) co_return;
  ExtendedBlock block = FromProto(op.header().block());
  BalanceThrottle::Move move(context.balance);
  if (!move.granted()) {
    (void)co_await Answer(context, stream, ErrorOf("Not able to receive block " + std::to_string(block.block.id) + " from " +
                                                   stream.remote().ToString() + " because threads quota is exceeded."));
    co_return;
  }
  TaskScope progress(context.env.loop);
  progress.Spawn(ReportProgress(context, stream, progress.token()));
  Status fetched = co_await FetchReplacement(context, op, block);
  progress.Cancel();
  co_await progress.Join();
  pb::BlockOpResponseProto response;
  response.set_status(pb::SUCCESS);
  if (!fetched.ok()) response = ErrorOf("opReplaceBlock " + block.ToString() + " received exception " + fetched.ToString());
  (void)co_await Answer(context, stream, std::move(response));
}

}  // namespace tusk::dfs::datanode
