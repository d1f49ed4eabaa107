// ClientHandlers: MRClientProtocol, by which job clients (ours and Java's) watch and kill a running job.
#pragma once

#include "mapreduce/appmaster/job_run.h"
#include "mapreduce/proto/MRClientProtocol.rpc.h"

namespace tusk::mapreduce {

class ClientHandlers : public hadoop::mapreduce::MRClientProtocolService {
 public:
  explicit ClientHandlers(JobRun& run, EventLoop& loop) : run_(run), loop_(loop) {}
  Task<Result<hadoop::mapreduce::GetJobReportResponseProto>> GetJobReport(
      rpc::CallContext& call, const hadoop::mapreduce::GetJobReportRequestProto& request) override;
  Task<Result<hadoop::mapreduce::GetCountersResponseProto>> GetCounters(
      rpc::CallContext& call, const hadoop::mapreduce::GetCountersRequestProto& request) override;
  Task<Result<hadoop::mapreduce::GetTaskReportsResponseProto>> GetTaskReports(
      rpc::CallContext& call, const hadoop::mapreduce::GetTaskReportsRequestProto& request) override;
  Task<Result<hadoop::mapreduce::GetTaskAttemptCompletionEventsResponseProto>> GetTaskAttemptCompletionEvents(
      rpc::CallContext& call, const hadoop::mapreduce::GetTaskAttemptCompletionEventsRequestProto& request) override;
  Task<Result<hadoop::mapreduce::GetDiagnosticsResponseProto>> GetDiagnostics(
      rpc::CallContext& call, const hadoop::mapreduce::GetDiagnosticsRequestProto& request) override;
  Task<Result<hadoop::mapreduce::KillJobResponseProto>> KillJob(rpc::CallContext& call,
                                                                const hadoop::mapreduce::KillJobRequestProto& request) override;
  // Attempts that ended, in order; the app master adds them.
  void AttemptEnded(const JobBrain::Ended& ended);

 private:
  JobRun& run_;
  EventLoop& loop_;
  std::vector<JobBrain::Ended> ended_;
};


}  // namespace tusk::mapreduce
