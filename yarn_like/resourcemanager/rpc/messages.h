// From the brain's records to the wire messages that several services answer with. For .cc files.
#pragma once

#include <optional>

#include "base/security/token.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

void FillToken(const Token& token, hadoop::common::TokenProto* proto);
void FillApplicationReport(const Cluster& cluster, const Application& application, Now now,
                           hadoop::yarn::ApplicationReportProto* report);
void FillAttemptReport(const Cluster& cluster, const Application& application, const Attempt& attempt, Now now,
                       hadoop::yarn::ApplicationAttemptReportProto* report);
void FillContainerReport(const Cluster& cluster, const Application& application, const LiveContainer& container,
                         hadoop::yarn::ContainerReportProto* report);
void FillContainerReport(const Cluster& cluster, const Application& application, const PastContainer& container,
                         hadoop::yarn::ContainerReportProto* report);
void FillNodeReport(const Cluster& cluster, const NodeRecord& node, hadoop::yarn::NodeReportProto* report);
// Of a status that the brain made or passes on.
void FillContainerStatus(const ContainerReport& ended, hadoop::yarn::ContainerStatusProto* status);
void FillQueueInfo(const Cluster& cluster, bool with_applications, Now now, hadoop::yarn::QueueInfoProto* queue);

hadoop::yarn::YarnApplicationStateProto StateProto(AppState state);
hadoop::yarn::YarnApplicationAttemptStateProto StateProto(AttemptState state);
hadoop::yarn::NodeStateProto StateProto(NodeState state);

Ask FromProto(const hadoop::yarn::ResourceRequestProto& row, const ResourceTypes& types);
ContainerReport FromProto(const hadoop::yarn::ContainerStatusProto& status);

}  // namespace tusk::yarn
