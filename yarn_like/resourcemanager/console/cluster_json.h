// The console's view of the cluster as JSON: DTOs of base/web/openapi/yarn.json, made from the brain when they are asked
// for. Lists are filtered, sorted and paged over the brain's own records; only a page's entries become JSON.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/web/json.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn {

// What a list is asked for. Names of states, and the groups "active" and "over", come in `states` as they were given.
struct ListQuery {
  std::string states;
  std::string user, type, queue;  // of applications
  std::string q;
  std::string sort;  // a column, "-" before it for descending
  size_t offset = 0;
  size_t limit = 100;
};

web::JsonObject ResourceJson(const Resource& resource, const ResourceTypes& types);

// YarnApps. kInvalidArgument for an unknown state or column.
Result<std::string> ApplicationListJson(const Cluster& cluster, const ListQuery& query, Now now);
web::JsonObject ApplicationRowJson(const Cluster& cluster, const Application& application, Now now);
// YarnAppDetail.
std::string ApplicationDetailJson(const Cluster& cluster, const Application& application, bool may_kill, Now now);
// "mapreduce", "ml", "quant", "other".
std::string_view KindOf(const Application& application);

// YarnNodes.
Result<std::string> NodeListJson(const Cluster& cluster, const ListQuery& query, Now now);
web::JsonObject NodeRowJson(const Cluster& cluster, const NodeRecord& node, Now now);
// YarnNodeDetail.
std::string NodeDetailJson(const Cluster& cluster, const NodeRecord& node, Now now);

// YarnOverview and YarnQueues.
struct ClusterFacts {
  std::string cluster_id;
  std::string version;
  std::string submit_acl, admin_acl;  // of the queue
};
std::string OverviewJson(const Cluster& cluster, const ClusterFacts& facts, Now now);
std::string QueuesJson(const Cluster& cluster, const ClusterFacts& facts, Now now);

// Whether `text`, in any case, holds `part`, which is lower case already.
bool HoldsNoCase(std::string_view text, std::string_view part);
std::string LowerCased(std::string_view text);

}  // namespace tusk::yarn
