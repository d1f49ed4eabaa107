// YARN's protobuf messages to and from the values of this folder. Include from .cc files only.
#pragma once

#include "yarn_like/common/ids.h"
#include "yarn_like/common/resource.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::yarn {

void ToProto(const ApplicationId& id, hadoop::yarn::ApplicationIdProto* proto);
void ToProto(const ApplicationAttemptId& id, hadoop::yarn::ApplicationAttemptIdProto* proto);
void ToProto(const ContainerId& id, hadoop::yarn::ContainerIdProto* proto);
void ToProto(const NodeId& id, hadoop::yarn::NodeIdProto* proto);
// Memory and cores stand both in their own fields and in the map, as Hadoop writes them.
void ToProto(const Resource& resource, const ResourceTypes& types, hadoop::yarn::ResourceProto* proto);

// Absent fields read as 0, as in Java.
ApplicationId FromProto(const hadoop::yarn::ApplicationIdProto& proto);
ApplicationAttemptId FromProto(const hadoop::yarn::ApplicationAttemptIdProto& proto);
ContainerId FromProto(const hadoop::yarn::ContainerIdProto& proto);
NodeId FromProto(const hadoop::yarn::NodeIdProto& proto);
// Memory and cores come from their own fields only; unknown names are skipped; units are converted to ours.
Resource FromProto(const hadoop::yarn::ResourceProto& proto, const ResourceTypes& types);

}  // namespace tusk::yarn
