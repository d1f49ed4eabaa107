// The sending side of WRITE_BLOCK between datanodes.
#include "dfs/datanode/xfer/block_transfer.h"

#include <algorithm>

#include "base/log/log.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/block_sender.h"
#include "dfs/datanode/xfer/token_check.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
constexpr const char* kModule = "datanode.xfer";

Result<pb::OpWriteBlockProto> MakeOp(XferContext& context, const TransferRequest& request, const BlockSender& sender) {
  pb::OpWriteBlockProto op;
  ToProto(request.block, op.mutable_header()->mutable_baseheader()->mutable_block());
  Token token = OwnToken(context, request.block, {request.storage_types, request.storage_uuids});
  if (!token.identifier.empty()) ToProto(token, op.mutable_header()->mutable_baseheader()->mutable_token());
  op.mutable_header()->set_clientname(request.client_name);
  for (size_t i = 1; i < request.targets.size(); ++i) {
    if (!op.add_targets()->ParseFromString(request.targets[i])) return Status(Code::kInvalidArgument, "malformed target");
    op.add_targetstoragetypes(static_cast<pb::StorageTypeProto>(i < request.storage_types.size() ? request.storage_types[i] : 1));
    op.add_targetstorageids(i < request.storage_uuids.size() ? request.storage_uuids[i] : "");
    op.add_targetpinnings(false);
  }
  context.host.FillSelf(op.mutable_source()->mutable_id());
  ReplicaPtr replica = context.store.Find(request.block.pool_id, request.block.block.id);
  bool finalized = replica != nullptr && replica->is_finalized();
  op.set_stage(request.client_name.empty() ? pb::OpWriteBlockProto::PIPELINE_SETUP_CREATE
               : finalized                 ? pb::OpWriteBlockProto::TRANSFER_FINALIZED
                                           : pb::OpWriteBlockProto::TRANSFER_RBW);
  op.set_pipelinesize(0);
  op.set_minbytesrcvd(0);
  op.set_maxbytesrcvd(0);
  op.set_latestgenerationstamp(0);
  op.mutable_requestedchecksum()->set_type(static_cast<pb::ChecksumTypeProto>(sender.checksum().type));
  op.mutable_requestedchecksum()->set_bytesperchecksum(sender.checksum().bytes_per_checksum);
  op.mutable_cachingstrategy();
  op.set_storagetype(static_cast<pb::StorageTypeProto>(request.storage_types.empty() ? 1 : request.storage_types[0]));
  op.set_allowlazypersist(false);
  op.set_pinning(false);
  op.set_storageid(request.storage_uuids.empty() ? "" : request.storage_uuids[0]);
  return op;
}

Task<Status> Send(XferContext& context, TransferRequest request) {
  pb::DatanodeInfoProto target;
  if (request.targets.empty() || !target.ParseFromString(request.targets.front())) {
    co_return Status(Code::kInvalidArgument, "a transfer without a target");
  }
  CO_ASSIGN_OR_RETURN(auto sender, co_await BlockSender::Open(context, request.block, 0, -1, true));
  request.block.block.generation_stamp = sender->generation_stamp();
  request.block.block.length = sender->visible_length();
  CO_ASSIGN_OR_RETURN(pb::OpWriteBlockProto op, MakeOp(context, request, *sender));
  HostPort address = XferAddressOf(target.id(), context.options.connect_by_hostname);
  CO_ASSIGN_OR_RETURN(auto stream, co_await context.env.network.Connect(address, context.ReadDeadline()));
  OutgoingStream registered(context, *stream);
  std::string bytes = EncodeOp(Op::kWriteBlock, op);
  CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(bytes), context.WriteDeadline()));
  CO_RETURN_IF_ERROR(co_await sender->Send(*stream));
  if (!request.client_name.empty()) {
    FrameReader reader(*stream, 1024);
    pb::DNTransferAckProto ack;
    CO_RETURN_IF_ERROR(co_await reader.ReadMessage(ack, context.ReadDeadline()));
    if (ack.status() != pb::SUCCESS) co_return Status(Code::kIOError, "Bad connect ack, targets=" + address.ToString());
  }
  ++context.counters.blocks_replicated;
  LogInfo(kModule, "sent {} to {}", request.block.ToString(), address.ToString());
  co_return Status::Ok();
}

}  // namespace

Task<Status> TransferBlock(XferContext& context, TransferRequest request) {
  ++context.counters.transfers;
  std::string name = request.block.ToString();
  Status sent = co_await Send(context, std::move(request));
  --context.counters.transfers;
  if (!sent.ok()) LogWarn(kModule, "transfer of {} failed: {}", name, sent.ToString());
  co_return sent;
}

}  // namespace tusk::dfs::datanode
