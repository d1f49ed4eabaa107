// What people and programs are told about the cluster: derived facts over the brain's records, computed when they are
// asked for. REST, the console's API and RPC reports read the brain through these, so that they say the same.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

// Sums over live and ended containers, in MB x seconds and cores x seconds.
struct UsedSeconds {
  int64_t memory_mb = 0;
  int64_t vcores = 0;
};
UsedSeconds UsedSecondsOf(const Application& application, Now now);

// Of the application's nodes together, as Hadoop sums them up.
LogAggregationState LogAggregationOf(const Cluster& cluster, const Application& application);

// A view's pointers are good until the brain is changed: not across a co_await.
struct ApplicationView {
  const Application* application = nullptr;
  const Attempt* attempt = nullptr;  // the current one; null before the first
  bool live = false;                 // the current attempt is not over
  AttemptUsage usage;                // of the current attempt, while it is live
  UsedSeconds seconds;
  Resource am_used;
  double share_percent = 0;          // of the cluster, and of its one queue
  double progress_percent = 0;
  int64_t elapsed_ms = 0;
  bool has_own_page = false;         // its master said where
  std::string why_waiting;           // one sentence while something is pending
  std::string diagnostics;           // as reports say them: while it is accepted, why it waits
  LogAggregationState log_aggregation = LogAggregationState::kDisabled;
};
ApplicationView ViewOf(const Cluster& cluster, const Application& application, Now now);

// A container of an attempt, whether it lives or has ended.
struct ContainerView {
  enum class State : uint8_t { kNew, kRunning, kComplete };
  ContainerId id;
  NodeId node;
  std::string node_http_address;
  Resource resource;
  int32_t priority = 0;
  State state = State::kNew;
  int32_t exit_status = 0;  // kExitInvalid while it lives
  int64_t creation_wall_ms = 0;
  int64_t finish_wall_ms = 0;
  ExecutionType execution = ExecutionType::kGuaranteed;
};
// The ended ones first, as far as they are remembered.
std::vector<ContainerView> ContainersOf(const Attempt& attempt);
// With keep_containers a later attempt may hold it.
std::optional<ContainerView> FindContainer(const Application& application, const ContainerId& id);

struct NodeView {
  const NodeRecord* node = nullptr;
  Resource used;
  Resource free;
  int64_t containers = 0;
};
NodeView ViewOf(const Cluster& cluster, const NodeRecord& node);

struct ClusterTotals {
  int64_t submitted = 0, pending = 0, running = 0, completed = 0, failed = 0, killed = 0;  // applications
  Resource total, used, free, pending_resource;
  int64_t containers = 0, pending_containers = 0;
  double used_percent = 0;
};
ClusterTotals TotalsOf(const Cluster& cluster);

// Which applications a list shows. What is empty lets everything pass.
struct ApplicationFilter {
  std::set<std::string> types;  // lower case
  std::set<std::string> tags;   // lower case; one of them is enough
  std::set<std::string> users;
  std::set<std::string> queues;  // "default" or "root.default"
  std::set<AppState> states;     // kFinishing passes as kFinished
  std::optional<FinalStatus> final_status;
  std::optional<std::string> name;
  int64_t started_begin = 0, started_end = INT64_MAX;
  int64_t finished_begin = 0, finished_end = INT64_MAX;

  bool Passes(const Application& application) const;
};

// As clients know it: kFinishing is told as kFinished.
inline AppState PublicStateOf(AppState state) { return state == AppState::kFinishing ? AppState::kFinished : state; }
std::string_view NameOf(LogAggregationState state);      // "TIME_OUT"
std::string_view NameOf(ContainerView::State state);     // "COMPLETE"
// The state of that name; nothing for another.
std::optional<AppState> AppStateOf(std::string_view name);
std::optional<NodeState> NodeStateOf(std::string_view name);
std::optional<FinalStatus> FinalStatusOf(std::string_view name);

// http://host/node/containerlogs/CONTAINER/USER
std::string LogUrl(const std::string& node_http_address, const ContainerId& container, const std::string& user);

}  // namespace tusk::yarn
