// Field by field.
#include "yarn_like/resourcemanager/state/state_records.h"

#include <algorithm>

#include "yarn_like/common/conversions.h"

namespace tusk::yarn {
namespace {

void ToRecord(const Ask& ask, const ResourceTypes& types, state::AskRecord* record) {
  record->set_priority(ask.priority);
  record->set_place(ask.place);
  ToProto(ask.capability, types, record->mutable_capability());
  record->set_count(ask.count);
  record->set_relax_locality(ask.relax_locality);
  record->set_allocation_request_id(ask.allocation_request_id);
}

Ask FromRecord(const state::AskRecord& record, const ResourceTypes& types) {
  Ask ask;
  ask.priority = record.priority();
  ask.place = record.place();
  ask.capability = FromProto(record.capability(), types);
  ask.count = record.count();
  ask.relax_locality = record.relax_locality();
  ask.allocation_request_id = record.allocation_request_id();
  return ask;
}

void ToRecord(const PastContainer& past, const ResourceTypes& types, state::PastContainerRecord* record) {
  ToProto(past.container, record->mutable_container());
  ToProto(past.node, record->mutable_node());
  record->set_node_http_address(past.node_http_address);
  ToProto(past.resource, types, record->mutable_resource());
  record->set_priority(past.priority);
  record->set_exit_status(past.exit_status);
  record->set_creation_wall_ms(past.creation_wall_ms);
  record->set_finish_wall_ms(past.finish_wall_ms);
}

void ToRecord(const Attempt& attempt, const ResourceTypes& types, state::AttemptRecord* record) {
  record->set_attempt(attempt.id.attempt);
  record->set_state(static_cast<int32_t>(attempt.state));
  if (attempt.am_container.id != 0) {
    ToProto(attempt.am_container, record->mutable_am_container());
    ToProto(attempt.am_node, record->mutable_am_node());
    record->set_am_node_http_address(attempt.am_node_http_address);
  }
  if (const auto am = attempt.containers.find(attempt.am_container); am != attempt.containers.end()) {
    ToProto(am->second.grant.resource, types, record->mutable_am_resource());
    record->set_am_creation_wall_ms(am->second.creation_wall_ms);
  }
  record->set_host(attempt.host);
  record->set_rpc_port(attempt.rpc_port);
  record->set_original_tracking_url(attempt.original_tracking_url);
  record->set_final_status(static_cast<int32_t>(attempt.final_status));
  record->set_diagnostics(attempt.diagnostics);
  record->set_am_exit_status(attempt.am_exit_status);
  record->set_counts(attempt.counts);
  record->set_start_wall_ms(attempt.start_wall_ms);
  record->set_finish_wall_ms(attempt.finish_wall_ms);
  record->set_memory_mb_ms(attempt.memory_mb_ms);
  record->set_vcore_ms(attempt.vcore_ms);
  if (!IsOver(attempt.state)) return;
  for (const PastContainer& past : attempt.past) ToRecord(past, types, record->add_past());
}

// Values of an enumeration that a newer version may have written are read as its last known one.
template <typename Enum>
Enum BoundedEnum(int32_t value, Enum last) {
  return static_cast<Enum>(std::clamp(value, 0, static_cast<int32_t>(last)));
}

Attempt FromRecord(const ApplicationId& application, const state::AttemptRecord& record, const ResourceTypes& types) {
  Attempt attempt;
  attempt.id = {application, record.attempt()};
  attempt.state = BoundedEnum(record.state(), AttemptState::kKilled);
  if (record.has_am_container()) {
    attempt.am_container = FromProto(record.am_container());
    attempt.am_node = FromProto(record.am_node());
    attempt.am_node_http_address = record.am_node_http_address();
    attempt.nodes.insert(attempt.am_node);
  }
  if (record.has_am_resource() && !IsOver(attempt.state)) {
    LiveContainer& am = attempt.containers[attempt.am_container];
    am.grant.container = attempt.am_container;
    am.grant.node = attempt.am_node;
    am.grant.resource = FromProto(record.am_resource(), types);
    am.grant.is_am = true;
    am.node_http_address = attempt.am_node_http_address;
    am.creation_wall_ms = record.am_creation_wall_ms();
    am.state = LiveContainer::State::kRunning;
  }
  attempt.host = record.host();
  attempt.rpc_port = record.rpc_port();
  attempt.original_tracking_url = record.original_tracking_url();
  attempt.final_status = BoundedEnum(record.final_status(), FinalStatus::kEnded);
  attempt.diagnostics = record.diagnostics();
  attempt.am_exit_status = record.am_exit_status();
  attempt.counts = record.counts();
  attempt.start_wall_ms = record.start_wall_ms();
  attempt.finish_wall_ms = record.finish_wall_ms();
  attempt.memory_mb_ms = record.memory_mb_ms();
  attempt.vcore_ms = record.vcore_ms();
  if (IsOver(attempt.state)) attempt.progress = 1;
  for (const state::PastContainerRecord& past : record.past()) {
    attempt.past.push_back({FromProto(past.container()), FromProto(past.node()), past.node_http_address(),
                            FromProto(past.resource(), types), past.priority(), past.exit_status(),
                            past.creation_wall_ms(), past.finish_wall_ms()});
  }
  return attempt;
}

void ToRecord(const MasterKey& key, state::KeyRecord* record) {
  record->set_id(key.id);
  record->set_secret(key.secret);
}

void ToRecord(const RollingKey::State& key, int64_t now_wall_ms, state::RollingKeyRecord* record) {
  ToRecord(key.current, record->mutable_current());
  if (key.previous) ToRecord(*key.previous, record->mutable_previous());
  if (key.next) ToRecord(*key.next, record->mutable_next());
  record->set_roll_wall_ms(now_wall_ms + ToMillis(key.until_roll));
  record->set_activation_wall_ms(now_wall_ms + ToMillis(key.until_activation));
}

MasterKey FromRecord(const state::KeyRecord& record) { return {record.id(), record.secret()}; }

RollingKey::State FromRecord(const state::RollingKeyRecord& record, int64_t now_wall_ms) {
  RollingKey::State key;
  key.current = FromRecord(record.current());
  if (record.has_previous()) key.previous = FromRecord(record.previous());
  if (record.has_next()) key.next = FromRecord(record.next());
  key.until_roll = Millis(record.roll_wall_ms() - now_wall_ms);
  key.until_activation = Millis(record.activation_wall_ms() - now_wall_ms);
  return key;
}

}  // namespace

void ToRecord(const Submission& submission, const ResourceTypes& types, state::SubmissionRecord* record) {
  record->set_user(submission.user);
  record->set_name(submission.name);
  record->set_queue(submission.queue);
  record->set_type(submission.type);
  for (const std::string& tag : submission.tags) record->add_tags(tag);
  record->set_max_attempts(submission.max_attempts);
  record->set_unmanaged(submission.unmanaged);
  record->set_keep_containers(submission.keep_containers);
  record->set_failure_validity_ms(submission.failure_validity_ms);
  for (const Ask& ask : submission.am_asks) ToRecord(ask, types, record->add_am_asks());
  record->set_launch_context(submission.launch_context);
  record->set_log_aggregation_context(submission.log_aggregation_context);
  record->set_submit_wall_ms(submission.submit_wall_ms);
  record->set_view_acl(submission.view_acl);
  record->set_modify_acl(submission.modify_acl);
}

Submission FromRecord(const ApplicationId& id, const state::SubmissionRecord& record, const ResourceTypes& types) {
  Submission submission;
  submission.id = id;
  submission.user = record.user();
  submission.name = record.name();
  submission.queue = record.queue();
  submission.type = record.type();
  submission.tags.assign(record.tags().begin(), record.tags().end());
  submission.max_attempts = record.max_attempts();
  submission.unmanaged = record.unmanaged();
  submission.keep_containers = record.keep_containers();
  submission.failure_validity_ms = record.failure_validity_ms();
  for (const state::AskRecord& ask : record.am_asks()) submission.am_asks.push_back(FromRecord(ask, types));
  submission.launch_context = record.launch_context();
  submission.log_aggregation_context = record.log_aggregation_context();
  submission.submit_wall_ms = record.submit_wall_ms();
  submission.view_acl = record.view_acl();
  submission.modify_acl = record.modify_acl();
  return submission;
}

void ToRecord(const Application& application, const ResourceTypes& types, state::ApplicationRecord* record) {
  record->set_state(static_cast<int32_t>(application.state));
  record->set_final_status(static_cast<int32_t>(application.final_status));
  record->set_diagnostics(application.diagnostics);
  record->set_launch_wall_ms(application.launch_wall_ms);
  record->set_finish_wall_ms(application.finish_wall_ms);
  record->set_priority(application.submission.priority);
  record->set_lifetime_s(application.submission.lifetime_s);
  for (const Attempt& attempt : application.attempts) ToRecord(attempt, types, record->add_attempts());
}

Application FromRecord(Submission submission, const state::ApplicationRecord& record, const ResourceTypes& types) {
  Application application;
  application.submission = std::move(submission);
  application.submission.priority = record.priority();
  application.submission.lifetime_s = record.lifetime_s();
  application.state = BoundedEnum(record.state(), AppState::kKilled);
  application.final_status = BoundedEnum(record.final_status(), FinalStatus::kEnded);
  application.diagnostics = record.diagnostics();
  application.launch_wall_ms = record.launch_wall_ms();
  application.finish_wall_ms = record.finish_wall_ms();
  for (const state::AttemptRecord& attempt : record.attempts()) {
    application.attempts.push_back(FromRecord(application.id(), attempt, types));
  }
  return application;
}

void ToRecord(const TokenKeys& keys, int64_t now_wall_ms, state::TokenKeysRecord* record) {
  ToRecord(keys.amrm, now_wall_ms, record->mutable_amrm());
  ToRecord(keys.nm, now_wall_ms, record->mutable_nm());
  ToRecord(keys.container, now_wall_ms, record->mutable_container());
}

TokenKeys FromRecord(const state::TokenKeysRecord& record, int64_t now_wall_ms) {
  return {FromRecord(record.amrm(), now_wall_ms), FromRecord(record.nm(), now_wall_ms),
          FromRecord(record.container(), now_wall_ms)};
}

}  // namespace tusk::yarn
