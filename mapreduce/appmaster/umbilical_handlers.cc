// Tasks' calls: each becomes one event of the brain.
#include "mapreduce/appmaster/umbilical_handlers.h"

#include "base/log/log.h"
#include "mapreduce/umbilical/umbilical.pb.h"

namespace tusk::mapreduce {

namespace {
constexpr uint32_t kEventsMax = 10'000;

template <typename Message>
void KeepCounters(JobRun& run, AttemptKey key, const Message& message) {
  if (message.counters_size() == 0) return;
  Counters counters;
  for (const umbilical::Counter& counter : message.counters()) counters.Find(counter.group(), counter.name()).Set(counter.value());
  run.counters[key] = counters;
}
}  // namespace

Task<Result<umbilical::Assignment>> UmbilicalHandlers::GetTask(rpc::CallContext&, const umbilical::GetTaskRequest& request) {
  umbilical::Assignment assignment;
  std::optional<AttemptKey> key = run_.brain.AttemptOf(request.container_id());
  if (!key || !run_.brain.Heard(*key, 0, loop_.Now())) {
    assignment.set_should_end(true);
    co_return assignment;
  }
  assignment.set_attempt_id(run_.brain.AttemptId(*key));
  assignment.set_is_map(key->kind == TaskKind::kMap);
  assignment.set_task_index(key->task);
  assignment.set_app_attempt(run_.app_attempt);
  assignment.set_maps(static_cast<int32_t>(run_.splits.size()));
  if (key->kind == TaskKind::kMap) {
    const InputSplit& split = run_.splits[static_cast<size_t>(key->task)];
    assignment.set_split_path(split.path);
    assignment.set_split_start(split.start);
    assignment.set_split_length(split.length);
  }
  co_return assignment;
}

Task<Result<umbilical::StatusResponse>> UmbilicalHandlers::StatusUpdate(rpc::CallContext&, const umbilical::StatusRequest& request) {
  std::optional<AttemptKey> key = ParseAttemptId(run_.brain, request.attempt_id());
  umbilical::StatusResponse response;
  bool wanted = key && run_.brain.Heard(*key, request.progress(), loop_.Now(), request.idle());
  response.set_should_end(!wanted);
  if (wanted) KeepCounters(run_, *key, request);
  co_return response;
}

Task<Result<umbilical::MayCommitResponse>> UmbilicalHandlers::MayCommit(rpc::CallContext&, const umbilical::AttemptRequest& request) {
  std::optional<AttemptKey> key = ParseAttemptId(run_.brain, request.attempt_id());
  umbilical::MayCommitResponse response;
  bool may = key && run_.brain.MayCommit(*key, loop_.Now());
  response.set_may_commit(may);
  response.set_should_end(!may);
  co_return response;
}

Task<Result<umbilical::StatusResponse>> UmbilicalHandlers::Done(rpc::CallContext&, const umbilical::DoneRequest& request) {
  std::optional<AttemptKey> key = ParseAttemptId(run_.brain, request.attempt_id());
  umbilical::StatusResponse response;
  bool accepted = key && run_.brain.Done(*key, loop_.Now());
  response.set_should_end(!accepted);
  if (accepted) KeepCounters(run_, *key, request);
  LogInfo("appmaster", "{} done{}", request.attempt_id(), accepted ? "" : ", too late");
  run_.wake.Set();
  co_return response;
}

Task<Result<umbilical::Nothing>> UmbilicalHandlers::Failed(rpc::CallContext&, const umbilical::FailedRequest& request) {
  std::optional<AttemptKey> key = ParseAttemptId(run_.brain, request.attempt_id());
  if (key) {
    KeepCounters(run_, *key, request);
    run_.brain.Failed(*key, request.message(), loop_.Now());
  }
  run_.wake.Set();
  co_return umbilical::Nothing();
}

Task<Result<umbilical::MapEventsResponse>> UmbilicalHandlers::GetMapEvents(rpc::CallContext&, const umbilical::MapEventsRequest& request) {
  std::optional<AttemptKey> key = ParseAttemptId(run_.brain, request.attempt_id());
  umbilical::MapEventsResponse response;
  bool wanted = key && run_.brain.Heard(*key, request.progress(), loop_.Now());
  response.set_should_end(!wanted);
  if (!wanted) co_return response;
  const std::vector<MapEvent>& events = run_.brain.map_events();
  uint32_t count_max = std::min(kEventsMax, request.count_max() == 0 ? kEventsMax : request.count_max());
  for (size_t i = request.from(); i < events.size() && i - request.from() < count_max; ++i) {
    umbilical::MapEvent* event = response.add_events();
    event->set_map(events[i].map);
    event->set_attempt_id(run_.brain.AttemptId({TaskKind::kMap, events[i].map, events[i].attempt}));
    event->set_obsolete(events[i].obsolete);
    event->set_host(events[i].host);
    event->set_port(events[i].port);
  }
  co_return response;
}

Task<Result<umbilical::Nothing>> UmbilicalHandlers::FetchFailed(rpc::CallContext&, const umbilical::FetchFailedRequest& request) {
  std::optional<AttemptKey> reducer = ParseAttemptId(run_.brain, request.attempt_id());
  std::optional<AttemptKey> map = ParseAttemptId(run_.brain, request.map_attempt_id());
  LogWarn("appmaster", "{} cannot fetch {}: {}", request.attempt_id(), request.map_attempt_id(), request.message());
  if (reducer && map && map->kind == TaskKind::kMap) run_.brain.FetchFailed(*reducer, map->task, map->number, loop_.Now());
  run_.wake.Set();
  co_return umbilical::Nothing();
}

}  // namespace tusk::mapreduce
