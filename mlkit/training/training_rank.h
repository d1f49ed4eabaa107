// TrainingRank: one rank's part of a training over any number of memberships. A new membership (a rank was lost or joined,
// shards moved) is entered by all ranks in the same way: the rank with the most completed steps gives its state to those
// behind, and everybody goes on from there. Without any state the training starts, from a checkpoint if there is one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/algorithm.h"

namespace tusk::ml {

// What is equal on all ranks of a job, whatever the membership.
struct TrainingSetup {
  std::function<Result<std::unique_ptr<Algorithm>>()> make;  // a new object, not started
  std::shared_ptr<const Dataset> data;                       // as WantedShards asks; null for algorithms without data
  size_t shard_count = 0;                                    // data->shards(), or of units of work without data
  bool allow_missing = false;                                // Algorithm::AllowsMissing
  uint64_t seed = 0;
};

// The state after `steps` completed steps.
struct TrainingState {
  uint64_t steps = 0;
  bool finished = false;
  uint64_t checkpointed = 0;   // the step of the last checkpoint: all ranks agree when the next one is due
  Bundle bundle;

  std::vector<uint8_t> Encode() const;
  static Result<TrainingState> Decode(ByteView bytes, std::string_view what);
};

class TrainingRank {
 public:
  // `pool` lives longer.
  TrainingRank(TrainingSetup setup, ThreadPool& pool) : setup_(std::move(setup)), pool_(pool) {}
  ~TrainingRank() { EndPreload(); }
  TrainingRank(const TrainingRank&) = delete;

  // Goes over to a membership; `comm` and `post` (null: the algorithm wants none) live until the next Enter. owner_of_shard has setup.shard_count ranks.
  // Where no rank has any state, rank 0 asks `load_checkpoint` (may be empty; gives nothing for a fresh start) and gives
  // what it got to all. kCancelled: enter the next one.
  using LoadCheckpoint = std::function<Result<std::optional<TrainingState>>()>;
  Status Enter(Communicator& comm, std::vector<int> owner_of_shard, const LoadCheckpoint& load_checkpoint, Post* post = nullptr);
  // Begins to load what this rank will own as `rank` of a membership that is announced; steps go on meanwhile.
  void Preload(const std::vector<int>& owner_of_shard, int rank);
  // One superstep. After kCancelled the state is that of the last completed step: Enter the next membership.
  Result<StepReport> Step();

  // After a step that was reported so: whether a checkpoint is to be made now, with one wanted every `every` steps (0: never).
  // Equal on all ranks.
  bool CheckpointDue(const StepReport& report, uint64_t every);

  bool started() const { return algorithm_ != nullptr; }
  bool finished() const { return finished_; }
  uint64_t steps() const { return steps_; }
  TrainingState SaveState() const;
  // Number and rows of each shard that this rank has.
  std::vector<std::pair<size_t, uint64_t>> OwnedRows() const;
  Result<std::unique_ptr<Model>> Finish() { return algorithm_->Finish(); }

 private:
  Status LoadShards();
  void EndPreload();
  Status CheckRows(const Block& block) const;
  Status StartFrom(const TrainingState& state);
  Status FetchState(const std::vector<int64_t>& steps_of_rank);
  Status StartTogether(const LoadCheckpoint& load_checkpoint);

  TrainingSetup setup_;
  ThreadPool& pool_;
  WorkerContext context_;
  std::map<size_t, std::shared_ptr<const Block>> blocks_;  // of the owned shards
  std::map<size_t, std::shared_ptr<const Block>> preloaded_;   // the thread's until it has ended
  std::thread preloading_;
  std::unique_ptr<Algorithm> algorithm_;                   // null: no state
  uint64_t steps_ = 0;
  uint64_t checkpointed_ = 0;
  bool finished_ = false;
};

// An even split of the shards: contiguous pieces, or one after the other.
std::vector<int> SplitContiguously(size_t shards, int ranks);
std::vector<int> SplitRoundRobin(size_t shards, int ranks);

}  // namespace tusk::ml
