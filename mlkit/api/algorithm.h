// Algorithm: a training as a replicated state machine of supersteps. Every rank runs the same Algorithm with the same
// settings; the replicated state (weights, trees, populations, positions of random numbers) is bit-identical on all
// ranks after every Step, because whatever crosses ranks goes through context.comm and sums go over shards in one fixed
// tree (collectives/shard_sum.h). What belongs to a shard only (rows, their margins, caches) can be computed again from the
// replicated state: ShardsChanged says when. So a lost worker costs its unfinished step: survivors give their state to
// the replacement, shards move, and the bits of the model stay what they would have been.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/api/model.h"
#include "mlkit/collectives/communicator.h"
#include "mlkit/collectives/post.h"
#include "mlkit/data/dataset.h"

namespace tusk::ml {

class ThreadPool;

// A shard that this rank computes now, and its rows.
struct OwnedShard {
  size_t number = 0;                       // among all shards
  std::shared_ptr<const Block> block;
};

// What a rank works with. Valid during Init, ShardsChanged and Step.
struct WorkerContext {
  Communicator* comm = nullptr;
  Post* post = nullptr;                    // of the same ranks, where the algorithm WantsPost
  ThreadPool* pool = nullptr;
  const Schema* schema = nullptr;          // of the whole data set; null for algorithms without data (evolution)
  size_t shard_count = 0;                  // of the whole data set
  std::vector<OwnedShard> shards;          // of this rank, ascending by number; may be empty
  std::vector<int> owner_of_shard;         // [shard_count] rank; equal on all ranks
  uint64_t seed = 0;
};

// What a step achieved; equal on all ranks. The runtime adds times and bytes and shows it.
struct StepReport {
  bool finished = false;                   // no further Step is wanted
  bool checkpoint_here = true;             // false: the middle of something that is cheaper to redo as a whole
  uint64_t rows = 0;                       // rows (or fitness evaluations) of this step over all ranks
  double progress = 0;                     // 0..1 of the planned work
  std::map<std::string, double> figures = {};   // "loss", "validation_loss", "best_fitness", "epoch", …
};

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // How many shards the data should have (0: as the data comes). A function of the settings only.
  virtual size_t WantedShards() const { return 0; }
  // Whether context.post is needed: ranks that do not go in step (parameter servers). A function of the settings only.
  virtual bool WantsPost() const { return false; }
  // Whether ranks take work by their pace whatever shards they own: moving shards from slow ones would not help.
  virtual bool FollowsPaces() const { return false; }
  // Trees accept NaN as "missing".
  virtual bool AllowsMissing() const { return false; }

  // Once per object, before the first Step: a fresh start (`state` null; all ranks together, may communicate: class counts,
  // bin edges) or going on from SaveState's bundle (may not communicate: only the ranks without that state call it, so
  // the bundle holds whatever the fresh start agreed upon).
  virtual Status Start(WorkerContext& context, const Bundle* state) = 0;
  // The rank has another membership: context.comm, shards and owner_of_shard may all be others than before (a worker was
  // lost, joined, or shards were stolen). What is kept per shard is computed again, also for shards that stayed: a Step
  // that was cut off may have left it half done. May not communicate.
  virtual Status ShardsChanged(WorkerContext& context) = 0;
  // One superstep. An error of code kCancelled means: the membership changed; the runtime brings the state back to the
  // last completed step. So Step changes its replicated state only after its last collective succeeded.
  virtual Result<StepReport> Step(WorkerContext& context) = 0;
  // The replicated state after the last completed step; Start(context, &state) goes on with equal bits.
  virtual Bundle SaveState() const = 0;
  // The model as of now.
  virtual Result<std::unique_ptr<Model>> Finish() = 0;
};

}  // namespace tusk::ml
