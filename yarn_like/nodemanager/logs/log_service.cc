// When which logs go up.
#include "yarn_like/nodemanager/logs/log_service.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::yarn {
namespace {
namespace pb = hadoop::yarn;
constexpr size_t kReportsMax = 1000;  // that wait for a heartbeat
}  // namespace

void LogService::Start(NodeId node, Applications& applications) {
  node_ = std::move(node);
  applications_ = &applications;
  if (options_.aggregate && options_.roll_interval > Duration(0)) scope_.Spawn(Roll());
}

Task<void> LogService::Shutdown() {
  scope_.Cancel();
  co_await scope_.Join();
}

LogSelection LogService::SelectionOf(const NodeApplication& application) const {
  LogSelectionOptions options;
  pb::LogAggregationContextProto context;
  if (!application.log_context.empty() && context.ParseFromString(application.log_context)) {
    options.include = context.include_pattern();
    options.exclude = context.exclude_pattern();
    options.rolled_include = context.rolled_logs_include_pattern();
    options.rolled_exclude = context.rolled_logs_exclude_pattern();
    options.policy_class = context.log_aggregation_policy_class_name();
    options.policy_parameters = context.log_aggregation_policy_parameters();
  }
  if (options.policy_class.empty()) {
    options.policy_class = options_.policy_class;
    options.policy_parameters = options_.policy_parameters;
  }
  return LogSelection(options);
}

void LogService::NoteDone(const Container& container) {
  if (!options_.aggregate || applications_ == nullptr) return;
  const ContainerId& id = container.grant.container;
  const NodeApplication* application = applications_->Find(id.attempt.application);
  if (application == nullptr) return;
  Seen& seen = seen_[application->id];
  seen.ended.insert(container.name);
  constexpr int64_t kSequenceMask = (int64_t{1} << 40) - 1;
  bool is_master = container.grant.type == ContainerType::kApplicationMaster;
  if (SelectionOf(*application).WantsContainer(is_master, container.machine.exit_status(), id.id & kSequenceMask)) return;
  seen.unwanted.insert(container.name);
}

Task<Status> LogService::UploadCycle(NodeApplication application, bool last) {
  Seen before = seen_[application.id];
  LogSelection selection = SelectionOf(application);
  AggregationRequest request;
  request.application = application.id;
  request.user = application.user;
  request.node = node_;
  for (const auto& [type, list] : application.acls) request.acls.emplace_back(type == 1 ? "VIEW_APP" : "MODIFY_APP", list);
  if (before.rolled || !last) request.cycle_wall_ms = env_.clock.WallMillis();
  request.remote_files_max = options_.remote_files_max;
  request.last = last;
  request.wanted = [&](const std::string& container, const std::string& file) {
    if (before.unwanted.contains(container) || before.uploaded.contains(container + "/" + file)) return false;
    return selection.WantsFile(file, last || before.ended.contains(container));
  };
  CO_ASSIGN_OR_RETURN(AggregationOutcome outcome, co_await aggregator_.Upload(request));
  if (last) co_return Status::Ok();
  Seen& seen = seen_[application.id];
  seen.rolled = seen.rolled || !outcome.uploaded.empty();
  for (const auto& file : outcome.uploaded) {
    seen.uploaded[BaseName(ParentPath(file.path)) + "/" + file.name] = file.mtime_wall_ms;
    Status removed = co_await env_.disk_pool.Run([this, path = file.path] { return env_.disk.RemoveFile(path); });
    if (!removed.ok()) LogWarn("logs", "{}", removed.ToString());
  }
  co_return Status::Ok();
}

void LogService::Report(const ApplicationId& application, int status, const Status& outcome) {
  if (reports_.size() < kReportsMax) reports_.push_back({application, status, outcome.ok() ? "" : outcome.ToString()});
}

Task<void> LogService::FinishApplication(NodeApplication application) {
  if (!options_.aggregate) co_return;
  Status uploaded = co_await UploadCycle(application, true);
  seen_.erase(application.id);
  if (!uploaded.ok()) LogWarn("logs", "{} not aggregated: {}", application.name, uploaded.ToString());
  Report(application.id, uploaded.ok() ? pb::LOG_SUCCEEDED : pb::LOG_FAILED, uploaded);
}

Task<void> LogService::Roll() {
  while (!scope_.cancelled()) {
    Status slept = co_await SleepFor(env_.loop, options_.roll_interval, scope_.token());
    if (!slept.ok()) co_return;
    std::vector<NodeApplication> running;
    for (const auto& [id, application] : applications_->all()) {
      if (application.state == ApplicationState::kRunning) running.push_back(application);
    }
    for (const auto& application : running) {
      if (scope_.cancelled() || applications_->Find(application.id) == nullptr) continue;
      Status uploaded = co_await UploadCycle(application, false);
      if (!uploaded.ok()) LogWarn("logs", "{} not rolled: {}", application.name, uploaded.ToString());
      Report(application.id, uploaded.ok() ? pb::LOG_RUNNING : pb::LOG_RUNNING_WITH_FAILURE, uploaded);
    }
  }
}

Task<void> LogService::RemoveOld() {
  std::vector<std::string> in_use;
  for (const auto& [id, application] : applications_->all()) in_use.push_back(application.name);
  int64_t older = env_.clock.WallMillis() - ToMillis(options_.retain);
  bool swept = co_await env_.disk_pool.Run([this, in_use, older] {
    logs_.RemoveOlder(older, [&](const std::string& name) { return std::find(in_use.begin(), in_use.end(), name) != in_use.end(); });
    return true;
  });
  TUSK_CHECK(swept);
}

}  // namespace tusk::yarn
