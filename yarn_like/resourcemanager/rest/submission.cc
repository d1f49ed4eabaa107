// Member by member; what is absent keeps the message's default, as in Hadoop.
#include "yarn_like/resourcemanager/rest/submission.h"

#include <fmt/format.h>

#include "base/http/message.h"
#include "base/rest/json.h"
#include "base/security/hmac.h"
#include "base/security/token.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/rest/app_query.h"

namespace tusk::yarn::rm_rest {
namespace {

namespace wire = hadoop::yarn;
using rest::Json;

Status Bad(std::string words) { return {Code::kYarn, std::move(words)}; }

const Json& Member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : rest::Dump(value);
}

int64_t NumberOf(const Json& value, int64_t otherwise) {
  if (value.is_number()) return value.get<int64_t>();
  if (!value.is_string()) return otherwise;
  http::Query query = http::Query::Parse("n=" + value.get<std::string>());
  return query.GetInt("n", otherwise).value_or(otherwise);
}

bool BoolOf(const Json& value, bool otherwise) {
  if (value.is_boolean()) return value.get<bool>();
  return value.is_string() ? value.get<std::string>() == "true" : otherwise;
}

// JAXB writes one element as itself, several as a list.
std::vector<Json> EachOf(const Json& value) {
  if (value.is_array()) return {value.begin(), value.end()};
  if (value.is_null()) return {};
  return {value};
}

// {"entry":[{"key":…,"value":…}]}
std::vector<std::pair<std::string, Json>> EntriesOf(const Json& map) {
  std::vector<std::pair<std::string, Json>> entries;
  for (const Json& entry : EachOf(Member(map, "entry"))) {
    entries.emplace_back(TextOf(Member(entry, "key")), Member(entry, "value"));
  }
  return entries;
}

Status FillResource(const Json& value, const ResourceTypes& types, wire::ResourceProto* proto) {
  Resource resource(NumberOf(Member(value, "memory"), 0), NumberOf(Member(value, "vCores"), 0));
  for (const Json& each : EachOf(Member(Member(value, "resourceInformations"), "resourceInformation"))) {
    const int at = types.Find(TextOf(Member(each, "name")));
    if (at < 0) return Bad("unknown resource type: " + TextOf(Member(each, "name")));
    resource.amounts[static_cast<size_t>(at)] = NumberOf(Member(each, "value"), 0);
  }
  ToProto(resource, types, proto);
  return Status::Ok();
}

Status FillUrl(const std::string& text, wire::URLProto* url) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return Bad("Could not parse resource " + text);
  url->set_scheme(text.substr(0, scheme));
  std::string rest = text.substr(scheme + 3);
  const size_t slash = rest.find('/');
  if (slash == std::string::npos) return Bad("Could not parse resource " + text);
  const std::string authority = rest.substr(0, slash);
  const size_t colon = authority.rfind(':');
  url->set_host(authority.substr(0, colon));
  int64_t port = -1;
  if (colon != std::string::npos) port = NumberOf(Json(authority.substr(colon + 1)), -1);
  url->set_port(static_cast<int32_t>(port));
  url->set_file(rest.substr(slash));
  return Status::Ok();
}

Status FillLocalResource(const Json& value, wire::LocalResourceProto* proto) {
  RETURN_IF_ERROR(FillUrl(TextOf(Member(value, "resource")), proto->mutable_resource()));
  proto->set_size(NumberOf(Member(value, "size"), 0));
  proto->set_timestamp(NumberOf(Member(value, "timestamp"), 0));
  const std::string type = TextOf(Member(value, "type")), visibility = TextOf(Member(value, "visibility"));
  proto->set_type(type == "ARCHIVE" ? wire::ARCHIVE : type == "PATTERN" ? wire::PATTERN : wire::FILE);
  proto->set_visibility(visibility == "PUBLIC" ? wire::PUBLIC : visibility == "PRIVATE" ? wire::PRIVATE : wire::APPLICATION);
  if (const std::string pattern = TextOf(Member(value, "pattern")); !pattern.empty()) proto->set_pattern(pattern);
  return Status::Ok();
}

// Tokens come as the text that Token.encodeToUrlString makes, secrets in Base64.
Status FillCredentials(const Json& value, wire::ContainerLaunchContextProto* launch) {
  Credentials credentials;
  for (const auto& [alias, secret] : EntriesOf(Member(value, "secrets"))) {
    ASSIGN_OR_RETURN(credentials.secrets[alias], Base64Decode(TextOf(secret)));
  }
  if (!EntriesOf(Member(value, "tokens")).empty()) return Bad("tokens in a submission by REST are not supported");
  if (!credentials.secrets.empty()) launch->set_tokens(credentials.Serialize());
  return Status::Ok();
}

Status FillLaunch(const Json& spec, wire::ContainerLaunchContextProto* launch) {
  for (const auto& [name, value] : EntriesOf(Member(spec, "local-resources"))) {
    auto* entry = launch->add_localresources();
    entry->set_key(name);
    RETURN_IF_ERROR(FillLocalResource(value, entry->mutable_value()));
  }
  for (const auto& [name, value] : EntriesOf(Member(spec, "environment"))) {
    auto* entry = launch->add_environment();
    entry->set_key(name);
    entry->set_value(TextOf(value));
  }
  for (const Json& command : EachOf(Member(Member(spec, "commands"), "command"))) launch->add_command(TextOf(command));
  for (const auto& [name, value] : EntriesOf(Member(spec, "service-data"))) {
    auto* entry = launch->add_service_data();
    entry->set_key(name);
    ASSIGN_OR_RETURN(*entry->mutable_value(), Base64Decode(TextOf(value)));
  }
  for (const auto& [name, value] : EntriesOf(Member(spec, "application-acls"))) {
    auto* entry = launch->add_application_acls();
    entry->set_accesstype(name == "MODIFY_APP" ? wire::APPACCESS_MODIFY_APP : wire::APPACCESS_VIEW_APP);
    entry->set_acl(TextOf(value));
  }
  return FillCredentials(Member(spec, "credentials"), launch);
}

void FillLogAggregation(const Json& value, wire::LogAggregationContextProto* proto) {
  const auto text = [&](const char* name) { return TextOf(Member(value, name)); };
  if (const auto one = text("log-include-pattern"); !one.empty()) proto->set_include_pattern(one);
  if (const auto one = text("log-exclude-pattern"); !one.empty()) proto->set_exclude_pattern(one);
  if (const auto one = text("rolled-log-include-pattern"); !one.empty()) proto->set_rolled_logs_include_pattern(one);
  if (const auto one = text("rolled-log-exclude-pattern"); !one.empty()) proto->set_rolled_logs_exclude_pattern(one);
  const auto policy = text("log-aggregation-policy-class-name"), parameters = text("log-aggregation-policy-parameters");
  if (!policy.empty()) proto->set_log_aggregation_policy_class_name(policy);
  if (!parameters.empty()) proto->set_log_aggregation_policy_parameters(parameters);
}

}  // namespace

Result<wire::SubmitApplicationRequestProto> SubmissionOf(std::string_view text, const ResourceTypes& types) {
  const Json body = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) return Bad("the body is no JSON object");
  wire::SubmitApplicationRequestProto request;
  auto* context = request.mutable_application_submission_context();
  const std::string id_text = TextOf(Member(body, "application-id"));
  const Result<ApplicationId> id = ApplicationIdOf(id_text);
  if (!id.ok()) return Bad("Could not parse application id " + id_text);
  ToProto(*id, context->mutable_application_id());
  const auto text_of = [&](const char* name) { return TextOf(Member(body, name)); };
  if (const std::string name = text_of("application-name"); !name.empty()) context->set_application_name(name);
  if (const std::string queue = text_of("queue"); !queue.empty()) context->set_queue(queue);
  if (const std::string type = text_of("application-type"); !type.empty()) context->set_applicationtype(type);
  context->mutable_priority()->set_priority(static_cast<int32_t>(NumberOf(Member(body, "priority"), 0)));
  context->set_unmanaged_am(BoolOf(Member(body, "unmanaged-AM"), false));
  context->set_maxappattempts(static_cast<int32_t>(NumberOf(Member(body, "max-app-attempts"), 0)));
  context->set_keep_containers_across_application_attempts(
      BoolOf(Member(body, "keep-containers-across-application-attempts"), false));
  context->set_attempt_failures_validity_interval(NumberOf(Member(body, "attempt-failures-validity-interval"), -1));
  for (const Json& tag : EachOf(Member(Member(body, "application-tags"), "tag"))) {
    context->add_applicationtags(TextOf(tag));
  }
  RETURN_IF_ERROR(FillResource(Member(body, "resource"), types, context->mutable_resource()));
  for (const Json& timeout : EachOf(Member(Member(body, "application-timeouts"), "entry"))) {
    auto* entry = context->add_application_timeouts();
    entry->set_application_timeout_type(wire::APP_TIMEOUT_LIFETIME);
    entry->set_timeout(NumberOf(Member(timeout, "value"), 0));
  }
  if (const Json& logs = Member(body, "log-aggregation-context"); logs.is_object()) {
    FillLogAggregation(logs, context->mutable_log_aggregation_context());
  }
  RETURN_IF_ERROR(FillLaunch(Member(body, "am-container-spec"), context->mutable_am_container_spec()));
  return request;
}

}  // namespace tusk::yarn::rm_rest
