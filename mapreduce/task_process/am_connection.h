// AmConnection: a task's calls to its app master, blocking, from any thread. Retries while the app master does not
// answer; gives up after a while, and then the task should end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/api/context.h"
#include "mapreduce/umbilical/umbilical.pb.h"

namespace tusk::mapreduce {

class AmConnection {
 public:
  AmConnection(LoopThread& thread, HostPort app_master, Token job_token);
  ~AmConnection();
  AmConnection(const AmConnection&) = delete;

  Result<umbilical::Assignment> GetTask(const std::string& container_id);
  // False: the attempt should end.
  Result<bool> Report(const std::string& attempt_id, double progress, const std::string& status, const Counters& counters, bool idle);
  Result<umbilical::MayCommitResponse> MayCommit(const std::string& attempt_id);
  Result<bool> Done(const std::string& attempt_id, const Counters& counters);
  Status Failed(const std::string& attempt_id, const std::string& message, const Counters& counters);
  Result<umbilical::MapEventsResponse> MapEvents(const std::string& attempt_id, uint32_t from, double progress);
  Status FetchFailed(const std::string& attempt_id, const std::string& map_attempt_id, const std::string& message);

 private:
  struct Channels;
  LoopThread& thread_;
  std::unique_ptr<rpc::Client> client_;
  std::unique_ptr<Channels> channels_;
};

}  // namespace tusk::mapreduce
