// ApplicationMasterProtocol: register, allocate, finish. Connections carry an AMRM token; the attempt is whose it is.
#pragma once

#include "base/env/env.h"
#include "yarn_like/proto/applicationmaster_protocol.rpc.h"
#include "yarn_like/resourcemanager/audit/rm_audit.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/state_store.h"

namespace tusk::yarn {

class ApplicationMasterHandler : public hadoop::yarn::ApplicationMasterProtocolService {
 public:
  ApplicationMasterHandler(Env env, Cluster& cluster, const TokenIssuer& tokens, StateStore& store, RmAudit& audit)
      : env_(env), cluster_(cluster), tokens_(tokens), store_(store), audit_(audit) {}

  Task<Result<hadoop::yarn::RegisterApplicationMasterResponseProto>> RegisterApplicationMaster(
      rpc::CallContext& call, const hadoop::yarn::RegisterApplicationMasterRequestProto& request) override;
  Task<Result<hadoop::yarn::AllocateResponseProto>> Allocate(
      rpc::CallContext& call, const hadoop::yarn::AllocateRequestProto& request) override;
  Task<Result<hadoop::yarn::FinishApplicationMasterResponseProto>> FinishApplicationMaster(
      rpc::CallContext& call, const hadoop::yarn::FinishApplicationMasterRequestProto& request) override;

 private:
  Result<hadoop::yarn::AllocateResponseProto> AllocateNow(const AmRmTokenIdentifier& caller,
                                                          const hadoop::yarn::AllocateRequestProto& request);
  void FillInherited(const ApplicationAttemptId& id, const Application& application,
                     hadoop::yarn::RegisterApplicationMasterResponseProto* response) const;
  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }

  Env env_;
  Cluster& cluster_;
  const TokenIssuer& tokens_;
  StateStore& store_;
  RmAudit& audit_;
};

}  // namespace tusk::yarn
