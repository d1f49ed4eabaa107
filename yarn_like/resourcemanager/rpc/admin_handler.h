// ResourceManagerAdministrationProtocol: administrators have lists and settings read again, change nodes, ask for groups.
// Labels and attributes are off and refused as Hadoop refuses them; federation's methods are unknown.
#pragma once

#include <functional>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "yarn_like/proto/resourcemanager_administration_protocol.rpc.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/audit/rm_audit.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

class AdminHandler : public hadoop::yarn::ResourceManagerAdministrationProtocolService {
 public:
  // The configuration as its files are now. Blocks.
  using Reload = std::function<Result<Configuration>()>;
  AdminHandler(Env env, Cluster& cluster, Access& access, Reload reload, RmAudit& audit)
      : env_(env), cluster_(cluster), access_(access), reload_(std::move(reload)), audit_(audit) {}

#define TUSK_ADMIN_METHOD(Method, Stem)                                                       \
  Task<Result<hadoop::yarn::Stem##ResponseProto>> Method(rpc::CallContext& call,              \
                                                         const hadoop::yarn::Stem##RequestProto& request) override
  TUSK_ADMIN_METHOD(RefreshQueues, RefreshQueues);
  TUSK_ADMIN_METHOD(RefreshNodes, RefreshNodes);
  TUSK_ADMIN_METHOD(RefreshSuperUserGroupsConfiguration, RefreshSuperUserGroupsConfiguration);
  TUSK_ADMIN_METHOD(RefreshUserToGroupsMappings, RefreshUserToGroupsMappings);
  TUSK_ADMIN_METHOD(RefreshAdminAcls, RefreshAdminAcls);
  TUSK_ADMIN_METHOD(RefreshServiceAcls, RefreshServiceAcls);
  TUSK_ADMIN_METHOD(GetGroupsForUser, GetGroupsForUser);
  TUSK_ADMIN_METHOD(UpdateNodeResource, UpdateNodeResource);
  TUSK_ADMIN_METHOD(RefreshNodesResources, RefreshNodesResources);
  TUSK_ADMIN_METHOD(AddToClusterNodeLabels, AddToClusterNodeLabels);
  TUSK_ADMIN_METHOD(RemoveFromClusterNodeLabels, RemoveFromClusterNodeLabels);
  TUSK_ADMIN_METHOD(ReplaceLabelsOnNodes, ReplaceLabelsOnNode);
  TUSK_ADMIN_METHOD(CheckForDecommissioningNodes, CheckForDecommissioningNodes);
  TUSK_ADMIN_METHOD(RefreshClusterMaxPriority, RefreshClusterMaxPriority);
  TUSK_ADMIN_METHOD(MapAttributesToNodes, NodesToAttributesMapping);
#undef TUSK_ADMIN_METHOD

 private:
  Task<Result<Configuration>> Fresh() const;
  // Whether the caller is an administrator; the audit log hears of one who is not.
  Status CheckAdmin(const rpc::CallContext& call, std::string_view operation) const;
  void NoteDone(const rpc::CallContext& call, std::string_view operation) const { audit_.Success(call, operation, audit::kAdminService); }
  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }

  Env env_;
  Cluster& cluster_;
  Access& access_;
  Reload reload_;
  RmAudit& audit_;
};

}  // namespace tusk::yarn
