// UmbilicalHandlers: what the app master answers its tasks.
#pragma once

#include "mapreduce/appmaster/job_run.h"
#include "mapreduce/umbilical/umbilical.rpc.h"

namespace tusk::mapreduce {

class UmbilicalHandlers : public umbilical::TaskUmbilicalService {
 public:
  explicit UmbilicalHandlers(JobRun& run, EventLoop& loop) : run_(run), loop_(loop) {}
  Task<Result<umbilical::Assignment>> GetTask(rpc::CallContext& call, const umbilical::GetTaskRequest& request) override;
  Task<Result<umbilical::StatusResponse>> StatusUpdate(rpc::CallContext& call, const umbilical::StatusRequest& request) override;
  Task<Result<umbilical::MayCommitResponse>> MayCommit(rpc::CallContext& call, const umbilical::AttemptRequest& request) override;
  Task<Result<umbilical::StatusResponse>> Done(rpc::CallContext& call, const umbilical::DoneRequest& request) override;
  Task<Result<umbilical::Nothing>> Failed(rpc::CallContext& call, const umbilical::FailedRequest& request) override;
  Task<Result<umbilical::MapEventsResponse>> GetMapEvents(rpc::CallContext& call, const umbilical::MapEventsRequest& request) override;
  Task<Result<umbilical::Nothing>> FetchFailed(rpc::CallContext& call, const umbilical::FetchFailedRequest& request) override;

 private:
  JobRun& run_;
  EventLoop& loop_;
};

}  // namespace tusk::mapreduce
