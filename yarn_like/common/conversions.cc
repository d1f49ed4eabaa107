// Field by field, following the tables of shared facts yarn-wire §3–4.
#include "yarn_like/common/conversions.h"

#include <array>
#include <utility>

namespace tusk::yarn {
namespace {

// Thousandths of the base unit per unit: "m" is 1, "" is 1000.
struct UnitScale {
  std::string_view unit;
  double factor;
};
constexpr std::array<UnitScale, 14> kUnits{{{"p", 1e-12},
                                            {"n", 1e-9},
                                            {"u", 1e-6},
                                            {"m", 1e-3},
                                            {"", 1},
                                            {"k", 1e3},
                                            {"M", 1e6},
                                            {"G", 1e9},
                                            {"T", 1e12},
                                            {"P", 1e15},
                                            {"Ki", 1024.0},
                                            {"Mi", 1048576.0},
                                            {"Gi", 1073741824.0},
                                            {"Ti", 1099511627776.0}}};

double ScaleOf(std::string_view unit) {
  for (const UnitScale& known : kUnits) {
    if (known.unit == unit) return known.factor;
  }
  return 1;
}

int64_t Convert(int64_t value, std::string_view from, std::string_view to) {
  if (from == to) return value;
  return static_cast<int64_t>(static_cast<double>(value) * ScaleOf(from) / ScaleOf(to));
}

}  // namespace

void ToProto(const ApplicationId& id, hadoop::yarn::ApplicationIdProto* proto) {
  proto->set_id(id.id);
  proto->set_cluster_timestamp(id.cluster_timestamp);
}

void ToProto(const ApplicationAttemptId& id, hadoop::yarn::ApplicationAttemptIdProto* proto) {
  ToProto(id.application, proto->mutable_application_id());
  proto->set_attemptid(id.attempt);
}

void ToProto(const ContainerId& id, hadoop::yarn::ContainerIdProto* proto) {
  ToProto(id.attempt, proto->mutable_app_attempt_id());
  proto->set_id(id.id);
}

void ToProto(const NodeId& id, hadoop::yarn::NodeIdProto* proto) {
  proto->set_host(id.host);
  proto->set_port(id.port);
}

void ToProto(const Resource& resource, const ResourceTypes& types, hadoop::yarn::ResourceProto* proto) {
  proto->set_memory(resource.memory_mb());
  proto->set_virtual_cores(static_cast<int32_t>(resource.vcores()));
  for (size_t i = 0; i < types.size(); ++i) {
    auto* entry = proto->add_resource_value_map();
    entry->set_key(types.name(i));
    entry->set_value(resource.amounts[i]);
    entry->set_units(std::string(types.unit(i)));
    entry->set_type(hadoop::yarn::COUNTABLE);
  }
}

ApplicationId FromProto(const hadoop::yarn::ApplicationIdProto& proto) {
  return {proto.cluster_timestamp(), proto.id()};
}

ApplicationAttemptId FromProto(const hadoop::yarn::ApplicationAttemptIdProto& proto) {
  return {FromProto(proto.application_id()), proto.attemptid()};
}

ContainerId FromProto(const hadoop::yarn::ContainerIdProto& proto) {
  return {FromProto(proto.app_attempt_id()), proto.id()};
}

NodeId FromProto(const hadoop::yarn::NodeIdProto& proto) { return {proto.host(), proto.port()}; }

Resource FromProto(const hadoop::yarn::ResourceProto& proto, const ResourceTypes& types) {
  Resource resource(proto.memory(), proto.virtual_cores());
  for (const auto& entry : proto.resource_value_map()) {
    const int position = types.Find(entry.key());
    if (position < 2) continue;
    resource.amounts[static_cast<size_t>(position)] =
        Convert(entry.value(), entry.units(), types.unit(static_cast<size_t>(position)));
  }
  return resource;
}

}  // namespace tusk::yarn
