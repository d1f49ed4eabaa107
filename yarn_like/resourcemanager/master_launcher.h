// MasterLauncher: starts and stops application masters on node managers, for the brain. It speaks to a node manager
// as the attempt, with an NM token that it makes for itself.
#pragma once

#include <memory>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/rpc/client.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/state_store.h"
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {

class MasterLauncher : public ClusterEffects {
 public:
  explicit MasterLauncher(Env env);
  ~MasterLauncher() override;
  // Once, before the brain is used. Both outlive Shutdown.
  void Attach(Cluster& cluster, const TokenIssuer& tokens, StateStore& store);

  void LaunchMaster(const ApplicationAttemptId& attempt) override;
  void StopMaster(const ApplicationAttemptId& attempt, const ContainerId& container, const NodeId& node) override;
  // Cancels what runs and waits for it.
  Task<void> Shutdown();

 private:
  Task<void> RunLaunch(ApplicationAttemptId id);
  Task<Status> Launch(ApplicationAttemptId id);
  Task<void> RunStop(ApplicationAttemptId id, ContainerId container, NodeId node_id);
  rpc::Channel ChannelTo(const NodeRecord& node, const ApplicationAttemptId& id, const std::string& user) const;

  Env env_;
  std::unique_ptr<rpc::Client> client_;
  Cluster* cluster_ = nullptr;
  const TokenIssuer* tokens_ = nullptr;
  StateStore* store_ = nullptr;
  TaskScope scope_;
};

}  // namespace tusk::yarn
