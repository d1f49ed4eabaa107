// Records into Hadoop's messages.
#include "mapreduce/history/history_handlers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <vector>

#include "base/async/blocking_pool.h"

namespace tusk::mapreduce {
namespace {

namespace mr = hadoop::mapreduce;

std::string JobIdOf(const mr::JobIdProto& proto) {
  return fmt::format("job_{}_{:04}", proto.app_id().cluster_timestamp(), proto.id());
}

std::string TaskIdOf(const mr::TaskIdProto& proto) {
  return fmt::format("task_{}_{:04}_{}_{:06}", proto.job_id().app_id().cluster_timestamp(), proto.job_id().id(),
                     proto.task_type() == mr::REDUCE ? 'r' : 'm', proto.id());
}

std::string AttemptIdOf(const mr::TaskAttemptIdProto& proto) {
  return fmt::format("attempt_{}_{}", TaskIdOf(proto.task_id()).substr(5), proto.id());
}

int64_t NumberOf(std::string_view text) {
  int64_t value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> Split(const std::string& id) {
  std::vector<std::string> parts(1);
  for (const char c : id) {
    if (c == '_') parts.emplace_back();
    else parts.back() += c;
  }
  return parts;
}

// job_1_0001, task_1_0001_m_000002, attempt_1_0001_m_000002_0
void FillJobId(const std::string& id, mr::JobIdProto* proto) {
  const std::vector<std::string> parts = Split(id);
  if (parts.size() < 3) return;
  proto->mutable_app_id()->set_cluster_timestamp(NumberOf(parts[1]));
  proto->mutable_app_id()->set_id(static_cast<int32_t>(NumberOf(parts[2])));
  proto->set_id(static_cast<int32_t>(NumberOf(parts[2])));
}
void FillTaskId(const std::string& id, mr::TaskIdProto* proto) {
  const std::vector<std::string> parts = Split(id);
  FillJobId(id, proto->mutable_job_id());
  if (parts.size() < 5) return;
  proto->set_task_type(parts[3] == "r" ? mr::REDUCE : mr::MAP);
  proto->set_id(static_cast<int32_t>(NumberOf(parts[4])));
}
void FillAttemptId(const std::string& id, mr::TaskAttemptIdProto* proto) {
  FillTaskId(id, proto->mutable_task_id());
  const std::vector<std::string> parts = Split(id);
  if (parts.size() >= 6) proto->set_id(static_cast<int32_t>(NumberOf(parts[5])));
}

void FillCounters(const CountersRecord& counters, mr::CountersProto* proto) {
  for (const CounterGroupRecord& group : counters) {
    auto* entry = proto->add_counter_groups();
    entry->set_key(group.name);
    entry->mutable_value()->set_name(group.name);
    entry->mutable_value()->set_display_name(group.display_name);
    for (const CounterRecord& counter : group.counters) {
      auto* one = entry->mutable_value()->add_counters();
      one->set_key(counter.name);
      one->mutable_value()->set_name(counter.name);
      one->mutable_value()->set_display_name(counter.display_name);
      one->mutable_value()->set_value(counter.value);
    }
  }
}

mr::TaskStateProto TaskStateOf(const std::string& state) {
  return state == "SUCCEEDED" ? mr::TS_SUCCEEDED : state == "FAILED" ? mr::TS_FAILED : state == "KILLED" ? mr::TS_KILLED : mr::TS_RUNNING;
}
mr::TaskAttemptStateProto AttemptStateOf(const std::string& state) {
  return state == "SUCCEEDED" ? mr::TA_SUCCEEDED : state == "FAILED" ? mr::TA_FAILED : state == "KILLED" ? mr::TA_KILLED : mr::TA_RUNNING;
}
mr::JobStateProto JobStateOf(const std::string& state) {
  return state == "SUCCEEDED" ? mr::J_SUCCEEDED : state == "FAILED" ? mr::J_FAILED : state == "KILLED" ? mr::J_KILLED : mr::J_ERROR;
}

void FillTaskReport(const TaskRecord& task, mr::TaskReportProto* report) {
  FillTaskId(task.id, report->mutable_task_id());
  report->set_task_state(TaskStateOf(task.state));
  report->set_progress(1);
  report->set_start_time(task.start_ms);
  report->set_finish_time(task.finish_ms);
  FillCounters(task.counters, report->mutable_counters());
  if (!task.successful_attempt.empty()) FillAttemptId(task.successful_attempt, report->mutable_successful_attempt());
  if (!task.error.empty()) report->add_diagnostics(task.error);
}

void FillAttemptReport(const AttemptRecord& attempt, mr::TaskAttemptReportProto* report) {
  FillAttemptId(attempt.id, report->mutable_task_attempt_id());
  report->set_task_attempt_state(AttemptStateOf(attempt.state));
  report->set_progress(1);
  report->set_start_time(attempt.start_ms);
  report->set_finish_time(attempt.finish_ms);
  report->set_shuffle_finish_time(attempt.shuffle_finish_ms);
  report->set_sort_finish_time(attempt.sort_finish_ms);
  FillCounters(attempt.counters, report->mutable_counters());
  report->set_diagnostic_info(attempt.diagnostics);
  report->set_state_string(attempt.status);
  report->set_phase(mr::P_CLEANUP);
  report->set_node_manager_host(attempt.host);
  report->set_node_manager_http_port(attempt.http_port);
}

Status NoSuchTask(const std::string& task) { return {Code::kIOError, "Unknown Task " + task}; }
Status IsOver() { return {Code::kIOError, "Invalid operation on completed job"}; }

}  // namespace

Task<Result<std::shared_ptr<const StoredJob>>> HistoryHandlers::Load(std::string job) {
  auto stored = co_await env_.disk_pool.Run([this, &job] {
    const auto lock = store_.Lock();
    return store_.Load(job);
  });
  if (!stored.ok() && stored.status().code() == Code::kFileNotFound) co_return Status(Code::kIOError, "Unknown Job " + job);
  co_return stored;
}

Task<Result<mr::GetJobReportResponseProto>> HistoryHandlers::GetJobReport(rpc::CallContext&, const mr::GetJobReportRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(request.job_id())));
  const JobRecord& job = stored->record;
  mr::GetJobReportResponseProto response;
  auto* report = response.mutable_job_report();
  FillJobId(stored->index.job, report->mutable_job_id());
  report->set_job_state(JobStateOf(job.state));
  for (auto setter : {&mr::JobReportProto::set_map_progress, &mr::JobReportProto::set_reduce_progress,
                      &mr::JobReportProto::set_setup_progress, &mr::JobReportProto::set_cleanup_progress}) {
    (report->*setter)(1);
  }
  report->set_submit_time(job.submit_ms);
  report->set_start_time(job.launch_ms);
  report->set_finish_time(job.finish_ms);
  report->set_user(job.user);
  report->set_jobname(job.name);
  report->set_jobfile(stored->index.conf_file);
  report->set_historyfile(stored->index.file);
  report->set_trackingurl("http://" + web_address_ + "/jobhistory/job/" + stored->index.job);
  report->set_diagnostics(job.diagnostics);
  report->set_is_uber(job.uberized);
  co_return response;
}

Task<Result<mr::GetCountersResponseProto>> HistoryHandlers::GetCounters(rpc::CallContext&, const mr::GetCountersRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(request.job_id())));
  mr::GetCountersResponseProto response;
  FillCounters(stored->record.total_counters, response.mutable_counters());
  co_return response;
}

Task<Result<mr::GetTaskReportsResponseProto>> HistoryHandlers::GetTaskReports(rpc::CallContext&, const mr::GetTaskReportsRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(request.job_id())));
  mr::GetTaskReportsResponseProto response;
  const char* type = request.task_type() == mr::REDUCE ? "REDUCE" : "MAP";
  for (const auto& [id, task] : stored->record.tasks) {
    if (task.type == type) FillTaskReport(task, response.add_task_reports());
  }
  co_return response;
}

Task<Result<mr::GetTaskReportResponseProto>> HistoryHandlers::GetTaskReport(rpc::CallContext&, const mr::GetTaskReportRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(request.task_id().job_id())));
  const TaskRecord* task = stored->record.FindTask(TaskIdOf(request.task_id()));
  if (task == nullptr) co_return NoSuchTask(TaskIdOf(request.task_id()));
  mr::GetTaskReportResponseProto response;
  FillTaskReport(*task, response.mutable_task_report());
  co_return response;
}

Task<Result<mr::GetTaskAttemptReportResponseProto>> HistoryHandlers::GetTaskAttemptReport(
    rpc::CallContext&, const mr::GetTaskAttemptReportRequestProto& request) {
  const mr::TaskAttemptIdProto& id = request.task_attempt_id();
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(id.task_id().job_id())));
  const TaskRecord* task = stored->record.FindTask(TaskIdOf(id.task_id()));
  if (task == nullptr) co_return NoSuchTask(TaskIdOf(id.task_id()));
  for (const AttemptRecord& attempt : task->attempts) {
    if (attempt.id != AttemptIdOf(id)) continue;
    mr::GetTaskAttemptReportResponseProto response;
    FillAttemptReport(attempt, response.mutable_task_attempt_report());
    co_return response;
  }
  co_return Status(Code::kIOError, "Unknown TaskAttempt " + AttemptIdOf(id));
}

Task<Result<mr::GetTaskAttemptCompletionEventsResponseProto>> HistoryHandlers::GetTaskAttemptCompletionEvents(
    rpc::CallContext&, const mr::GetTaskAttemptCompletionEventsRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(request.job_id())));
  // In the order in which they ended.
  std::vector<const AttemptRecord*> ended;
  for (const auto& [id, task] : stored->record.tasks) {
    for (const AttemptRecord& attempt : task.attempts) {
      if (attempt.finish_ms > 0) ended.push_back(&attempt);
    }
  }
  std::sort(ended.begin(), ended.end(), [](const auto* a, const auto* b) {
    return std::tie(a->finish_ms, a->id) < std::tie(b->finish_ms, b->id);
  });
  mr::GetTaskAttemptCompletionEventsResponseProto response;
  for (size_t i = static_cast<size_t>(std::max(0, request.from_event_id())); i < ended.size(); ++i) {
    if (response.completion_events_size() >= request.max_events()) break;
    auto* event = response.add_completion_events();
    FillAttemptId(ended[i]->id, event->mutable_attempt_id());
    event->set_status(ended[i]->state == "SUCCEEDED" ? mr::TACE_SUCCEEDED
                      : ended[i]->state == "FAILED"  ? mr::TACE_FAILED
                                                     : mr::TACE_KILLED);
    event->set_map_output_server_address(fmt::format("http://{}:{}", ended[i]->host, ended[i]->http_port));
    event->set_attempt_run_time(static_cast<int32_t>(ended[i]->finish_ms - ended[i]->start_ms));
    event->set_event_id(static_cast<int32_t>(i));
  }
  co_return response;
}

Task<Result<mr::GetDiagnosticsResponseProto>> HistoryHandlers::GetDiagnostics(rpc::CallContext&, const mr::GetDiagnosticsRequestProto& request) {
  const mr::TaskAttemptIdProto& id = request.task_attempt_id();
  CO_ASSIGN_OR_RETURN(const auto stored, co_await Load(JobIdOf(id.task_id().job_id())));
  const TaskRecord* task = stored->record.FindTask(TaskIdOf(id.task_id()));
  if (task == nullptr) co_return NoSuchTask(TaskIdOf(id.task_id()));
  mr::GetDiagnosticsResponseProto response;
  for (const AttemptRecord& attempt : task->attempts) {
    if (attempt.id == AttemptIdOf(id) && !attempt.diagnostics.empty()) response.add_diagnostics(attempt.diagnostics);
  }
  co_return response;
}

Task<Result<mr::KillJobResponseProto>> HistoryHandlers::KillJob(rpc::CallContext&, const mr::KillJobRequestProto&) { co_return IsOver(); }
Task<Result<mr::KillTaskResponseProto>> HistoryHandlers::KillTask(rpc::CallContext&, const mr::KillTaskRequestProto&) { co_return IsOver(); }
Task<Result<mr::KillTaskAttemptResponseProto>> HistoryHandlers::KillTaskAttempt(rpc::CallContext&, const mr::KillTaskAttemptRequestProto&) {
  co_return IsOver();
}
Task<Result<mr::FailTaskAttemptResponseProto>> HistoryHandlers::FailTaskAttempt(rpc::CallContext&, const mr::FailTaskAttemptRequestProto&) {
  co_return IsOver();
}

}  // namespace tusk::mapreduce
