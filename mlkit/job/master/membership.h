// Membership: who takes part in a training, as numbered epochs; each is a plan of ranks and of owners of shards. Decides what
// follows from joins, losses, broken connections, silence and slow steps. No I/O; the caller gives the time and carries
// the plans to the workers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"

namespace tusk::ml {

struct MembershipLimits {
  int workers = 1;
  int workers_min = 1;
  uint64_t first_epoch = 1;                                        // above those of earlier masters of the job
  Duration gather_max = std::chrono::seconds(300);
  Duration regroup_grace = std::chrono::milliseconds(500);         // for a replacement, before the others go on alone
  Duration silence_max = std::chrono::seconds(30);
  int fruitless_losses_max = 8;                                    // losses without a step in between
  // Stealing.
  uint64_t steal_samples = 4;                                      // steps measured before a look
  Duration steal_pause = std::chrono::milliseconds(500);           // of steps before a move; doubled by every move
  Duration steal_notice = std::chrono::milliseconds(300);          // of steps between a move's plan and the move: to load what moves
  Duration steal_pause_max = std::chrono::seconds(60);
  double steal_gain = 0.2;                                         // of the slowest rank's time, at least
};

struct MembershipPlan {
  uint64_t epoch = 0;
  std::vector<std::string> workers;     // by rank
  std::vector<int> owner_of_shard;
  uint64_t after_step = 0;              // all go over once they have made this step; 0: at once
};

class Membership {
 public:
  Membership(MembershipLimits limits, TimePoint now);

  // `steps` made so far, -1: no state. All workers must count the same shards.
  void Join(const std::string& worker, size_t shard_count, int64_t steps, TimePoint now);
  void Lose(const std::string& worker, const std::string& why, TimePoint now);
  void Heard(const std::string& worker, TimePoint now);
  // A worker's connections of this epoch have ended, for whatever reason.
  void Broken(const std::string& worker, uint64_t epoch, TimePoint now);
  void StepDone(const std::string& worker, uint64_t epoch, uint64_t step, Duration computing, TimePoint now);
  // What a shard costs: its rows. Unknown ones count as the mean of the known.
  void ShardHas(size_t shard, uint64_t rows);
  void Tick(TimePoint now);
  // A last plan, for all at once. False: there is none to follow.
  bool PlanTheEnd(TimePoint now);

  // The newest; null before there is one.
  const MembershipPlan* plan() const { return plan_ ? &*plan_ : nullptr; }
  // How many more workers there should be.
  int missing() const;
  int present() const { return static_cast<int>(workers_.size()); }
  uint64_t steps() const { return steps_; }
  // Not OK: the job cannot go on.
  const Status& failure() const { return failure_; }
  // When Tick has something to do, at the latest.
  TimePoint NextTick() const;
  // Lines for a person, since the last call.
  std::vector<std::string> TakeEvents();

 private:
  struct Worker {
    TimePoint heard;
    bool has_state = false;
    double weight = 1.0;             // share of shards
    uint64_t samples = 0;            // steps measured in this epoch
    double seconds = 0;              // of computing a step, the mean; old ones fade
    std::optional<TimePoint> idle_since;   // without any shard
  };

  void Regroup(uint64_t after_step, TimePoint now);
  void RegroupSoon(Duration delay, TimePoint now);
  void Fail(std::string message);
  void TellOfRecovery(TimePoint now);
  void ConsiderStealing(TimePoint now);
  bool SpeedIsKnown(const Worker& idle, TimePoint now) const;
  uint64_t StepsOfNotice(double step_seconds) const;
  std::vector<int> OwnersFor(const std::vector<std::string>& ranks) const;
  std::vector<double> Costs() const;
  bool IsMember(const std::string& worker) const;

  const MembershipLimits limits_;
  std::map<std::string, Worker> workers_;
  std::optional<size_t> shard_count_;
  std::map<size_t, uint64_t> rows_;       // of shards
  std::optional<MembershipPlan> plan_;
  TimePoint gather_until_;
  std::map<std::string, TimePoint> unrecovered_;   // members lost since the last step without them
  std::optional<TimePoint> regroup_at_;   // a loss or a join waits for company until then
  TimePoint steal_after_;
  Duration steal_pause_;
  uint64_t steps_ = 0;                    // the most that any worker has made
  bool stepped_ = false;                  // in this epoch
  int fruitless_losses_ = 0;
  int fruitless_breaks_ = 0;
  Status failure_;
  std::vector<std::string> events_;
};

}  // namespace tusk::ml
