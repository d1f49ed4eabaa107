// scheduler: the root queue and its one leaf, in the words of Hadoop's CapacityScheduler.
#include <fmt/format.h>

#include <map>

#include "base/rest/json.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

struct UserShare {
  int64_t active = 0, pending = 0;
  AttemptUsage usage;
  Resource am_used;
};

// What every queue's object is made of.
struct QueueFacts {
  const Cluster& cluster;
  const ResourceTypes& types;
  ClusterTotals totals;
  Resource am_limit, am_used;
  std::map<std::string, UserShare> users;
  int64_t active = 0, pending = 0;
};

QueueFacts FactsOf(const Cluster& cluster, Now now) {
  QueueFacts facts{cluster, cluster.config().types, TotalsOf(cluster), {}, {}, {}, 0, 0};
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    facts.am_limit.amounts[i] = static_cast<int64_t>(static_cast<double>(facts.totals.total.amounts[i]) *
                                                     cluster.scheduler().config().am_share_max);
  }
  for (const auto& [id, application] : cluster.applications()) {
    const ApplicationView view = ViewOf(cluster, application, now);
    if (!view.live) continue;
    UserShare& user = facts.users[application.submission.user];
    const bool active = view.usage.containers > 0;  // its master has a container
    (active ? user.active : user.pending) += 1;
    (active ? facts.active : facts.pending) += 1;
    user.usage.used += view.usage.used;
    user.usage.pending += view.usage.pending;
    user.am_used += view.am_used;
    facts.am_used += view.am_used;
  }
  return facts;
}

Json VectorDto(const ResourceTypes& types) {
  std::string text;
  Json entries = Json::array();
  for (size_t i = 0; i < types.size(); ++i) {
    text += fmt::format("{}{}=100.0%", i == 0 ? "" : ",", types.name(i));
    entries.push_back({{"resourceName", types.name(i)}, {"resourceValue", "100.0%"}});
  }
  return {{"configuredCapacityVector", "[" + text + "]"}, {"capacityVectorEntries", std::move(entries)}};
}

Json CapacitiesDto(const QueueFacts& facts, double am_percent) {
  const SchedulerConfig& config = facts.cluster.scheduler().config();
  const double used = rest::FloatOf(facts.totals.used_percent);
  const Json none = ResourceDto(Resource(), facts.types, config.minimum, config.maximum);
  const Json all = ResourceDto(facts.totals.total, facts.types);
  const Json partition = {{"partitionName", ""},
                          {"queueCapacityVectorInfo", VectorDto(facts.types)},
                          {"capacity", 100.0},
                          {"usedCapacity", used},
                          {"maxCapacity", 100.0},
                          {"absoluteCapacity", 100.0},
                          {"absoluteUsedCapacity", used},
                          {"absoluteMaxCapacity", 100.0},
                          {"maxAMLimitPercentage", rest::FloatOf(am_percent)},
                          {"weight", -1.0},
                          {"normalizedWeight", 0.0},
                          {"configuredMinResource", none},
                          {"configuredMaxResource", none},
                          {"effectiveMinResource", all},
                          {"effectiveMaxResource", all}};
  return {{"queueCapacitiesByPartition", Json::array({partition})}};
}

Json AclsDto(const std::string& administer, const std::string& submit) {
  return {{"queueAcl", Json::array({{{"accessType", "ADMINISTER_QUEUE"}, {"accessControlList", administer}},
                                    {{"accessType", "APPLICATION_MAX_PRIORITY"}, {"accessControlList", "*"}},
                                    {{"accessType", "SUBMIT_APP"}, {"accessControlList", submit}}})}};
}

Json UsersDto(const QueueFacts& facts) {
  Json list = Json::array();
  for (const auto& [name, user] : facts.users) {
    list.push_back({{"username", name},
                    {"resourcesUsed", ResourceDto(user.usage.used, facts.types)},
                    {"numPendingApplications", user.pending},
                    {"numActiveApplications", user.active},
                    {"AMResourceUsed", ResourceDto(user.am_used, facts.types)},
                    {"userResourceLimit", ResourceDto(facts.totals.total, facts.types)},
                    {"resources", UsageByPartitionDto(facts.types, user.usage, user.am_used, facts.am_limit)},
                    {"userWeight", 1.0},
                    {"isActive", !user.usage.pending.IsZero()}});
  }
  return list.empty() ? Json::object() : Json{{"user", std::move(list)}};
}

// What both kinds of queue end with.
void AddCommon(const char* kind, Json* queue) {
  (*queue)["mode"] = "percentage";
  (*queue)["queueType"] = kind;
  (*queue)["creationMethod"] = "static";
  (*queue)["autoCreationEligibility"] = "off";
  for (const char* empty :
       {"autoQueueTemplateProperties", "autoQueueParentTemplateProperties", "autoQueueLeafTemplateProperties"}) {
    (*queue)[empty] = Json::object();
  }
}

Json LeafDto(const QueueFacts& facts, const QueueAcls& acls) {
  const ResourceTypes& types = facts.types;
  const double used = rest::FloatOf(facts.totals.used_percent);
  const double am_share = facts.cluster.scheduler().config().am_share_max;
  const int64_t apps_max = static_cast<int64_t>(facts.cluster.config().applications_max);
  AttemptUsage usage;
  usage.used = facts.totals.used;
  usage.pending = facts.totals.pending_resource;
  const Json all = ResourceDto(facts.totals.total, types), am_limit = ResourceDto(facts.am_limit, types);
  Json leaf = {{"type", "capacitySchedulerLeafQueueInfo"},
               {"queuePath", "root.default"},
               {"capacity", 100.0},
               {"usedCapacity", used},
               {"maxCapacity", 100.0},
               {"absoluteCapacity", 100.0},
               {"absoluteMaxCapacity", 100.0},
               {"absoluteUsedCapacity", used},
               {"weight", -1.0},
               {"normalizedWeight", 0.0},
               {"numApplications", facts.active + facts.pending},
               {"maxParallelApps", INT32_MAX},
               {"queueName", "default"},
               {"isAbsoluteResource", false},
               {"state", "RUNNING"},
               {"resourcesUsed", ResourceDto(facts.totals.used, types)},
               {"hideReservationQueues", false},
               {"nodeLabels", Json::array({"*"})},
               {"allocatedContainers", facts.totals.containers},
               {"reservedContainers", 0},
               {"pendingContainers", facts.totals.pending_containers},
               {"capacities", CapacitiesDto(facts, 100 * am_share)},
               {"resources", UsageByPartitionDto(types, usage, facts.am_used, facts.am_limit)}};
  leaf["minEffectiveCapacity"] = all;
  leaf["maxEffectiveCapacity"] = all;
  leaf["maximumAllocation"] = ResourceDto(facts.cluster.scheduler().config().maximum, types);
  leaf["queueAcls"] = AclsDto(acls.leaf_administer, acls.leaf_submit);
  leaf["queuePriority"] = 0;
  leaf["orderingPolicyInfo"] = "fifo";
  leaf["autoCreateChildQueueEnabled"] = false;
  leaf["leafQueueTemplate"] = Json::object();
  AddCommon("leaf", &leaf);
  leaf["numActiveApplications"] = facts.active;
  leaf["numPendingApplications"] = facts.pending;
  leaf["numContainers"] = facts.totals.containers;
  leaf["maxApplications"] = apps_max;
  leaf["maxApplicationsPerUser"] = apps_max;
  leaf["userLimit"] = 100.0;
  leaf["users"] = UsersDto(facts);
  leaf["userLimitFactor"] = 1.0;
  leaf["configuredMaxAMResourceLimit"] = rest::FloatOf(am_share);
  leaf["AMResourceLimit"] = am_limit;
  leaf["usedAMResource"] = ResourceDto(facts.am_used, types);
  leaf["userAMResourceLimit"] = am_limit;
  leaf["preemptionDisabled"] = true;
  leaf["intraQueuePreemptionDisabled"] = true;
  leaf["defaultPriority"] = 0;
  leaf["isAutoCreatedLeafQueue"] = false;
  leaf["maxApplicationLifetime"] = -1;
  leaf["defaultApplicationLifetime"] = -1;
  return leaf;
}

Json HealthDto(const ResourceTypes& types, Now now) {
  Json operations = Json::array(), runs = Json::array();
  for (const char* name : {"last-allocation", "last-release", "last-preemption", "last-reservation"}) {
    operations.push_back({{"operation", name}, {"nodeId", "N/A"}, {"containerId", "N/A"}, {"queue", "N/A"}});
  }
  for (const char* name : {"releases", "allocations", "reservations"}) {
    runs.push_back({{"operation", name}, {"count", 0}, {"resources", ResourceDto(Resource(), types)}});
  }
  return {{"lastrun", now.wall_ms}, {"operationsInfo", std::move(operations)}, {"lastRunDetails", std::move(runs)}};
}

}  // namespace

Json SchedulerDto(const Cluster& cluster, const QueueAcls& acls, Now now) {
  const QueueFacts facts = FactsOf(cluster, now);
  Json root = {{"type", "capacityScheduler"},
               {"capacity", 100.0},
               {"usedCapacity", rest::FloatOf(facts.totals.used_percent)},
               {"maxCapacity", 100.0},
               {"weight", -1.0},
               {"normalizedWeight", 0.0},
               {"queueCapacityVectorInfo", VectorDto(facts.types)},
               {"queueName", "root"},
               {"queuePath", "root"},
               {"maxParallelApps", INT32_MAX},
               {"isAbsoluteResource", false},
               {"queues", {{"queue", Json::array({LeafDto(facts, acls)})}}}};
  root["capacities"] = CapacitiesDto(facts, 0);
  root["health"] = HealthDto(facts.types, now);
  root["maximumAllocation"] = ResourceDto(cluster.scheduler().config().maximum, facts.types);
  root["queueAcls"] = AclsDto(acls.administer, acls.submit);
  root["queuePriority"] = 0;
  root["orderingPolicyInfo"] = "utilization";
  AddCommon("parent", &root);
  return {{"schedulerInfo", std::move(root)}};
}

}  // namespace tusk::yarn::rm_rest
