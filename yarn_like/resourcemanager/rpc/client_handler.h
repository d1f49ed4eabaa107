// ApplicationClientProtocol: what clients call. Methods that are not here answer as unknown ones do.
#pragma once

#include "base/env/env.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/audit/rm_audit.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/state_store.h"

namespace tusk::yarn {

class ClientHandler : public hadoop::yarn::ApplicationClientProtocolService {
 public:
  ClientHandler(Env env, Cluster& cluster, const Access& access, const TokenIssuer& tokens,
                DelegationTokens& delegation, StateStore& store, RmAudit& audit)
      : env_(env), cluster_(cluster), access_(access), tokens_(tokens), delegation_(delegation), store_(store), audit_(audit) {}

#define TUSK_CLIENT_METHOD(Method, Request, Response)                                 \
  Task<Result<hadoop::yarn::Response>> Method(rpc::CallContext& call,                 \
                                              const hadoop::yarn::Request& request) override
  TUSK_CLIENT_METHOD(GetNewApplication, GetNewApplicationRequestProto, GetNewApplicationResponseProto);
  TUSK_CLIENT_METHOD(SubmitApplication, SubmitApplicationRequestProto, SubmitApplicationResponseProto);
  TUSK_CLIENT_METHOD(GetApplicationReport, GetApplicationReportRequestProto, GetApplicationReportResponseProto);
  TUSK_CLIENT_METHOD(GetApplications, GetApplicationsRequestProto, GetApplicationsResponseProto);
  TUSK_CLIENT_METHOD(ForceKillApplication, KillApplicationRequestProto, KillApplicationResponseProto);
  TUSK_CLIENT_METHOD(GetApplicationAttemptReport, GetApplicationAttemptReportRequestProto,
                     GetApplicationAttemptReportResponseProto);
  TUSK_CLIENT_METHOD(GetApplicationAttempts, GetApplicationAttemptsRequestProto, GetApplicationAttemptsResponseProto);
  TUSK_CLIENT_METHOD(GetContainerReport, GetContainerReportRequestProto, GetContainerReportResponseProto);
  TUSK_CLIENT_METHOD(GetContainers, GetContainersRequestProto, GetContainersResponseProto);
  TUSK_CLIENT_METHOD(MoveApplicationAcrossQueues, MoveApplicationAcrossQueuesRequestProto,
                     MoveApplicationAcrossQueuesResponseProto);
  TUSK_CLIENT_METHOD(UpdateApplicationPriority, UpdateApplicationPriorityRequestProto,
                     UpdateApplicationPriorityResponseProto);
  TUSK_CLIENT_METHOD(FailApplicationAttempt, FailApplicationAttemptRequestProto, FailApplicationAttemptResponseProto);
  TUSK_CLIENT_METHOD(SignalToContainer, SignalContainerRequestProto, SignalContainerResponseProto);
  TUSK_CLIENT_METHOD(UpdateApplicationTimeouts, UpdateApplicationTimeoutsRequestProto,
                     UpdateApplicationTimeoutsResponseProto);
  // client_cluster_handler.cc
  TUSK_CLIENT_METHOD(GetClusterMetrics, GetClusterMetricsRequestProto, GetClusterMetricsResponseProto);
  TUSK_CLIENT_METHOD(GetClusterNodes, GetClusterNodesRequestProto, GetClusterNodesResponseProto);
  TUSK_CLIENT_METHOD(GetQueueInfo, GetQueueInfoRequestProto, GetQueueInfoResponseProto);
  TUSK_CLIENT_METHOD(GetQueueUserAcls, GetQueueUserAclsInfoRequestProto, GetQueueUserAclsInfoResponseProto);
  TUSK_CLIENT_METHOD(GetNodeToLabels, GetNodesToLabelsRequestProto, GetNodesToLabelsResponseProto);
  TUSK_CLIENT_METHOD(GetLabelsToNodes, GetLabelsToNodesRequestProto, GetLabelsToNodesResponseProto);
  TUSK_CLIENT_METHOD(GetClusterNodeLabels, GetClusterNodeLabelsRequestProto, GetClusterNodeLabelsResponseProto);
  TUSK_CLIENT_METHOD(GetClusterNodeAttributes, GetClusterNodeAttributesRequestProto,
                     GetClusterNodeAttributesResponseProto);
  TUSK_CLIENT_METHOD(GetNodesToAttributes, GetNodesToAttributesRequestProto, GetNodesToAttributesResponseProto);
  TUSK_CLIENT_METHOD(GetAttributesToNodes, GetAttributesToNodesRequestProto, GetAttributesToNodesResponseProto);
  TUSK_CLIENT_METHOD(GetResourceProfiles, GetAllResourceProfilesRequestProto, GetAllResourceProfilesResponseProto);
  TUSK_CLIENT_METHOD(GetResourceProfile, GetResourceProfileRequestProto, GetResourceProfileResponseProto);
  TUSK_CLIENT_METHOD(GetResourceTypeInfo, GetAllResourceTypeInfoRequestProto, GetAllResourceTypeInfoResponseProto);
#undef TUSK_CLIENT_METHOD
  // client_token_handler.cc
  Task<Result<hadoop::common::GetDelegationTokenResponseProto>> GetDelegationToken(
      rpc::CallContext& call, const hadoop::common::GetDelegationTokenRequestProto& request) override;
  Task<Result<hadoop::common::RenewDelegationTokenResponseProto>> RenewDelegationToken(
      rpc::CallContext& call, const hadoop::common::RenewDelegationTokenRequestProto& request) override;
  Task<Result<hadoop::common::CancelDelegationTokenResponseProto>> CancelDelegationToken(
      rpc::CallContext& call, const hadoop::common::CancelDelegationTokenRequestProto& request) override;

 private:
  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }
  Result<const Application*> FindApplication(const hadoop::yarn::ApplicationIdProto& id) const;
  // The same; the audit log hears of an `operation` on what is not there.
  Result<const Application*> FindOrNote(const rpc::CallContext& call, const hadoop::yarn::ApplicationIdProto& id,
                                        std::string_view operation) const;
  // For what changes it: the caller must be allowed to, or the audit log hears of it.
  Result<const Application*> FindToModify(const rpc::CallContext& call, const hadoop::yarn::ApplicationIdProto& id,
                                          std::string_view operation) const;
  // For its attempts and containers: the caller must be allowed to look.
  Result<const Application*> FindToView(const rpc::CallContext& call, const hadoop::yarn::ApplicationIdProto& id,
                                        std::string_view operation) const;
  Task<Status> Submit(const rpc::CallContext& call, const hadoop::yarn::SubmitApplicationRequestProto& request);
  void NoteDone(const rpc::CallContext& call, std::string_view operation, const ApplicationId& id, std::string more = {}) const {
    audit_.Success(call, operation, audit::kClientService, RmAudit::App(id) + more);
  }
  // The report, or of an application that the caller may not see, its outline.
  void FillReport(const rpc::CallContext& call, const Application& application,
                  hadoop::yarn::ApplicationReportProto* report) const;

  Env env_;
  Cluster& cluster_;
  const Access& access_;
  const TokenIssuer& tokens_;
  DelegationTokens& delegation_;
  StateStore& store_;
  RmAudit& audit_;
};

}  // namespace tusk::yarn
