// The scheduler: a synchronous state machine over nodes, attempts and their asks. First in, first out within one
// queue (higher application priority first); an ask that does not fit lets later ones pass, and after
// `reserve_after` holds one node free for itself, so that it cannot starve. No I/O, no clock, no locks: a driver
// applies events in order and hands out what comes back.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "yarn_like/resourcemanager/scheduler/scheduler_events.h"
#include "yarn_like/resourcemanager/scheduler/wait_reason.h"

namespace tusk::yarn {

struct SchedulerConfig {
  Resource minimum{1024, 1};
  Resource maximum{8192, 4};
  // Largest share of the cluster that application masters may hold together, of each type; one always may run.
  double am_share_max = 0.1;
  // How long an ask waits for its named hosts before it takes any place.
  Duration locality_delay = std::chrono::milliseconds(1000);
  // How long an ask that fits no node's free room waits before it reserves one.
  Duration reserve_after = std::chrono::seconds(5);
  int64_t epoch = 0;  // restarts of the resource manager; high bits of container ids
  size_t ask_rows_max = 200'000;  // per attempt
};

struct SchedulerNode {
  NodeId id;
  std::string rack;
  Resource total;
  Resource used;
  std::set<ContainerId> containers;
  bool present = false;
  bool drains = false;
  // The attempt that reserved it; none where application.id is 0.
  ApplicationAttemptId reserved_for;

  Resource free() const { return total - used; }
};

struct SchedulerContainer {
  ContainerId id;
  size_t node = 0;
  Resource resource;
  int32_t priority = 0;
  int64_t allocation_request_id = -1;
  bool is_am = false;
  ApplicationAttemptId owner;
};

// One sum for the REST pages, JMX and the application report.
struct AttemptUsage {
  Resource used;
  int64_t containers = 0;
  int64_t pending_containers = 0;
  Resource pending;
};

class Scheduler {
 public:
  explicit Scheduler(SchedulerConfig config) : config_(config) {}

  SchedulerOutcome Apply(const SchedulerEvent& event, TimePoint now);
  // When time alone may change something; kNever where it cannot.
  TimePoint next_deadline() const;

  // Takes effect with the next event.
  void SetMasterShare(double share) { config_.am_share_max = share; }

  // Raises the ask to the minimum and to its multiples; refuses what no node may hold and what is malformed, with
  // Hadoop's exceptions. For asks of clients, before AsksChanged or AttemptAdded.
  Status Normalize(Ask* ask, const ResourceTypes& types) const;

  // Why each of the attempt's pending asks waits, most urgent first, `asks_max` of them; empty where nothing is pending.
  std::vector<WaitReason> WhyWaiting(const ApplicationAttemptId& attempt, const ResourceTypes& types, TimePoint now,
                                     size_t asks_max) const;
  // Of the first, the sentence.
  std::string WhyWaiting(const ApplicationAttemptId& attempt, const ResourceTypes& types, TimePoint now) const;

  const SchedulerConfig& config() const { return config_; }
  Resource total() const { return total_; }
  Resource used() const { return used_; }
  // What is free now: an application master's headroom.
  Resource Headroom() const;
  // The largest ask that may be granted: the configured one, bounded by the largest node.
  Resource MaximumCapability() const;
  AttemptUsage UsageOf(const ApplicationAttemptId& attempt) const;
  const SchedulerNode* FindNode(const NodeId& node) const;
  const SchedulerContainer* FindContainer(const ContainerId& container) const;
  // Whether its node has room for the container to become as large as `resource`.
  bool MayGrow(const ContainerId& container, const Resource& resource) const;
  size_t node_count() const { return node_index_.size(); }
  size_t container_count() const { return containers_.size(); }
  int64_t pending_container_count() const;
  // Aborts if the books do not balance; for tests.
  void CheckInvariants() const;

 private:
  struct Row {
    int64_t count = 0;
    bool relax = true;
  };
  // Rows of one (priority, allocation id, size): interchangeable containers with preferences for places.
  struct Group {
    int64_t wanted = 0;  // the "*" row's count; the others are preferences within it
    bool relax_any = true;
    std::map<std::string, Row, std::less<>> hosts;
    std::map<std::string, Row, std::less<>> racks;
    TimePoint waiting_since{};  // since it last had nothing wanted, or got what it preferred
    TimePoint unfit_since = kNever;
    bool exhausted = false;  // fits no node but those changed since the last pass
    bool relaxed = false;    // the locality delay has run out
  };
  struct GroupKey {
    bool is_task = true;  // false sorts first: the application master
    int32_t priority = 0;
    int64_t allocation_request_id = -1;
    ExecutionType execution = ExecutionType::kGuaranteed;
    Resource capability;
    auto operator<=>(const GroupKey&) const = default;
  };
  struct Attempt {
    ApplicationAttemptId id;
    int64_t next_sequence = 1;
    std::map<GroupKey, Group> groups;
    size_t rows = 0;
    std::set<std::string, std::less<>> blacklist;
    std::set<ContainerId> containers;
    Resource used;
    std::pair<int32_t, int64_t> turn;  // (-application priority, arrival): the key in turns_
  };
  struct Choice {
    int node = -1;
    Locality locality = Locality::kAny;
  };

  void On(const NodeAdded& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const NodeRemoved& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const NodeResized& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const AttemptAdded& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const AttemptRemoved& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const AsksChanged& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const ContainerEnded& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const AttemptReprioritized& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const ContainerResized& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const NodeDrained& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const GrantsHeld& event, TimePoint now, SchedulerOutcome* outcome);
  void On(const TimePassed& event, TimePoint now, SchedulerOutcome* outcome);

  void SetRow(Attempt& attempt, const Ask& ask, bool is_am, TimePoint now);
  void Recover(const RunningContainer& container, size_t node, SchedulerOutcome* outcome);
  void DropContainer(const ContainerId& id);
  void AddContainer(Attempt& attempt, const SchedulerContainer& container);
  void ClearReservations(const ApplicationAttemptId& attempt);

  // explain.cc
  struct Survey;
  Survey SurveyNodes(const Attempt& attempt, const GroupKey& key, const Group& group) const;
  void Explain(const Attempt& attempt, const GroupKey& key, const Group& group, const ResourceTypes& types,
               TimePoint now, WaitReason* reason) const;

  // placement.cc
  void Match(TimePoint now, SchedulerOutcome* outcome);
  void MatchGroup(Attempt& attempt, const GroupKey& key, Group& group, TimePoint now, SchedulerOutcome* outcome);
  void SweepHosts(Attempt& attempt, const GroupKey& key, Group& group, TimePoint now, SchedulerOutcome* outcome);
  Choice Choose(const Attempt& attempt, const GroupKey& key, const Group& group) const;
  Choice ChooseFrom(const Attempt& attempt, const GroupKey& key, const Group& group,
                    const std::vector<size_t>& nodes) const;
  bool MayUse(const Attempt& attempt, const SchedulerNode& node) const;
  bool HasLiveHost(const Attempt& attempt, const Group& group) const;
  bool HasLiveRack(const Group& group) const;
  bool AmLimitReached(const GroupKey& key) const;
  // The allowed level at which `node` may serve the group, or false.
  bool LevelOn(const Attempt& attempt, const Group& group, const SchedulerNode& node, Locality* level) const;
  void GrantOn(Attempt& attempt, const GroupKey& key, Group& group, Choice choice, TimePoint now,
               SchedulerOutcome* outcome);
  void Reserve(const Attempt& attempt, const GroupKey& key, const Group& group);

  SchedulerConfig config_;
  std::vector<SchedulerNode> nodes_;  // positions are reused
  std::vector<size_t> free_positions_;
  std::map<NodeId, size_t> node_index_;
  std::map<std::string, std::vector<size_t>, std::less<>> nodes_of_host_;
  std::map<std::string, std::vector<size_t>, std::less<>> nodes_of_rack_;
  std::set<size_t> roomier_;  // nodes with more room than at the last pass
  mutable size_t cursor_ = 0;  // where the search for any place begins
  std::unordered_map<ApplicationAttemptId, Attempt> attempts_;
  std::map<std::pair<int32_t, int64_t>, ApplicationAttemptId> turns_;  // attempts that may have something pending
  int64_t arrivals_ = 0;
  std::unordered_map<ContainerId, SchedulerContainer> containers_;
  Resource total_;
  Resource used_;
  Resource am_used_;
  int64_t am_count_ = 0;
  int reservations_ = 0;
  bool unreserved_ = false;  // in the pass that runs
  TimePoint held_until_{};
  TimePoint last_event_{};
};

}  // namespace tusk::yarn
