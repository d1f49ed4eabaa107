// The loop of one process.
#include "mlkit/api/local_training.h"

#include <numeric>
#include <thread>

#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

bool IsCancelled(const std::atomic<bool>* cancelled) { return cancelled != nullptr && cancelled->load(); }

Result<std::shared_ptr<const Block>> LoadChecked(const Algorithm& algorithm, const Dataset& dataset, size_t shard) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Block> block, dataset.LoadShared(shard));
  RETURN_IF_ERROR(ValidateBlock(*block, dataset.schema(), algorithm.AllowsMissing()));
  if (block->labels.size() != block->rows) {
    return Status(Code::kInvalidArgument, block->origin + ": rows without labels");
  }
  return block;
}

}  // namespace

std::shared_ptr<const Dataset> ShardsFor(const Algorithm& algorithm, std::shared_ptr<const Dataset> dataset) {
  const size_t wanted = algorithm.WantedShards();
  if (wanted == 0 || dataset == nullptr || wanted == dataset->shards()) return dataset;
  return Reshard(std::move(dataset), wanted);
}

Result<std::vector<OwnedShard>> LoadShards(const Algorithm& algorithm, const Dataset& dataset,
                                           const std::vector<size_t>& numbers, ThreadPool& pool,
                                           const std::atomic<bool>* cancelled) {
  std::vector<OwnedShard> shards(numbers.size());
  std::vector<Status> statuses(numbers.size());
  std::atomic<bool> failed = false;
  pool.ParallelFor(numbers.size(), [&](size_t i) {
    if (failed.load() || IsCancelled(cancelled)) return;
    Result<std::shared_ptr<const Block>> block = LoadChecked(algorithm, dataset, numbers[i]);
    if (!block.ok()) {
      statuses[i] = block.status();
      failed = true;
      return;
    }
    shards[i] = {.number = numbers[i], .block = std::move(block).value()};
  });
  for (Status& status : statuses) RETURN_IF_ERROR(std::move(status));
  if (IsCancelled(cancelled)) return Status(Code::kCancelled, "stopped while loading the data");
  return shards;
}

Result<std::unique_ptr<Model>> TrainLocally(Algorithm& algorithm, std::shared_ptr<const Dataset> dataset,
                                            const LocalTrainingOptions& options) {
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  ThreadPool pool(options.threads == 0 ? cores : options.threads);
  LocalCommunicator comm;
  WorkerContext context;
  context.comm = &comm;
  context.pool = &pool;
  context.seed = options.seed;
  dataset = ShardsFor(algorithm, std::move(dataset));
  if (dataset != nullptr) {
    if (dataset->schema().rows == 0) return Status(Code::kInvalidArgument, "the data set has no rows");
    context.schema = &dataset->schema();
    context.shard_count = dataset->shards();
    context.owner_of_shard.assign(dataset->shards(), 0);
    std::vector<size_t> all(dataset->shards());
    std::iota(all.begin(), all.end(), size_t{0});
    ASSIGN_OR_RETURN(context.shards, LoadShards(algorithm, *dataset, all, pool, options.cancelled));
  }
  RETURN_IF_ERROR(algorithm.Start(context, options.state));
  bool due = false;
  for (uint64_t step = options.steps_done + 1;; ++step) {
    ASSIGN_OR_RETURN(const StepReport report, algorithm.Step(context));
    if (options.on_step) RETURN_IF_ERROR(options.on_step(step, report));
    if (report.finished) return algorithm.Finish();
    const bool stop = IsCancelled(options.cancelled);
    due |= options.checkpoint_every > 0 && step % options.checkpoint_every == 0;
    if (options.checkpoint && (stop || (due && report.checkpoint_here))) {
      RETURN_IF_ERROR(options.checkpoint(step, algorithm.SaveState()));
      due = false;
    }
    if (stop) return Status(Code::kCancelled, "stopped after step " + std::to_string(step));
  }
}

}  // namespace tusk::ml
