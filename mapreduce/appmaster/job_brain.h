// JobBrain: what an app master decides. A job's tasks and their attempts as a state machine without I/O: events in
// (containers granted and ended, what attempts report, nodes lost, time), actions out (launch, release, stop), and the
// table of containers to ask for.
//
// A task has attempts, one after the other, until one succeeds. An attempt that fails counts against its task
// (mapreduce.{map,reduce}.maxattempts); one that is killed (node lost, preempted, AM's own decision) does not. A map
// that succeeded is run again when its output is lost: its node is gone, or reducers cannot fetch it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"

namespace tusk::mapreduce {

enum class TaskKind { kMap, kReduce };
enum class TaskState { kPending, kRunning, kSucceeded };
enum class AttemptState { kStarting, kRunning, kSucceeded, kFailed, kKilled };
// Hadoop's numbers: a smaller one is served first.
inline constexpr int kFailedMapPriority = 5;
inline constexpr int kReducePriority = 10;
inline constexpr int kMapPriority = 20;

struct JobPlan {
  std::string job_id;  // "job_1_0001"
  std::vector<std::vector<std::string>> split_hosts;  // per map
  int reduces = 0;
  int map_attempts_max = 4;
  int reduce_attempts_max = 4;
  double slow_start = 0.05;           // share of maps that must be done before reduces are asked for
  Duration attempt_timeout = std::chrono::seconds(600);  // silence after which an attempt failed; zero: never
  // Attempts of a job's second app master are numbered from here, so that none has the name of an orphan.
  int first_attempt_number = 0;
  int node_failures_max = 3;          // then the node gets no more containers of this job
  int avoided_percent_max = 33;       // of the cluster's nodes: from here on none is avoided; -1: no such limit
};

struct AttemptKey {
  TaskKind kind = TaskKind::kMap;
  int task = 0;
  int number = 0;
  auto operator<=>(const AttemptKey&) const = default;
};

struct Attempt {
  AttemptKey key;
  AttemptState state = AttemptState::kStarting;
  std::string container;
  std::string node;       // "host:port", as in the container
  std::string http_host;  // where its map output is served
  uint16_t shuffle_port = 0;
  double progress = 0;
  TimePoint last_heard;
  TimePoint started;
  TimePoint ended;
  std::string diagnostics;
};

struct JobTask {
  TaskState state = TaskState::kPending;
  std::vector<Attempt> attempts;
  int failures = 0;
  int succeeded = -1;   // number of the attempt whose output counts
  int committing = -1;  // of the attempt that was told to commit
};

// Tells reducers where a map's output is, or that what an earlier event told is no more.
struct MapEvent {
  int map = 0;
  int attempt = 0;
  bool obsolete = false;
  std::string host;
  uint16_t port = 0;
};

struct Action {
  enum class Kind { kLaunch, kRelease, kStop } kind;
  std::string container;  // of all
  AttemptKey attempt;     // of kLaunch
};

// Containers wanted: by priority, and of those, where.
struct ContainerAsk {
  int priority = 0;
  int count = 0;                        // all
  std::map<std::string, int> by_host;   // preferences
};

enum class JobPhase { kRunning, kCommitting, kSucceeded, kFailed, kKilled };

class JobBrain {
 public:
  explicit JobBrain(JobPlan plan);

  // --- the resource manager ---
  // A container was granted: an attempt gets it, or it is released.
  void ContainerGranted(const std::string& container, const std::string& node, const std::string& host, int priority, TimePoint now);
  // A container has ended, whatever its attempt said before.
  void ContainerEnded(const std::string& container, int exit_status, const std::string& diagnostics, TimePoint now);
  void NodeLost(const std::string& node, TimePoint now);
  std::vector<ContainerAsk> Asks() const;
  // Nodes that this job avoids: none where they are too large a part of the cluster, since the job would wait for ever.
  const std::set<std::string>& avoided_nodes() const;
  // Of the last allocate answer; 0: not known.
  void SetClusterNodes(int nodes) { cluster_nodes_ = nodes; }
  // Whether the cluster has room for one more map; from the last allocate answer.
  void SetMapFits(bool fits) { map_fits_ = fits; }

  // --- the node managers ---
  void LaunchFailed(const std::string& container, const std::string& why, TimePoint now);
  void ShufflePortOf(const std::string& container, uint16_t port);

  // --- the attempts; false: the attempt is unknown or not wanted any more and should end ---
  std::optional<AttemptKey> AttemptOf(const std::string& container) const;
  // `idle`: the attempt is there but does nothing; that counts as silence.
  bool Heard(AttemptKey key, double progress, TimePoint now, bool idle = false);
  // At most one attempt of a task is ever told true.
  bool MayCommit(AttemptKey key, TimePoint now);
  bool Done(AttemptKey key, TimePoint now);
  void Failed(AttemptKey key, const std::string& why, TimePoint now);
  // A reducer could not fetch this map attempt's output.
  void FetchFailed(AttemptKey reducer, int map, int map_attempt, TimePoint now);
  const std::vector<MapEvent>& map_events() const { return map_events_; }

  // --- the job ---
  void Tick(TimePoint now);
  void Kill(const std::string& why, TimePoint now);
  // After all tasks succeeded: the driver commits and says how it went.
  void Committed(Status outcome);
  std::vector<Action> TakeActions();

  JobPhase phase() const { return phase_; }
  const std::string& diagnostics() const { return diagnostics_; }
  double MapProgress() const;
  double ReduceProgress() const;
  const std::vector<JobTask>& maps() const { return maps_; }
  const std::vector<JobTask>& reduces() const { return reduces_; }
  const JobPlan& plan() const { return plan_; }
  std::string AttemptId(AttemptKey key) const;
  // Attempts that ended since the last call, for counters and messages.
  struct Ended {
    AttemptKey key;
    AttemptState state;
    std::string diagnostics;
  };
  std::vector<Ended> TakeEnded();
  int launched(TaskKind kind) const { return kind == TaskKind::kMap ? launched_maps_ : launched_reduces_; }
  int data_local_maps() const { return data_local_maps_; }

 private:
  std::vector<JobTask>& TasksOf(TaskKind kind) { return kind == TaskKind::kMap ? maps_ : reduces_; }
  Attempt* Find(AttemptKey key);
  Attempt* FindByContainer(const std::string& container);
  // The pending task that fits the grant best; -1 where none does.
  int PickMap(const std::string& host, bool failed_only) const;
  int PickReduce() const;
  bool ReducesWanted() const;
  // Ends an attempt and, where the task is not done, makes it pending again.
  void End(Attempt& attempt, AttemptState state, const std::string& why, TimePoint now);
  void StopContainer(const Attempt& attempt);
  void OutputLost(int map, const std::string& why, TimePoint now);
  void FinishIfDone(TimePoint now);
  void StopAll(TimePoint now);
  bool AllDone(const std::vector<JobTask>& tasks) const;

  JobPlan plan_;
  std::vector<JobTask> maps_, reduces_;
  std::map<std::string, AttemptKey> by_container_;
  std::vector<MapEvent> map_events_;
  std::vector<Action> actions_;
  std::vector<Ended> ended_;
  std::map<std::string, int> node_failures_;
  std::set<std::string> avoided_;
  int cluster_nodes_ = 0;
  std::map<std::pair<int, int>, std::set<int>> fetch_failures_;  // (map, attempt) -> reduces that complained
  std::map<std::pair<int, int>, int> fetch_failure_count_;
  JobPhase phase_ = JobPhase::kRunning;
  std::string diagnostics_;
  bool map_fits_ = true;
  std::optional<TimePoint> maps_starve_since_;
  int launched_maps_ = 0, launched_reduces_ = 0, data_local_maps_ = 0;
};

}  // namespace tusk::mapreduce
