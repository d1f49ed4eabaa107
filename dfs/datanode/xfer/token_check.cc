// MayAccess, see the header.
#include "dfs/datanode/xfer/token_check.h"

#include "base/log/log.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {

namespace pb = hadoop::hdfs;

Task<bool> MayAccess(XferContext& context, Stream& stream, const pb::BaseHeaderProto& header, AccessRequest request) {
  if (!context.tokens.required()) co_return true;
  Status verified = context.tokens.Verify(FromProto(header.token()), FromProto(header.block()), request.access,
                                          request.storages, context.env.clock.WallMillis());
  if (verified.ok()) co_return true;
  LogWarn("datanode.xfer", "block token of op {} from {} refused: {}", static_cast<int>(request.op), stream.remote().ToString(),
          verified.message());
  if (!request.answer) co_return false;
  pb::BlockOpResponseProto response;
  response.set_status(pb::ERROR_ACCESS_TOKEN);
  if (request.access == kAccessWrite) {
    pb::DatanodeIDProto self;
    context.host.FillSelf(&self);
    response.set_firstbadlink(XferNameOf(self));
  }
  std::string bytes = EncodeDelimited(response);
  (void)co_await stream.Write(AsBytes(bytes), context.WriteDeadline());
  co_return false;
}

Token OwnToken(const XferContext& context, const ExtendedBlock& block, BlockStorages storages) {
  if (!context.tokens.required()) return Token();
  return context.tokens.Sign(context.options.user, block, kAccessWrite, std::move(storages), context.env.clock.WallMillis());
}

}  // namespace tusk::dfs::datanode
