// Ranks as threads; rank 0 speaks to the caller.
#include "mlkit/training/local_workers.h"

#include <algorithm>
#include <thread>

#include "mlkit/collectives/in_process_group.h"
#include "mlkit/collectives/in_process_post.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/training/training_rank.h"

namespace tusk::ml {
namespace {

class LocalWorkers {
 public:
  LocalWorkers(TrainingSetup setup, int workers, const LocalTrainingOptions& options, Seconds seconds)
      : setup_(std::move(setup)), options_(options), group_(workers), post_(workers, std::move(seconds)), statuses_(static_cast<size_t>(workers)) {}

  Result<std::unique_ptr<Model>> Run() {
    const auto workers = statuses_.size();
    const size_t cores = options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
    {
      std::vector<std::jthread> threads;
      for (size_t rank = 0; rank < workers; ++rank) {
        threads.emplace_back([this, rank, pool_threads = std::max<size_t>(1, cores / workers)] {
          statuses_[rank] = Work(static_cast<int>(rank), pool_threads);
          if (statuses_[rank].ok()) return;
          group_.Cancel();
          post_.Cancel();
        });
      }
    }
    // Who has its own reason, not the others' end.
    for (const Status& status : statuses_) {
      if (!status.ok() && status.code() != Code::kCancelled) return status;
    }
    for (const Status& status : statuses_) RETURN_IF_ERROR(Status(status));
    return std::move(model_);
  }

 private:
  Status Work(int rank, size_t threads) {
    ThreadPool pool(threads);
    TrainingRank training(setup_, pool);
    const auto load = [this]() -> Result<std::optional<TrainingState>> {
      if (options_.state == nullptr) return std::optional<TrainingState>();
      return std::optional(TrainingState{options_.steps_done, false, options_.steps_done, *options_.state});
    };
    RETURN_IF_ERROR(training.Enter(group_.comm(rank), SplitContiguously(setup_.shard_count, static_cast<int>(statuses_.size())), load, &post_.of(rank)));
    while (!training.finished()) {
      ASSIGN_OR_RETURN(const StepReport report, training.Step());
      const bool due = training.CheckpointDue(report, options_.checkpoint_every);
      if (rank == 0) RETURN_IF_ERROR(AfterStep(training, report, due));
    }
    if (rank == 0) {
      ASSIGN_OR_RETURN(model_, training.Finish());
    }
    return Status::Ok();
  }

  Status AfterStep(const TrainingRank& training, const StepReport& report, bool due) {
    if (options_.on_step) RETURN_IF_ERROR(options_.on_step(training.steps(), report));
    if (report.finished) return Status::Ok();
    const bool stop = options_.cancelled != nullptr && options_.cancelled->load();
    if (options_.checkpoint && (stop || due)) RETURN_IF_ERROR(options_.checkpoint(training.steps(), training.SaveState().bundle));
    return stop ? Status(Code::kCancelled, "stopped after step " + std::to_string(training.steps())) : Status::Ok();
  }

  const TrainingSetup setup_;
  const LocalTrainingOptions& options_;
  InProcessGroup group_;
  InProcessPost post_;
  std::vector<Status> statuses_;
  std::unique_ptr<Model> model_;
};

}  // namespace

Result<std::unique_ptr<Model>> TrainOnThreads(std::function<Result<std::unique_ptr<Algorithm>>()> make, std::shared_ptr<const Dataset> dataset,
                                              int workers, const LocalTrainingOptions& options, Seconds seconds) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> sample, make());
  dataset = ShardsFor(*sample, std::move(dataset));
  if (dataset && dataset->schema().rows == 0) return Status(Code::kInvalidArgument, "the data set has no rows");
  TrainingSetup setup;
  setup.make = std::move(make);
  setup.shard_count = dataset ? dataset->shards() : sample->WantedShards();
  setup.data = std::move(dataset);
  setup.allow_missing = sample->AllowsMissing();
  setup.seed = options.seed;
  return LocalWorkers(std::move(setup), workers, options, std::move(seconds)).Run();
}

}  // namespace tusk::ml
