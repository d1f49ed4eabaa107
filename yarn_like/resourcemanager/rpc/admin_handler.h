// ResourceManagerAdministrationProtocol: there is nothing to refresh yet, so refreshes succeed; the rest is unknown.
#pragma once

#include "yarn_like/proto/resourcemanager_administration_protocol.rpc.h"

namespace tusk::yarn {

class AdminHandler : public hadoop::yarn::ResourceManagerAdministrationProtocolService {
 public:
#define TUSK_ADMIN_METHOD(Method, Stem)                                                            \
  Task<Result<hadoop::yarn::Stem##ResponseProto>> Method(                                          \
      rpc::CallContext& /*call*/, const hadoop::yarn::Stem##RequestProto& /*request*/) override {  \
    co_return hadoop::yarn::Stem##ResponseProto();                                                 \
  }
  TUSK_ADMIN_METHOD(RefreshQueues, RefreshQueues)
  TUSK_ADMIN_METHOD(RefreshNodes, RefreshNodes)
  TUSK_ADMIN_METHOD(RefreshAdminAcls, RefreshAdminAcls)
  TUSK_ADMIN_METHOD(RefreshServiceAcls, RefreshServiceAcls)
  TUSK_ADMIN_METHOD(RefreshUserToGroupsMappings, RefreshUserToGroupsMappings)
  TUSK_ADMIN_METHOD(RefreshSuperUserGroupsConfiguration, RefreshSuperUserGroupsConfiguration)
  TUSK_ADMIN_METHOD(CheckForDecommissioningNodes, CheckForDecommissioningNodes)
#undef TUSK_ADMIN_METHOD
};

}  // namespace tusk::yarn
