// Opens the replica that a stage asks for, joins the pipeline, and runs a BlockReceiver.
#include "dfs/datanode/xfer/write_op.h"

#include "base/log/log.h"
#include "dfs/datanode/xfer/block_receiver.h"
#include "dfs/datanode/xfer/token_check.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
using WriteOp = pb::OpWriteBlockProto;
constexpr const char* kModule = "datanode.xfer";
constexpr size_t kAckBufferBytes = 4 << 10;

// What the peers of one WRITE_BLOCK are to each other.
struct Roles {
  bool by_datanode = false;  // a copy ordered by the namenode: no answers at all
  bool transfer = false;     // a copy ordered by a client: one answer at the end
  bool pipeline() const { return !by_datanode && !transfer; }
};

Roles RolesOf(const WriteOp& op) {
  Roles roles;
  roles.by_datanode = op.header().clientname().empty();
  roles.transfer = op.stage() == WriteOp::TRANSFER_RBW || op.stage() == WriteOp::TRANSFER_FINALIZED;
  return roles;
}

Task<Result<OpenReplica>> OpenFor(XferContext& context, const WriteOp& op, ExtendedBlock block, DataChecksum checksum) {
  Placement placement{static_cast<StorageType>(op.storagetype()), op.storageid(), std::max<uint64_t>(block.block.length, 1)};
  Roles roles = RolesOf(op);
  BlockStore& store = context.store;
  if (roles.by_datanode || roles.transfer) co_return co_await store.CreateTemporary(block, placement, checksum);
  switch (op.stage()) {
    case WriteOp::PIPELINE_SETUP_CREATE:
      co_return co_await store.CreateRbw(block, placement, checksum);
    case WriteOp::PIPELINE_SETUP_STREAMING_RECOVERY:
      co_return co_await store.RecoverRbw(block, op.latestgenerationstamp(), op.minbytesrcvd(), op.maxbytesrcvd(), checksum);
    case WriteOp::PIPELINE_SETUP_APPEND:
      co_return co_await store.Append(block, op.latestgenerationstamp(), op.minbytesrcvd(), checksum);
    case WriteOp::PIPELINE_SETUP_APPEND_RECOVERY:
      co_return co_await store.RecoverAppend(block, op.latestgenerationstamp(), op.minbytesrcvd(), checksum);
    default:
      co_return Status(Code::kIOError, "Unknown stage " + std::to_string(op.stage()) + " while receiving block " + block.ToString());
  }
}

struct Mirror {
  std::unique_ptr<Stream> stream;
  pb::Status status = pb::SUCCESS;
  std::string first_bad_link;
};

// Connects to the next datanode and passes the op on, with itself taken off the list.
Task<Mirror> ConnectMirror(XferContext& context, const WriteOp& op) {
  Mirror mirror;
  if (op.targets_size() == 0) co_return mirror;
  const pb::DatanodeIDProto& next = op.targets(0).id();
  mirror.status = pb::ERROR;
  mirror.first_bad_link = XferNameOf(next);
  auto stream = co_await context.env.network.Connect(XferAddressOf(next, context.options.connect_by_hostname), context.ReadDeadline());
  if (!stream.ok()) {
    LogWarn(kModule, "cannot reach {}: {}", mirror.first_bad_link, stream.status().ToString());
    co_return mirror;
  }
  OutgoingStream registered(context, **stream);  // while it joins; then it ends with the writer's own connection
  WriteOp onward = op;
  onward.clear_targets();
  for (int i = 1; i < op.targets_size(); ++i) *onward.add_targets() = op.targets(i);
  onward.set_storagetype(op.targetstoragetypes_size() > 0 ? op.targetstoragetypes(0) : pb::DISK);
  onward.clear_targetstoragetypes();
  for (int i = 1; i < op.targetstoragetypes_size(); ++i) onward.add_targetstoragetypes(op.targetstoragetypes(i));
  onward.set_storageid(op.targetstorageids_size() > 0 ? op.targetstorageids(0) : "");
  onward.clear_targetstorageids();
  for (int i = 1; i < op.targetstorageids_size(); ++i) onward.add_targetstorageids(op.targetstorageids(i));
  onward.set_pinning(op.targetpinnings_size() > 0 && op.targetpinnings(0));
  onward.clear_targetpinnings();
  for (int i = 1; i < op.targetpinnings_size(); ++i) onward.add_targetpinnings(op.targetpinnings(i));
  std::string bytes = EncodeOp(Op::kWriteBlock, onward);
  Status sent = co_await (*stream)->Write(AsBytes(bytes), context.WriteDeadline());
  if (sent.ok() && RolesOf(op).pipeline()) {
    pb::BlockOpResponseProto answer;
    FrameReader answers(**stream, kAckBufferBytes);
    sent = co_await answers.ReadMessage(answer, context.ReadDeadline());
    if (sent.ok() && answer.status() != pb::SUCCESS) {
      mirror.status = answer.status();
      if (!answer.firstbadlink().empty()) mirror.first_bad_link = answer.firstbadlink();
      co_return mirror;
    }
  }
  if (!sent.ok()) {
    LogWarn(kModule, "{} does not join the pipeline: {}", mirror.first_bad_link, sent.ToString());
    co_return mirror;
  }
  mirror.stream = std::move(stream).value();
  mirror.status = pb::SUCCESS;
  mirror.first_bad_link.clear();
  co_return mirror;
}

Task<Status> Answer(XferContext& context, Stream& stream, pb::Status status, std::string first_bad_link) {
  pb::BlockOpResponseProto response;
  response.set_status(status);
  response.set_firstbadlink(first_bad_link);
  std::string bytes = EncodeDelimited(response);
  co_return co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

// CLOSE_RECOVERY carries no data: every node finalizes under the new stamp and answers.
Task<void> ServeCloseRecovery(XferContext& context, Stream& stream, const WriteOp& op, ExtendedBlock block) {
  Mirror mirror = co_await ConnectMirror(context, op);
  Status closed = co_await context.store.RecoverClose(block, op.latestgenerationstamp(), op.minbytesrcvd());
  if (!closed.ok()) {
    LogWarn(kModule, "close recovery of {}: {}", block.ToString(), closed.ToString());
    co_return;
  }
  (void)co_await Answer(context, stream, mirror.status, mirror.first_bad_link);
}

ReceiveOptions OptionsFor(const WriteOp& op, bool has_mirror) {
  Roles roles = RolesOf(op);
  ReceiveOptions options;
  options.pool_id = op.header().baseheader().block().poolid();
  options.send_acks = roles.pipeline();
  options.verify = !has_mirror || roles.by_datanode || roles.transfer;
  options.finalize = op.stage() != WriteOp::TRANSFER_RBW;
  return options;
}

AccessRequest WriteAccessOf(const WriteOp& op) {
  AccessRequest request{Op::kWriteBlock, kAccessWrite};
  request.storages.types.push_back(op.storagetype());
  request.storages.types.insert(request.storages.types.end(), op.targetstoragetypes().begin(), op.targetstoragetypes().end());
  // Clients before Hadoop 3 name no storages.
  if (!op.storageid().empty()) request.storages.ids.push_back(op.storageid());
  request.storages.ids.insert(request.storages.ids.end(), op.targetstorageids().begin(), op.targetstorageids().end());
  request.answer = !RolesOf(op).by_datanode;
  return request;
}

}  // namespace

Task<void> ServeWriteBlock(XferContext& context, Stream& stream, FrameReader& reader) {
  WriteOp op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return;
  ExtendedBlock block = FromProto(op.header().baseheader().block());
  Roles roles = RolesOf(op);
  auto checksum = DataChecksum::Make(op.requestedchecksum().type(), op.requestedchecksum().bytesperchecksum());
  if (!checksum.ok()) co_return;
  if (!co_await MayAccess(context, stream, op.header().baseheader(), WriteAccessOf(op))) co_return;
  if (op.stage() == WriteOp::PIPELINE_CLOSE_RECOVERY) {
    co_await ServeCloseRecovery(context, stream, op, block);
    co_return;
  }
  auto open = co_await OpenFor(context, op, block, *checksum);
  if (!open.ok()) {  // the client takes a closed connection for a bad first link, as with Hadoop
    LogWarn(kModule, "WRITE_BLOCK {} from {}: {}", block.ToString(), stream.remote().ToString(), open.status().ToString());
    co_return;
  }
  Mirror mirror = co_await ConnectMirror(context, op);
  bool refused = mirror.status != pb::SUCCESS && roles.pipeline();
  if (roles.pipeline()) {
    Status answered = co_await Answer(context, stream, mirror.status, mirror.first_bad_link);
    refused = refused || !answered.ok();
  }
  if (refused) {
    co_await context.store.Abandon(block.pool_id, *open);
    co_return;
  }
  // A copy goes on without a next node that cannot be reached; the namenode orders another.
  BlockReceiver receiver(context, stream, reader, mirror.stream.get(), OptionsFor(op, mirror.stream != nullptr),
                         std::move(open).value());
  Status received = co_await receiver.Run();
  if (!received.ok()) {
    LogInfo(kModule, "WRITE_BLOCK {} from {}: {}", block.ToString(), stream.remote().ToString(), received.ToString());
    if (received.code() == Code::kChecksumError && op.has_source() && !op.source().id().datanodeuuid().empty()) {
      context.host.OnBadBlock(block, &op.source(), nullptr);
    }
    co_return;
  }
  if (roles.transfer) (void)co_await Answer(context, stream, pb::SUCCESS, "");
  if (mirror.stream != nullptr) mirror.stream->Close();
}

}  // namespace tusk::dfs::datanode
