// The umbilical from the task's end.
#include "mapreduce/task_process/am_connection.h"

#include "mapreduce/client/counters_proto.h"
#include "mapreduce/umbilical/umbilical.rpc.h"

namespace tusk::mapreduce {

struct AmConnection::Channels {
  umbilical::TaskUmbilicalClient umbilical;
};

namespace {
Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}
}  // namespace

AmConnection::AmConnection(LoopThread& thread, HostPort app_master, Token job_token) : thread_(thread) {
  client_ = rpc::Client::Make(thread.env(), std::chrono::seconds(120));
  rpc::CallOptions options{.timeout = std::chrono::seconds(30), .retries_max = 5};
  std::string user = job_token.service;
  rpc::Channel channel(*client_, std::move(app_master), {user, "", std::move(job_token)}, options);
  channels_ = std::make_unique<Channels>(Channels{umbilical::TaskUmbilicalClient(channel)});
}

AmConnection::~AmConnection() { (void)thread_.Run(Close(client_.get())); }

Result<umbilical::Assignment> AmConnection::GetTask(const std::string& container_id) {
  umbilical::GetTaskRequest request;
  request.set_container_id(container_id);
  return thread_.Run(channels_->umbilical.GetTask(request));
}

Result<bool> AmConnection::Report(const std::string& attempt_id, double progress, const std::string& status, const Counters& counters, bool idle) {
  umbilical::StatusRequest request;
  request.set_attempt_id(attempt_id);
  request.set_progress(progress);
  request.set_status(status);
  request.set_idle(idle);
  AddCounters(counters, request);
  ASSIGN_OR_RETURN(umbilical::StatusResponse response, thread_.Run(channels_->umbilical.StatusUpdate(request)));
  return !response.should_end();
}

Result<umbilical::MayCommitResponse> AmConnection::MayCommit(const std::string& attempt_id) {
  umbilical::AttemptRequest request;
  request.set_attempt_id(attempt_id);
  return thread_.Run(channels_->umbilical.MayCommit(request));
}

Result<bool> AmConnection::Done(const std::string& attempt_id, const Counters& counters) {
  umbilical::DoneRequest request;
  request.set_attempt_id(attempt_id);
  AddCounters(counters, request);
  ASSIGN_OR_RETURN(umbilical::StatusResponse response, thread_.Run(channels_->umbilical.Done(request)));
  return !response.should_end();
}

Status AmConnection::Failed(const std::string& attempt_id, const std::string& message, const Counters& counters) {
  umbilical::FailedRequest request;
  request.set_attempt_id(attempt_id);
  request.set_message(message);
  AddCounters(counters, request);
  Result<umbilical::Nothing> response = thread_.Run(channels_->umbilical.Failed(request));
  return response.ok() ? Status::Ok() : std::move(response).status();
}

Result<umbilical::MapEventsResponse> AmConnection::MapEvents(const std::string& attempt_id, uint32_t from, double progress) {
  umbilical::MapEventsRequest request;
  request.set_attempt_id(attempt_id);
  request.set_from(from);
  request.set_progress(progress);
  return thread_.Run(channels_->umbilical.GetMapEvents(request));
}

Status AmConnection::FetchFailed(const std::string& attempt_id, const std::string& map_attempt_id, const std::string& message) {
  umbilical::FetchFailedRequest request;
  request.set_attempt_id(attempt_id);
  request.set_map_attempt_id(map_attempt_id);
  request.set_message(message);
  Result<umbilical::Nothing> response = thread_.Run(channels_->umbilical.FetchFailed(request));
  return response.ok() ? Status::Ok() : std::move(response).status();
}

}  // namespace tusk::mapreduce
