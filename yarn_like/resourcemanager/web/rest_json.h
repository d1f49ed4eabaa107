// JSON of the REST interface, in the field order and shape of Hadoop's (golden: shared yarn/rest).
#pragma once

#include <string>

#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

std::string ClusterInfoJson(const Cluster& cluster);
std::string ClusterMetricsJson(const Cluster& cluster);
// Filters by query parameters are the caller's: `wanted` says which to show.
std::string ApplicationsJson(const Cluster& cluster, const std::vector<const Application*>& wanted, Now now);
std::string ApplicationJson(const Cluster& cluster, const Application& application, Now now);
std::string AttemptsJson(const Cluster& cluster, const Application& application);
std::string NodesJson(const Cluster& cluster, const std::vector<const NodeRecord*>& wanted);
std::string NodeJson(const Cluster& cluster, const NodeRecord& node);
std::string SchedulerJson(const Cluster& cluster);
std::string StatisticsJson(const Cluster& cluster);

}  // namespace tusk::yarn
