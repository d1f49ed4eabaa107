// TrainInProcess: a training on N ranks of one process, each with its thread, algorithm object and shards; with ranks lost,
// shards moved, or everything restarted from a checkpoint on the way. The model's bytes must not depend on any of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/collectives/in_process_group.h"

namespace tusk::ml {

struct InProcessPlan {
  int ranks = 1;
  bool contiguous = true;      // or round-robin
  size_t threads = 1;          // of each rank's pool
  uint64_t seed = 1;
  uint64_t most_steps = 0;     // 0: until the algorithm has finished
  // losses[i] strikes in membership i. The lost rank is replaced by a new one without state, or its shards go to the others.
  struct Loss {
    PlannedLoss at;
    bool replace = false;
  };
  std::vector<Loss> losses = {};
  uint64_t move_shards_after = 0;   // steps; 0: never
  uint64_t restart_after = 0;       // steps: checkpoint, new objects on all ranks, go on from the checkpoint; 0: never
};

struct InProcessOutcome {
  std::unique_ptr<Model> model;
  std::vector<uint8_t> bytes;           // of the model's bundle
  std::vector<StepReport> reports;      // one a step
  uint64_t memberships = 0;
  uint64_t losses = 0;                  // that happened: a plan's call may lie beyond the end
};

// `data` may be null. Fails if ranks with the same number of steps have different states.
Result<InProcessOutcome> TrainInProcess(std::function<Result<std::unique_ptr<Algorithm>>()> make,
                                        std::shared_ptr<const Dataset> data, const InProcessPlan& plan);

// Trains on 1, 2, 3, 5 and 8 ranks (both splits), with two threads, with moved shards, with a restart, and with a rank lost at
// the first `calls` collectives of the training (every `stride`th), each before and after the result spread, replaced or
// not. The first difference from one rank's model is the error; Ok says that the algorithm keeps the contract.
Status CheckSameModelEverywhere(std::function<Result<std::unique_ptr<Algorithm>>()> make,
                                std::shared_ptr<const Dataset> data, uint64_t calls = 12, uint64_t stride = 1);

}  // namespace tusk::ml
