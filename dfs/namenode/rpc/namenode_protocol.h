// NamenodeProtocol, as far as the balancer and the mover need it: which blocks a datanode has, the keys of block tokens,
// who this namenode is. Wire: dfs/proto/NamenodeProtocol.proto.
#pragma once

#include "base/env/env.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/blocks/block_token_issuer.h"
#include "dfs/namenode/rpc/small_services.h"
#include "dfs/namenode/storage_version.h"
#include "dfs/proto/NamenodeProtocol.rpc.h"

namespace tusk::dfs {

class NamenodeProtocolHandlers : public hadoop::hdfs::namenode::NamenodeProtocolService {
 public:
  // `tokens`: null where blocks are given out without. `last_txid`: of the edit log.
  NamenodeProtocolHandlers(StorageVersion version, BlockManager& blocks, const BlockTokenIssuer* tokens, RefreshGuard allowed,
                           std::function<int64_t()> last_txid)
      : version_(std::move(version)), blocks_(blocks), tokens_(tokens), allowed_(std::move(allowed)), last_txid_(std::move(last_txid)) {}

#define HANDLER(Method)                                                                    \
  Task<Result<hadoop::hdfs::namenode::Method##ResponseProto>> Method(                      \
      rpc::CallContext& call, const hadoop::hdfs::namenode::Method##RequestProto& request) override
  HANDLER(GetBlocks);
  HANDLER(GetBlockKeys);
  HANDLER(GetTransactionId);
  HANDLER(GetMostRecentCheckpointTxId);
  HANDLER(IsUpgradeFinalized);
  HANDLER(IsRollingUpgrade);
#undef HANDLER
  Task<Result<hadoop::hdfs::VersionResponseProto>> VersionRequest(rpc::CallContext& call,
                                                                  const hadoop::hdfs::VersionRequestProto& request) override;

 private:
  const StorageVersion version_;
  BlockManager& blocks_;
  const BlockTokenIssuer* tokens_;
  RefreshGuard allowed_;
  std::function<int64_t()> last_txid_;
};

}  // namespace tusk::dfs
