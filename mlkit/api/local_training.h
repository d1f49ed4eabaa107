// TrainLocally: the runtime of one process. Loads all shards, then steps until the algorithm has finished; the same bits
// as a job on a cluster gives.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/core/result.h"
#include "mlkit/api/algorithm.h"

namespace tusk::ml {

class ThreadPool;

struct LocalTrainingOptions {
  size_t threads = 0;                      // 0: one per core
  uint64_t seed = 0;
  // To go on from: what SaveState gave after step `steps_done`.
  const Bundle* state = nullptr;
  uint64_t steps_done = 0;
  // After every step (numbered from 1). An error ends the training.
  std::function<Status(uint64_t step, const StepReport& report)> on_step = nullptr;
  // Called every `checkpoint_every` steps (0: never; later where a report says that now is a bad moment), and when cancelled.
  uint64_t checkpoint_every = 0;
  std::function<Status(uint64_t step, const Bundle& state)> checkpoint = nullptr;
  // Looked at after every step, and while loading: training then ends with kCancelled after `checkpoint` was called.
  const std::atomic<bool>* cancelled = nullptr;
};

// `dataset` may be null for algorithms without data (evolution).
Result<std::unique_ptr<Model>> TrainLocally(Algorithm& algorithm, std::shared_ptr<const Dataset> dataset,
                                            const LocalTrainingOptions& options);

// The shards as the algorithm wants them (WantedShards): what `WorkerContext::shard_count` counts.
std::shared_ptr<const Dataset> ShardsFor(const Algorithm& algorithm, std::shared_ptr<const Dataset> dataset);

// Loads and checks the shards of these numbers in parallel. The error is that of the first bad shard.
Result<std::vector<OwnedShard>> LoadShards(const Algorithm& algorithm, const Dataset& dataset,
                                           const std::vector<size_t>& numbers, ThreadPool& pool,
                                           const std::atomic<bool>* cancelled = nullptr);

}  // namespace tusk::ml
