// Passing a replica's descriptors.
#include "dfs/datanode/xfer/short_circuit.h"

#include "base/env/local_sockets.h"
#include "base/log/log.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/datanode/xfer/token_check.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {

namespace pb = hadoop::hdfs;

namespace {

constexpr const char* kModule = "datanode.xfer";
constexpr uint32_t kBlockFormatVersion = 1;
constexpr uint8_t kUseReceiptVerification = 1;

Task<Status> Reply(XferContext& context, Stream& stream, pb::Status status, std::string message) {
  pb::BlockOpResponseProto response;
  response.set_status(status);
  if (!message.empty()) response.set_message(message);
  response.set_shortcircuitaccessversion(kBlockFormatVersion);
  std::string bytes = EncodeDelimited(response);
  co_return co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

// What is being written changes under a reader's hands: it is read over the wire.
Task<Result<ReplicaReader>> OpenFinalized(XferContext& context, ExtendedBlock block) {
  ReplicaPtr replica = context.store.Find(block.pool_id, block.block.id);
  if (replica != nullptr && !replica->is_finalized()) {
    co_return Status(Code::kIOError, "the replica of " + block.ToString() + " is being written");
  }
  co_return co_await context.store.OpenForRead(block);
}

}  // namespace

Task<bool> ServeShortCircuitFds(XferContext& context, Stream& stream, FrameReader& reader) {
  pb::OpRequestShortCircuitAccessProto op;
  if (!(co_await reader.ReadMessage(op, context.ReadDeadline())).ok()) co_return false;
  auto* passing = dynamic_cast<FilePassing*>(&stream);
  if (passing == nullptr || stream.remote().port != 0) {
    (void)co_await Reply(context, stream, pb::ERROR_UNSUPPORTED, "files are passed over dfs.domain.socket.path only");
    co_return false;
  }
  if (!co_await MayAccess(context, stream, op.header(), {Op::kRequestShortCircuitFds, kAccessRead})) co_return false;
  if (op.maxversion() < kBlockFormatVersion) {
    (void)co_await Reply(context, stream, pb::ERROR, "this datanode's blocks have format version 1");
    co_return false;
  }
  ExtendedBlock block = FromProto(op.header().block());
  auto opened = co_await OpenFinalized(context, block);
  if (!opened.ok()) {
    LogDebug(kModule, "REQUEST_SHORT_CIRCUIT_FDS {}: {}", block.ToString(), opened.status().ToString());
    co_return (co_await Reply(context, stream, pb::ERROR, std::string(opened.status().message()))).ok();
  }
  if (!(co_await Reply(context, stream, pb::SUCCESS, "")).ok()) co_return false;
  const bool verify = op.supportsreceiptverification();
  Status passed = co_await passing->SendFiles(verify ? kUseReceiptVerification : 0, {opened->data->fd(), opened->meta->fd()},
                                              context.WriteDeadline());
  if (!passed.ok()) {
    LogInfo(kModule, "passing {}: {}", block.ToString(), passed.ToString());
    co_return false;
  }
  if (verify) {
    if (!(co_await reader.Peek(1, context.ReadDeadline())).ok()) co_return false;
    reader.Consume(1);
  }
  ++context.counters.short_circuits;
  co_return true;
}

Task<void> RefuseShortCircuitShm(XferContext& context, Stream& stream) {
  pb::ShortCircuitShmResponseProto response;
  response.set_status(pb::ERROR_UNSUPPORTED);
  response.set_error("shared memory segments are not offered");
  std::string bytes = EncodeDelimited(response);
  (void)co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
}

}  // namespace tusk::dfs::datanode
