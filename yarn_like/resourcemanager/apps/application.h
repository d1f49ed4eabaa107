// What the resource manager knows about an application, its attempts and their containers. Plain values; the rules by
// which they change are in cluster.h.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core/time.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/resource.h"
#include "yarn_like/resourcemanager/scheduler/scheduler_events.h"

namespace tusk::yarn {

// As YarnApplicationStateProto. kFinishing is reported as FINISHED.
enum class AppState : uint8_t { kNew, kSubmitted, kAccepted, kRunning, kFinishing, kFinished, kFailed, kKilled };
// As YarnApplicationAttemptStateProto, by Hadoop's internal names.
enum class AttemptState : uint8_t {
  kScheduled, kAllocated, kLaunched, kRunning, kFinishing, kFinished, kFailed, kKilled
};
// As FinalApplicationStatusProto.
enum class FinalStatus : uint8_t { kUndefined, kSucceeded, kFailed, kKilled, kEnded };

inline bool IsOver(AppState state) {
  return state == AppState::kFinished || state == AppState::kFailed || state == AppState::kKilled;
}
inline bool IsOver(AttemptState state) {
  return state == AttemptState::kFinished || state == AttemptState::kFailed || state == AttemptState::kKilled;
}
std::string_view NameOf(AppState state);      // "ACCEPTED"
std::string_view NameOf(AttemptState state);  // "LAUNCHED"
std::string_view NameOf(FinalStatus status);  // "UNDEFINED"

// Of what masters, nodes and clients say about an end, this much is kept: its end (yarn.app.attempt.diagnostics.limit.kc).
inline constexpr size_t kDiagnosticsBytesMax = 64 << 10;
std::string BoundedDiagnostics(std::string text);

// Exit statuses that the framework itself gives (yarn-wire §11).
inline constexpr int32_t kExitInvalid = -1000;
inline constexpr int32_t kExitAborted = -100;
inline constexpr int32_t kExitDisksFailed = -101;
inline constexpr int32_t kExitPreempted = -102;
inline constexpr int32_t kExitKilledByRm = -106;
inline constexpr int32_t kExitKilledAfterApp = -107;

// As LogAggregationStatusProto.
enum class LogAggregationState : uint8_t {
  kDisabled = 1, kNotStarted, kRunning, kSucceeded, kFailed, kTimeOut, kRunningWithFailure
};

// How a container ended, or that it runs.
struct ContainerReport {
  ContainerId container;
  bool complete = false;
  int32_t exit_status = kExitInvalid;
  std::string diagnostics = {};
  // Of a node's registration only: what a recovered container holds.
  Resource resource = {};
  int32_t priority = 0;
  int64_t allocation_request_id = -1;
  int64_t creation_wall_ms = 0;
  int32_t version = 0;
  ExecutionType execution = ExecutionType::kGuaranteed;
};

// What was submitted, by whom and when. Message bytes are kept as they came.
struct Submission {
  ApplicationId id;
  std::string user;
  std::string name;
  std::string queue;  // "default"
  std::string type;
  std::vector<std::string> tags;
  int32_t priority = 0;
  int32_t max_attempts = 1;  // after the cluster's bound
  bool unmanaged = false;
  bool keep_containers = false;
  int64_t failure_validity_ms = -1;
  int64_t lifetime_s = 0;  // of the whole application, from its submission; 0: without end
  std::string view_acl = " ";    // "users groups", "*": everybody. The owner and administrators always may
  std::string modify_acl = " ";
  std::vector<Ask> am_asks;
  std::string launch_context;           // ContainerLaunchContextProto; dropped when the application is over
  std::string log_aggregation_context;  // LogAggregationContextProto, or empty
  int64_t submit_wall_ms = 0;
};

// A container that the resource manager has granted and that has not ended.
struct LiveContainer {
  Grant grant;
  std::string node_http_address;
  int64_t creation_wall_ms = 0;
  int32_t version = 0;  // of its token: grows with each update
  enum class State : uint8_t { kAllocated, kAcquired, kRunning } state = State::kAllocated;
  TimePoint acquired{};
};

struct EndedContainer {
  ContainerReport report;
  NodeId node;
};

// A container that has ended, remembered so that its logs are found.
struct PastContainer {
  ContainerId container;
  NodeId node;
  std::string node_http_address;
  Resource resource;
  int32_t priority = 0;
  int32_t exit_status = kExitInvalid;
  int64_t creation_wall_ms = 0;
  int64_t finish_wall_ms = 0;
};
inline constexpr size_t kPastContainersMax = 1000;       // of an attempt that runs; the oldest are forgotten
inline constexpr size_t kPastContainersOverMax = 100;    // of one that is over

// As ContainerUpdateTypeProto.
enum class UpdateType : int8_t { kIncrease = 0, kDecrease = 1, kPromote = 2, kDemote = 3 };

// A change of a container's size or execution type that its master asks for (yarn-wire §4).
struct ContainerUpdate {
  ContainerId container;
  int32_t version = 0;
  UpdateType type = UpdateType::kIncrease;
  Resource capability;  // of an increase or decrease
  bool operator==(const ContainerUpdate&) const = default;
};

// The application master's conversation (yarn-wire §6).
struct MasterSession {
  bool registered = false;
  bool unregistered = false;
  int32_t response_id = -1;
  std::string last_reply;  // AllocateResponseProto of response_id
  std::vector<ContainerId> granted;          // not yet handed over
  std::vector<EndedContainer> completed;     // not yet handed over
  std::map<NodeId, std::vector<ContainerId>> delivered;  // handed over; the node may forget them after the next call
  std::set<NodeId> nodes_with_token;
  std::set<NodeId> updated_nodes;
  std::vector<ContainerId> inherited;        // of earlier attempts, found again after it registered
  std::vector<ContainerUpdate> updates;      // asked for, not yet possible
};

struct Attempt {
  ApplicationAttemptId id;
  AttemptState state = AttemptState::kScheduled;
  ContainerId am_container;
  NodeId am_node;
  std::string am_node_http_address;
  std::string host = "N/A";
  int32_t rpc_port = -1;
  std::string original_tracking_url = "N/A";
  float progress = 0;
  FinalStatus final_status = FinalStatus::kUndefined;
  std::string diagnostics;
  int32_t am_exit_status = kExitInvalid;
  bool counts = true;  // against the application's attempts, if it failed
  int64_t start_wall_ms = 0;
  int64_t finish_wall_ms = 0;
  bool recovered = false;  // from before a restart: nodes may still report containers that are not known here
  TimePoint last_contact{};
  MasterSession session;
  // Those that it holds; with keep_containers also those of earlier attempts.
  std::map<ContainerId, LiveContainer> containers;
  std::deque<PastContainer> past;
  std::set<NodeId> nodes;  // where it had containers
  // Of containers that have ended.
  int64_t memory_mb_ms = 0;
  int64_t vcore_ms = 0;
};

struct Application {
  Submission submission;
  AppState state = AppState::kNew;
  FinalStatus final_status = FinalStatus::kUndefined;
  std::string diagnostics;
  int64_t launch_wall_ms = 0;
  int64_t finish_wall_ms = 0;
  std::deque<Attempt> attempts;  // references stay good when one is added
  std::map<NodeId, LogAggregationState> log_aggregation;  // what its nodes say about its logs

  const ApplicationId& id() const { return submission.id; }
  // When its lifetime ends; 0: never.
  int64_t ExpiryWallMs() const {
    return submission.lifetime_s <= 0 ? 0 : submission.submit_wall_ms + submission.lifetime_s * 1000;
  }
  Attempt* current() { return attempts.empty() ? nullptr : &attempts.back(); }
  const Attempt* current() const { return attempts.empty() ? nullptr : &attempts.back(); }
};

}  // namespace tusk::yarn
