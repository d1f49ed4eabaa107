// The small protocols on the namenode's port: HA state of a cluster without HA, groups of a user, the refresh orders.
// Wire: hdfs-wire §1.5.
#pragma once

#include <functional>

#include "base/proto/HAServiceProtocol.rpc.h"
#include "base/proto/generic_refresh.rpc.h"
#include "base/proto/get_user_mappings.rpc.h"
#include "base/proto/refresh_authorization_policy.rpc.h"
#include "base/proto/refresh_call_queue.rpc.h"
#include "base/proto/refresh_user_mappings.rpc.h"
#include "base/security/group_mapping.h"

namespace tusk::dfs {

class HaServiceHandlers : public hadoop::common::HAServiceProtocolService {
 public:
#define HANDLER(Method)                                                                          \
  Task<Result<hadoop::common::Method##ResponseProto>> Method(                                    \
      rpc::CallContext& call, const hadoop::common::Method##RequestProto& request) override
  HANDLER(MonitorHealth);
  HANDLER(TransitionToActive);
  HANDLER(TransitionToStandby);
  HANDLER(TransitionToObserver);
  HANDLER(GetServiceStatus);
#undef HANDLER
};

class UserMappingHandlers : public hadoop::tools::GetUserMappingsProtocolService {
 public:
  explicit UserMappingHandlers(GroupMapping& groups) : groups_(groups) {}
  Task<Result<hadoop::tools::GetGroupsForUserResponseProto>> GetGroupsForUser(
      rpc::CallContext& call, const hadoop::tools::GetGroupsForUserRequestProto& request) override;

 private:
  GroupMapping& groups_;
};

// `allowed` refuses callers that are not superusers.
using RefreshGuard = std::function<Status(const rpc::CallContext& call, std::string_view operation)>;

class RefreshUserMappingHandlers : public hadoop::common::RefreshUserMappingsProtocolService {
 public:
  RefreshUserMappingHandlers(RefreshGuard allowed, GroupMapping& groups) : allowed_(std::move(allowed)), groups_(groups) {}
  Task<Result<hadoop::common::RefreshUserToGroupsMappingsResponseProto>> RefreshUserToGroupsMappings(
      rpc::CallContext& call, const hadoop::common::RefreshUserToGroupsMappingsRequestProto& request) override;
  Task<Result<hadoop::common::RefreshSuperUserGroupsConfigurationResponseProto>> RefreshSuperUserGroupsConfiguration(
      rpc::CallContext& call, const hadoop::common::RefreshSuperUserGroupsConfigurationRequestProto& request) override;

 private:
  RefreshGuard allowed_;
  GroupMapping& groups_;
};

class RefreshPolicyHandlers : public hadoop::common::RefreshAuthorizationPolicyProtocolService {
 public:
  // `authorization`: hadoop.security.authorization. The rules themselves are not enforced yet.
  RefreshPolicyHandlers(RefreshGuard allowed, bool authorization)
      : allowed_(std::move(allowed)), authorization_(authorization) {}
  Task<Result<hadoop::common::RefreshServiceAclResponseProto>> RefreshServiceAcl(
      rpc::CallContext& call, const hadoop::common::RefreshServiceAclRequestProto& request) override;

 private:
  RefreshGuard allowed_;
  const bool authorization_;
};

class RefreshCallQueueHandlers : public hadoop::common::RefreshCallQueueProtocolService {
 public:
  explicit RefreshCallQueueHandlers(RefreshGuard allowed) : allowed_(std::move(allowed)) {}
  Task<Result<hadoop::common::RefreshCallQueueResponseProto>> RefreshCallQueue(
      rpc::CallContext& call, const hadoop::common::RefreshCallQueueRequestProto& request) override;

 private:
  RefreshGuard allowed_;
};

}  // namespace tusk::dfs
