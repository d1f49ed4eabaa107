// ResourceTracker: what node managers call (yarn-wire §4, §6).
#pragma once

#include "base/env/env.h"
#include "yarn_like/proto/ResourceTracker.rpc.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {

class ResourceTrackerHandler : public hadoop::yarn::ResourceTrackerService {
 public:
  ResourceTrackerHandler(Env env, Cluster& cluster, const TokenIssuer& tokens, int64_t heartbeat_ms)
      : env_(env), cluster_(cluster), tokens_(tokens), heartbeat_ms_(heartbeat_ms) {}

  Task<Result<hadoop::yarn::RegisterNodeManagerResponseProto>> RegisterNodeManager(
      rpc::CallContext& call, const hadoop::yarn::RegisterNodeManagerRequestProto& request) override;
  Task<Result<hadoop::yarn::NodeHeartbeatResponseProto>> NodeHeartbeat(
      rpc::CallContext& call, const hadoop::yarn::NodeHeartbeatRequestProto& request) override;
  Task<Result<hadoop::yarn::UnRegisterNodeManagerResponseProto>> UnRegisterNodeManager(
      rpc::CallContext& call, const hadoop::yarn::UnRegisterNodeManagerRequestProto& request) override;

 private:
  Env env_;
  Cluster& cluster_;
  const TokenIssuer& tokens_;
  int64_t heartbeat_ms_;
};

}  // namespace tusk::yarn
