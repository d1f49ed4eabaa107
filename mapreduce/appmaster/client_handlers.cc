// MRClientProtocol's answers. Wire: shared facts, mapreduce §2.
#include "mapreduce/appmaster/client_handlers.h"

#include "mapreduce/client/counters_proto.h"
#include "mapreduce/proto/mr_service_protos.pb.h"

namespace tusk::mapreduce {

namespace mr = hadoop::mapreduce;

namespace {

mr::JobStateProto StateOf(JobPhase phase) {
  switch (phase) {
    case JobPhase::kSucceeded: return mr::J_SUCCEEDED;
    case JobPhase::kFailed: return mr::J_FAILED;
    case JobPhase::kKilled: return mr::J_KILLED;
    case JobPhase::kRunning:
    case JobPhase::kCommitting: break;
  }
  return mr::J_RUNNING;
}

// job_<timestamp>_<number>
void FillJobId(const std::string& job_id, mr::JobIdProto* proto) {
  size_t cut = job_id.rfind('_');
  int number = std::atoi(job_id.c_str() + cut + 1);
  proto->mutable_app_id()->set_cluster_timestamp(std::atoll(job_id.c_str() + 4));
  proto->mutable_app_id()->set_id(number);
  proto->set_id(number);
}

void FillTaskId(const JobRun& run, TaskKind kind, int task, mr::TaskIdProto* proto) {
  FillJobId(run.brain.plan().job_id, proto->mutable_job_id());
  proto->set_task_type(kind == TaskKind::kMap ? mr::MAP : mr::REDUCE);
  proto->set_id(task);
}

}  // namespace

void ClientHandlers::AttemptEnded(const JobBrain::Ended& ended) { ended_.push_back(ended); }

Task<Result<mr::GetJobReportResponseProto>> ClientHandlers::GetJobReport(rpc::CallContext&, const mr::GetJobReportRequestProto&) {
  mr::GetJobReportResponseProto response;
  mr::JobReportProto* report = response.mutable_job_report();
  FillJobId(run_.brain.plan().job_id, report->mutable_job_id());
  report->set_job_state(StateOf(run_.brain.phase()));
  report->set_map_progress(static_cast<float>(run_.brain.MapProgress()));
  report->set_reduce_progress(static_cast<float>(run_.brain.ReduceProgress()));
  report->set_setup_progress(1);
  report->set_cleanup_progress(run_.brain.phase() > JobPhase::kCommitting ? 1 : 0);
  report->set_start_time(run_.start_wall_ms);
  report->set_submit_time(run_.start_wall_ms);
  report->set_finish_time(run_.finish_wall_ms);
  report->set_user(run_.user);
  report->set_jobname(run_.name);
  report->set_jobfile(run_.staging + "/job.xml");
  report->set_trackingurl("");
  report->set_diagnostics(run_.brain.diagnostics());
  report->set_is_uber(false);
  co_return response;
}

Task<Result<mr::GetCountersResponseProto>> ClientHandlers::GetCounters(rpc::CallContext&, const mr::GetCountersRequestProto&) {
  mr::GetCountersResponseProto response;
  CountersToProto(run_.Totals(), response.mutable_counters());
  co_return response;
}

Task<Result<mr::GetTaskReportsResponseProto>> ClientHandlers::GetTaskReports(rpc::CallContext&, const mr::GetTaskReportsRequestProto& request) {
  mr::GetTaskReportsResponseProto response;
  TaskKind kind = request.task_type() == mr::REDUCE ? TaskKind::kReduce : TaskKind::kMap;
  const std::vector<JobTask>& tasks = kind == TaskKind::kMap ? run_.brain.maps() : run_.brain.reduces();
  for (size_t i = 0; i < tasks.size(); ++i) {
    mr::TaskReportProto* report = response.add_task_reports();
    FillTaskId(run_, kind, static_cast<int>(i), report->mutable_task_id());
    report->set_task_state(tasks[i].state == TaskState::kSucceeded ? mr::TS_SUCCEEDED
                           : tasks[i].state == TaskState::kRunning ? mr::TS_RUNNING
                                                                   : mr::TS_SCHEDULED);
    report->set_progress(tasks[i].attempts.empty() ? 0 : static_cast<float>(tasks[i].attempts.back().progress));
    report->mutable_counters();
    for (const Attempt& attempt : tasks[i].attempts) {
      if (attempt.state == AttemptState::kFailed) report->add_diagnostics(attempt.diagnostics);
    }
  }
  co_return response;
}

Task<Result<mr::GetTaskAttemptCompletionEventsResponseProto>> ClientHandlers::GetTaskAttemptCompletionEvents(
    rpc::CallContext&, const mr::GetTaskAttemptCompletionEventsRequestProto& request) {
  mr::GetTaskAttemptCompletionEventsResponseProto response;
  for (size_t i = static_cast<size_t>(std::max(0, request.from_event_id())); i < ended_.size(); ++i) {
    if (response.completion_events_size() >= request.max_events()) break;
    mr::TaskAttemptCompletionEventProto* event = response.add_completion_events();
    FillTaskId(run_, ended_[i].key.kind, ended_[i].key.task, event->mutable_attempt_id()->mutable_task_id());
    event->mutable_attempt_id()->set_id(run_.brain.plan().first_attempt_number + ended_[i].key.number);
    event->set_status(ended_[i].state == AttemptState::kSucceeded ? mr::TACE_SUCCEEDED
                      : ended_[i].state == AttemptState::kFailed  ? mr::TACE_FAILED
                                                                  : mr::TACE_KILLED);
    event->set_event_id(static_cast<int32_t>(i));
    event->set_attempt_run_time(0);
    event->set_map_output_server_address("");
  }
  co_return response;
}

Task<Result<mr::GetDiagnosticsResponseProto>> ClientHandlers::GetDiagnostics(rpc::CallContext&, const mr::GetDiagnosticsRequestProto& request) {
  mr::GetDiagnosticsResponseProto response;
  const mr::TaskIdProto& task = request.task_attempt_id().task_id();
  AttemptKey key{task.task_type() == mr::REDUCE ? TaskKind::kReduce : TaskKind::kMap, task.id(),
                 request.task_attempt_id().id() - run_.brain.plan().first_attempt_number};
  for (const JobBrain::Ended& ended : ended_) {
    if (ended.key == key && !ended.diagnostics.empty()) response.add_diagnostics(ended.diagnostics);
  }
  co_return response;
}

Task<Result<mr::KillJobResponseProto>> ClientHandlers::KillJob(rpc::CallContext& call, const mr::KillJobRequestProto&) {
  run_.brain.Kill("Kill job " + run_.brain.plan().job_id + " received from " + call.user.name + " (auth:SIMPLE) at " + call.remote.host +
                      "\nJob received Kill while in RUNNING state.\n",
                  loop_.Now());
  run_.wake.Set();
  co_return mr::KillJobResponseProto();
}

}  // namespace tusk::mapreduce
