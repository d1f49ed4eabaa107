// The stand-in for a job's master: makes memberships, one after the other, until the training has ended.
#include "mlkit/testing/in_process_training.h"

#include <algorithm>
#include <string>
#include <thread>

#include "mlkit/collectives/in_process_post.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/training/training_rank.h"

namespace tusk::ml {
namespace {

struct Rank {
  Rank(const TrainingSetup& setup, size_t threads) : pool(threads), training(setup, pool) {}
  ThreadPool pool;
  TrainingRank training;
  Status status;
};

class InProcessRun {
 public:
  InProcessRun(TrainingSetup setup, const InProcessPlan& plan) : setup_(std::move(setup)), plan_(plan) {
    for (int r = 0; r < plan.ranks; ++r) ranks_.push_back(std::make_unique<Rank>(setup_, plan.threads));
  }

  Result<InProcessOutcome> Run() {
    while (true) {
      RETURN_IF_ERROR(RunMembership());
      RETURN_IF_ERROR(CheckStates());
      TrainingRank& first = ranks_[0]->training;
      if (!cancelled_ && (first.finished() || first.steps() == plan_.most_steps)) break;
      if (cancelled_) RETURN_IF_ERROR(AfterLoss());
      if (!cancelled_ && first.steps() == plan_.restart_after) RETURN_IF_ERROR(Restart());
    }
    ASSIGN_OR_RETURN(outcome_.model, ranks_[0]->training.Finish());
    outcome_.bytes = outcome_.model->Save().Encode();
    return std::move(outcome_);
  }

 private:
  bool EndsAt(uint64_t steps) const {
    return steps != 0 && (steps == plan_.most_steps || steps == plan_.move_shards_after || steps == plan_.restart_after);
  }

  void RunRank(size_t r, InProcessGroup& group, InProcessPost& post, const std::vector<int>& owners) {
    Rank& rank = *ranks_[r];
    rank.status = rank.training.Enter(group.comm(static_cast<int>(r)), owners, [this]() -> Result<std::optional<TrainingState>> { return checkpoint_; }, &post.of(static_cast<int>(r)));
    while (rank.status.ok() && !rank.training.finished()) {
      const uint64_t step = rank.training.steps();
      Result<StepReport> report = rank.training.Step();
      rank.status = report.status();
      if (report.ok()) {
        std::lock_guard lock(mutex_);
        if (outcome_.reports.size() <= step) outcome_.reports.resize(step + 1);
        outcome_.reports[step] = report.value();
        if (EndsAt(step + 1)) return;
      }
    }
    if (rank.status.ok()) return;
    group.Cancel();
    post.Cancel();
  }

  Status RunMembership() {
    const uint64_t number = outcome_.memberships++;
    std::optional<PlannedLoss> loss;
    if (number < plan_.losses.size()) loss = plan_.losses[number].at;
    InProcessGroup group(static_cast<int>(ranks_.size()), loss);
    InProcessPost post(static_cast<int>(ranks_.size()));
    std::vector<int> owners = plan_.contiguous ? SplitContiguously(setup_.shard_count, static_cast<int>(ranks_.size()))
                                               : SplitRoundRobin(setup_.shard_count, static_cast<int>(ranks_.size()));
    std::rotate(owners.begin(), owners.begin() + static_cast<ptrdiff_t>(number % std::max<size_t>(owners.size(), 1)), owners.end());
    {
      std::vector<std::jthread> threads;
      for (size_t r = 0; r < ranks_.size(); ++r) threads.emplace_back([&, r] { RunRank(r, group, post, owners); });
    }
    cancelled_ = group.loss_happened();
    if (cancelled_) ++outcome_.losses;
    Status first;
    for (const auto& rank : ranks_) {
      if (rank->status.ok() || (cancelled_ && rank->status.code() == Code::kCancelled)) continue;
      if (first.ok() || first.code() == Code::kCancelled) first = rank->status;
    }
    return first;
  }

  Status CheckStates() const {
    std::map<uint64_t, std::vector<uint8_t>> state_after;
    for (size_t r = 0; r < ranks_.size(); ++r) {
      if (!ranks_[r]->training.started()) continue;
      const TrainingState state = ranks_[r]->training.SaveState();
      std::vector<uint8_t> bytes = state.Encode();
      const auto [known, added] = state_after.try_emplace(state.steps, bytes);
      if (!added && known->second != bytes) {
        return Status(Code::kInternal, "rank " + std::to_string(r) + " has another state after step " + std::to_string(state.steps));
      }
    }
    return Status::Ok();
  }

  Status AfterLoss() {
    const InProcessPlan::Loss& loss = plan_.losses[outcome_.memberships - 1];
    const auto lost = ranks_.begin() + loss.at.rank;
    if (loss.replace || ranks_.size() == 1) {
      *lost = std::make_unique<Rank>(setup_, plan_.threads);
    } else {
      ranks_.erase(lost);
    }
    return Status::Ok();
  }

  Status Restart() {
    const std::vector<uint8_t> bytes = ranks_[0]->training.SaveState().Encode();
    ASSIGN_OR_RETURN(checkpoint_, TrainingState::Decode(bytes, "checkpoint"));
    for (auto& rank : ranks_) rank = std::make_unique<Rank>(setup_, plan_.threads);
    return Status::Ok();
  }

  const TrainingSetup setup_;
  const InProcessPlan& plan_;
  std::vector<std::unique_ptr<Rank>> ranks_;
  std::optional<TrainingState> checkpoint_;
  bool cancelled_ = false;
  std::mutex mutex_;
  InProcessOutcome outcome_;
};

}  // namespace

Result<InProcessOutcome> TrainInProcess(std::function<Result<std::unique_ptr<Algorithm>>()> make,
                                        std::shared_ptr<const Dataset> data, const InProcessPlan& plan) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> sample, make());
  TrainingSetup setup;
  setup.make = std::move(make);
  setup.allow_missing = sample->AllowsMissing();
  setup.seed = plan.seed;
  const size_t wanted = sample->WantedShards();
  if (data && wanted != 0) data = Reshard(std::move(data), wanted);
  setup.shard_count = data ? data->shards() : wanted;
  setup.data = std::move(data);
  return InProcessRun(std::move(setup), plan).Run();
}

Status CheckSameModelEverywhere(std::function<Result<std::unique_ptr<Algorithm>>()> make,
                                std::shared_ptr<const Dataset> data, uint64_t calls, uint64_t stride) {
  ASSIGN_OR_RETURN(const InProcessOutcome expected, TrainInProcess(make, data, {}));
  const auto check = [&](const InProcessPlan& plan, const std::string& what) -> Status {
    Result<InProcessOutcome> outcome = TrainInProcess(make, data, plan);
    if (!outcome.ok()) return outcome.status().WithContext(what);
    if (outcome.value().bytes == expected.bytes) return Status::Ok();
    return Status(Code::kInternal, what + ": another model than one rank's");
  };
  for (int ranks : {1, 2, 3, 5, 8}) {
    for (bool contiguous : {true, false}) {
      const std::string what = std::to_string(ranks) + (contiguous ? " ranks, contiguous shards" : " ranks, round-robin shards");
      RETURN_IF_ERROR(check({.ranks = ranks, .contiguous = contiguous, .threads = contiguous ? 2U : 1U}, what));
    }
  }
  const uint64_t middle = expected.reports.size() / 2;
  RETURN_IF_ERROR(check({.ranks = 3, .move_shards_after = middle}, "shards moved after step " + std::to_string(middle)));
  RETURN_IF_ERROR(check({.ranks = 2, .restart_after = middle}, "restart after step " + std::to_string(middle)));
  for (uint64_t call = 0; call < calls * stride; call += stride) {
    for (const bool after : {false, true}) {
      for (const bool replace : {false, true}) {
        const InProcessPlan::Loss loss = {{static_cast<int>(call % 3), call, after}, replace};
        RETURN_IF_ERROR(check({.ranks = 3, .losses = {loss}},
                              "a rank lost at call " + std::to_string(call) + (after ? " after" : " before") +
                                  " its result" + (replace ? ", replaced" : "")));
      }
    }
  }
  return Status::Ok();
}

}  // namespace tusk::ml
