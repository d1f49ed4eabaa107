// The objects of /ws/v1/cluster as JSON: one function per object of Hadoop's, fields in its order. Each reads the brain
// through cluster_view.h. Golden: tests/golden/rest.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <set>
#include <string>

#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn::rm_rest {

using Json = nlohmann::ordered_json;

// common_dto.cc. The bounds stand for "no bound" where none are given.
Json ResourceDto(const Resource& resource, const ResourceTypes& types);
Json ResourceDto(const Resource& resource, const ResourceTypes& types, const Resource& minimum, const Resource& maximum);
// {"resourceUsagesByPartition":[…]} of the one partition.
Json UsageByPartitionDto(const ResourceTypes& types, const AttemptUsage& usage, const Resource& am_used,
                         const Resource& am_limit);
// Of a map: {"entry":…,"entry":…}, as Hadoop writes it.
Json ResourceMapDto(const ResourceTypes& types, int64_t memory, int64_t vcores);

// cluster_dto.cc
Json ClusterInfoDto(const Cluster& cluster);
Json ClusterMetricsDto(const Cluster& cluster);
// Counts by state, of all types ("*") or of one.
Json StatisticsDto(const Cluster& cluster, const std::set<AppState>& states, const std::string& type);

// app_dto.cc
struct AppFields {
  bool visible = true;  // else its outline
  std::set<std::string> left_out;  // of kDeselectable
};
extern const std::set<std::string> kDeselectable;
Json AppDto(const Cluster& cluster, const Application& application, const AppFields& fields, Now now);
Json TimeoutDto(const Application& application, Now now);

// attempt_dto.cc
Json AttemptRowDto(const Application& application, const Attempt& attempt);
// By itself it has other names, and every value is text, as in Hadoop.
Json AttemptDto(const Cluster& cluster, const Application& application, const Attempt& attempt);
// Text likewise.
Json ContainerDto(const Cluster& cluster, const Application& application, const ContainerView& container, Now now);

// node_dto.cc
Json NodeDto(const Cluster& cluster, const NodeRecord& node);

// scheduler_dto.cc
Json SchedulerDto(const Cluster& cluster, const QueueAcls& acls, Now now);

}  // namespace tusk::yarn::rm_rest
