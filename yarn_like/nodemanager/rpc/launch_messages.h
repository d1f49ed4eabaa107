// Between YARN's messages and the node manager's values. Include from .cc files only.
#pragma once

#include "yarn_like/common/conversions.h"
#include "yarn_like/nodemanager/container/container.h"
#include "yarn_like/proto/yarn_server_common_service_protos.pb.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::yarn {

// `user` and `application` scope the resources. kYarn for a context that cannot be run.
Result<LaunchContext> LaunchContextFromProto(const hadoop::yarn::ContainerLaunchContextProto& proto, const std::string& user,
                                             const std::string& application);
// "hdfs://host:8020/a/b"
std::string UriFromProto(const hadoop::yarn::URLProto& proto);

void ToProto(const Container& container, const ResourceTypes& types, const std::string& node_host, const std::string& node_ip,
             hadoop::yarn::ContainerStatusProto* proto);
void ToProto(const Container& container, const ResourceTypes& types, hadoop::yarn::NMContainerStatusProto* proto);
void AddFailure(const hadoop::yarn::ContainerIdProto& id, const Status& status, hadoop::yarn::ContainerExceptionMapProto* proto);

}  // namespace tusk::yarn
