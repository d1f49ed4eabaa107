// Conversions of launch contexts and statuses.
#include "yarn_like/nodemanager/rpc/launch_messages.h"

namespace tusk::yarn {
namespace {

namespace pb = hadoop::yarn;
constexpr size_t kCommandBytesMax = 1 << 20;
constexpr size_t kResourcesMax = 100000;

Result<ResourceRequest> RequestFromProto(const pb::StringLocalResourceMapProto& entry, const std::string& user,
                                         const std::string& application) {
  const pb::LocalResourceProto& resource = entry.value();
  Status bad(Code::kYarn, "Null resource URL for local resource " + entry.key() + " : " + UriFromProto(resource.resource()));
  if (!resource.has_resource() || resource.resource().file().empty()) return bad;
  if (!resource.has_type()) return Status(Code::kYarn, "Null resource type for local resource " + entry.key());
  if (!resource.has_visibility()) return Status(Code::kYarn, "Null resource visibility for local resource " + entry.key());
  if (entry.key().empty() || entry.key().find('\n') != std::string::npos || entry.key().find('\0') != std::string::npos) return bad;
  ResourceRequest request;
  request.link = entry.key();
  request.key.visibility = static_cast<Visibility>(resource.visibility());
  request.key.kind = static_cast<ResourceKind>(resource.type());
  request.key.uri = UriFromProto(resource.resource());
  request.key.timestamp_wall_ms = resource.timestamp();
  request.key.pattern = resource.pattern();
  if (request.key.visibility != Visibility::kPublic) request.key.user = user;
  if (request.key.visibility == Visibility::kApplication) request.key.application = application;
  return request;
}

}  // namespace

std::string UriFromProto(const pb::URLProto& proto) {
  std::string uri;
  if (!proto.scheme().empty()) uri = proto.scheme() + ":";
  if (!proto.host().empty()) {
    uri += "//" + (proto.userinfo().empty() ? "" : proto.userinfo() + "@") + proto.host();
    if (proto.port() > 0) uri += ":" + std::to_string(proto.port());
  }
  return uri + proto.file();
}

Result<LaunchContext> LaunchContextFromProto(const pb::ContainerLaunchContextProto& proto, const std::string& user,
                                             const std::string& application) {
  if (static_cast<size_t>(proto.localresources_size()) > kResourcesMax) return Status(Code::kYarn, "too many local resources");
  LaunchContext context;
  for (const auto& entry : proto.localresources()) {
    ASSIGN_OR_RETURN(ResourceRequest request, RequestFromProto(entry, user, application));
    context.resources.push_back(std::move(request));
  }
  context.tokens = proto.tokens();
  for (const auto& entry : proto.service_data()) context.service_data.emplace_back(entry.key(), entry.value());
  for (const auto& entry : proto.environment()) context.environment.emplace_back(entry.key(), entry.value());
  size_t bytes = 0;
  for (const auto& part : proto.command()) {
    bytes += part.size();
    if (bytes > kCommandBytesMax) return Status(Code::kYarn, "the container's command is too long");
    context.commands.push_back(part);
  }
  if (proto.has_container_retry_context()) {
    const auto& retry = proto.container_retry_context();
    context.retry.when = static_cast<RetryPolicy::When>(retry.retry_policy());
    context.retry.codes.insert(retry.error_codes().begin(), retry.error_codes().end());
    context.retry.retries_max = retry.max_retries();
    context.retry.interval_ms = std::max(0, retry.retry_interval());
    context.retry.failures_validity_ms = retry.failures_validity_interval();
  }
  for (const auto& acl : proto.application_acls()) context.acls.emplace_back(acl.accesstype(), acl.acl());
  return context;
}

void ToProto(const Container& container, const ResourceTypes& types, const std::string& node_host, const std::string& node_ip,
             pb::ContainerStatusProto* proto) {
  ToProto(container.grant.container, proto->mutable_container_id());
  proto->set_state(static_cast<pb::ContainerStateProto>(container.machine.reported_state()));
  proto->set_diagnostics(container.machine.diagnostics());
  proto->set_exit_status(container.machine.exit_status());
  ToProto(container.grant.resource, types, proto->mutable_capability());
  proto->set_executiontype(static_cast<pb::ExecutionTypeProto>(container.grant.execution));
  if (container.process) {
    auto* ips = proto->add_container_attributes();
    ips->set_key("IPS");
    ips->set_value(node_ip);
    auto* host = proto->add_container_attributes();
    host->set_key("HOST");
    host->set_value(node_host);
  }
  proto->set_container_sub_state(static_cast<pb::ContainerSubStateProto>(container.machine.reported_sub_state()));
}

void ToProto(const Container& container, const ResourceTypes& types, pb::NMContainerStatusProto* proto) {
  ToProto(container.grant.container, proto->mutable_container_id());
  proto->set_container_state(static_cast<pb::ContainerStateProto>(container.machine.reported_state()));
  ToProto(container.grant.resource, types, proto->mutable_resource());
  proto->mutable_priority()->set_priority(container.grant.priority);
  proto->set_diagnostics(container.machine.diagnostics());
  proto->set_container_exit_status(container.machine.exit_status());
  proto->set_creation_time(container.grant.creation_wall_ms);
  proto->set_nodelabelexpression(container.grant.node_label);
  proto->set_version(container.grant.version);
  proto->set_executiontype(static_cast<pb::ExecutionTypeProto>(container.grant.execution));
  proto->set_allocation_request_id(container.grant.allocation_request_id);
  for (const auto& tag : container.grant.allocation_tags) proto->add_allocation_tags(tag);
}

void AddFailure(const pb::ContainerIdProto& id, const Status& status, pb::ContainerExceptionMapProto* proto) {
  *proto->mutable_container_id() = id;
  auto* exception = proto->mutable_exception();
  exception->set_message(std::string(status.message()));
  // Java prints the trace: its first line is the exception itself.
  exception->set_trace(std::string(status.java_class()) + ": " + std::string(status.message()) + "\n");
  exception->set_class_name(std::string(status.java_class()));
}

}  // namespace tusk::yarn
