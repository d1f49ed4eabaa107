// ContainerManagementProtocol: what application masters and the resource manager's launcher ask of this node. Only
// checks and hands on; containers live in ContainerHost.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/env/env.h"
#include "yarn_like/nodemanager/applications.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/rpc/token_gate.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"

namespace tusk::yarn {

class ContainerManagerService : public hadoop::yarn::ContainerManagementProtocolService {
 public:
  ContainerManagerService(Env env, TokenGate& gate, ContainerHost& host, Applications& applications, StateWriter& state)
      : env_(env), gate_(gate), host_(host), applications_(applications), state_(state) {}

  // Containers of an earlier node manager.
  void Recover(const NodeRecords& records);

  // Before the first registration, and while the node is shutting down, nothing is started.
  void SetReady(bool ready) { ready_ = ready; }
  // Called for each container that is started.
  void OnStarted(std::function<void()> callback) { on_started_ = std::move(callback); }
  void SetNodeIp(std::string ip) { node_ip_ = std::move(ip); }
  // A container was forgotten on the resource manager's word: known as stopped for a while.
  void NoteForgotten(const ContainerId& id);

  Task<Result<hadoop::yarn::StartContainersResponseProto>> StartContainers(
      rpc::CallContext& call, const hadoop::yarn::StartContainersRequestProto& request) override;
  Task<Result<hadoop::yarn::StopContainersResponseProto>> StopContainers(
      rpc::CallContext& call, const hadoop::yarn::StopContainersRequestProto& request) override;
  Task<Result<hadoop::yarn::GetContainerStatusesResponseProto>> GetContainerStatuses(
      rpc::CallContext& call, const hadoop::yarn::GetContainerStatusesRequestProto& request) override;
  Task<Result<hadoop::yarn::SignalContainerResponseProto>> SignalToContainer(
      rpc::CallContext& call, const hadoop::yarn::SignalContainerRequestProto& request) override;

  // --- container_change_service.cc ---
  Task<Result<hadoop::yarn::IncreaseContainersResourceResponseProto>> IncreaseContainersResource(
      rpc::CallContext& call, const hadoop::yarn::IncreaseContainersResourceRequestProto& request) override;
  Task<Result<hadoop::yarn::ContainerUpdateResponseProto>> UpdateContainer(
      rpc::CallContext& call, const hadoop::yarn::ContainerUpdateRequestProto& request) override;
  Task<Result<hadoop::yarn::ResourceLocalizationResponseProto>> Localize(
      rpc::CallContext& call, const hadoop::yarn::ResourceLocalizationRequestProto& request) override;
  Task<Result<hadoop::yarn::ReInitializeContainerResponseProto>> ReInitializeContainer(
      rpc::CallContext& call, const hadoop::yarn::ReInitializeContainerRequestProto& request) override;
  Task<Result<hadoop::yarn::RestartContainerResponseProto>> RestartContainer(
      rpc::CallContext& call, const hadoop::yarn::ContainerIdProto& request) override;
  Task<Result<hadoop::yarn::RollbackResponseProto>> RollbackLastReInitialization(
      rpc::CallContext& call, const hadoop::yarn::ContainerIdProto& request) override;
  Task<Result<hadoop::yarn::CommitResponseProto>> CommitLastReInitialization(
      rpc::CallContext& call, const hadoop::yarn::ContainerIdProto& request) override;
  Task<Result<hadoop::yarn::GetLocalizationStatusesResponseProto>> GetLocalizationStatuses(
      rpc::CallContext& call, const hadoop::yarn::GetLocalizationStatusesRequestProto& request) override;
  // Containers whose size was raised since the last call: the next heartbeat tells the resource manager.
  std::vector<ContainerId> TakeIncreased() { return std::exchange(increased_, {}); }

 private:
  Status StartOne(const rpc::CallUser& user, const hadoop::yarn::StartContainerRequestProto& request, ContainerId* id);
  // kYarn unless the caller's attempt is of the container's application.
  Status MayTouch(const rpc::CallUser& user, const ContainerId& id, std::string_view deed) const;
  bool RecentlyForgotten(const ContainerId& id) const;
  // Why a container that is not here is not: "recently stopped", or "not handled".
  Status Absent(const ContainerId& id) const;
  Status UpdateOne(const rpc::CallUser& user, const hadoop::common::TokenProto& token, ContainerId* id);
  // Runs, is the caller's, and may be re-initialized; `deed` as Hadoop names the operation.
  Result<Container*> Changeable(const rpc::CallUser& user, const ContainerId& id, std::string_view deed);

  Env env_;
  TokenGate& gate_;
  ContainerHost& host_;
  Applications& applications_;
  StateWriter& state_;
  bool ready_ = false;
  std::function<void()> on_started_;
  std::string node_ip_;
  std::map<ContainerId, TimePoint> forgotten_;
  std::vector<ContainerId> increased_;
};

// SIGQUIT, SIGTERM or SIGKILL for a SignalContainerCommandProto.
int SignalOf(int command);

}  // namespace tusk::yarn
