// Resources, in the three shapes that they have.
#include <fmt/format.h>

#include "base/rest/json.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

Json Information(const Resource& resource, const ResourceTypes& types, size_t at, int64_t minimum, int64_t maximum) {
  return {{"attributes", Json::object()},
          {"maximumAllocation", maximum},
          {"minimumAllocation", minimum},
          {"name", types.name(at)},
          {"resourceType", "COUNTABLE"},
          {"units", std::string(types.unit(at))},
          {"value", resource.amounts[at]}};
}

Json Whole(const Resource& resource, Json list) {
  return {{"memory", resource.memory_mb()},
          {"vCores", resource.vcores()},
          {"resourceInformations", {{"resourceInformation", std::move(list)}}}};
}

}  // namespace

Json ResourceDto(const Resource& resource, const ResourceTypes& types) {
  Json list = Json::array();
  for (size_t i = 0; i < types.size(); ++i) list.push_back(Information(resource, types, i, 0, INT64_MAX));
  return Whole(resource, std::move(list));
}

Json ResourceDto(const Resource& resource, const ResourceTypes& types, const Resource& minimum, const Resource& maximum) {
  Json list = Json::array();
  for (size_t i = 0; i < types.size(); ++i) {
    const bool bounded = i < 2;  // the configuration bounds memory and cores
    list.push_back(Information(resource, types, i, bounded ? minimum.amounts[i] : 0,
                               bounded ? maximum.amounts[i] : INT64_MAX));
  }
  return Whole(resource, std::move(list));
}

Json UsageByPartitionDto(const ResourceTypes& types, const AttemptUsage& usage, const Resource& am_used,
                         const Resource& am_limit) {
  const Json partition = {{"partitionName", ""},
                          {"used", ResourceDto(usage.used, types)},
                          {"reserved", ResourceDto(Resource(), types)},
                          {"pending", ResourceDto(usage.pending, types)},
                          {"amUsed", ResourceDto(am_used, types)},
                          {"amLimit", ResourceDto(am_limit, types)},
                          {"userAmLimit", ResourceDto(Resource(), types)}};
  return {{"resourceUsagesByPartition", Json::array({partition})}};
}

Json ResourceMapDto(const ResourceTypes& types, int64_t memory, int64_t vcores) {
  return {{"entry", {{"key", types.name(0)}, {"value", std::to_string(memory)}}},
          {"entry#", {{"key", types.name(1)}, {"value", std::to_string(vcores)}}}};
}

}  // namespace tusk::yarn::rm_rest
