// HistoryHandlers: MRClientProtocol about finished jobs, under the name by which Java's job clients ask a history server
// once a job has ended.
#pragma once

#include "base/env/env.h"
#include "mapreduce/history/history_store.h"
#include "mapreduce/proto/MRClientProtocol.rpc.h"

namespace tusk::mapreduce {

class HistoryHandlers : public hadoop::mapreduce::MRClientProtocolService {
 public:
  HistoryHandlers(Env env, HistoryStore& store) : env_(env), store_(store) {}
  std::string_view protocol() const override { return "org.apache.hadoop.mapreduce.v2.api.HSClientProtocolPB"; }
  // As links say it, once it is known.
  void SetAddress(std::string web_address) { web_address_ = std::move(web_address); }

#define TUSK_HISTORY_METHOD(Method)                                        \
  Task<Result<hadoop::mapreduce::Method##ResponseProto>> Method(           \
      rpc::CallContext& call, const hadoop::mapreduce::Method##RequestProto& request) override
  TUSK_HISTORY_METHOD(GetJobReport);
  TUSK_HISTORY_METHOD(GetTaskReport);
  TUSK_HISTORY_METHOD(GetTaskAttemptReport);
  TUSK_HISTORY_METHOD(GetCounters);
  TUSK_HISTORY_METHOD(GetTaskAttemptCompletionEvents);
  TUSK_HISTORY_METHOD(GetTaskReports);
  TUSK_HISTORY_METHOD(GetDiagnostics);
  TUSK_HISTORY_METHOD(KillJob);
  TUSK_HISTORY_METHOD(KillTask);
  TUSK_HISTORY_METHOD(KillTaskAttempt);
  TUSK_HISTORY_METHOD(FailTaskAttempt);
#undef TUSK_HISTORY_METHOD

 private:
  Task<Result<std::shared_ptr<const StoredJob>>> Load(std::string job);

  Env env_;
  HistoryStore& store_;
  std::string web_address_;
};

}  // namespace tusk::mapreduce
