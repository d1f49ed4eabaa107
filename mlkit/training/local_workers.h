// TrainOnThreads: a training on several ranks of this process, each with a thread (and threads for its kernels), for settings that are about
// workers: sync=, codec=, or to try what a job of N workers would give. Everything else gives TrainLocally's bits, no sooner.
#pragma once

#include "mlkit/api/local_training.h"
#include "mlkit/collectives/post.h"

namespace tusk::ml {

// `make` makes a new object, not started. options.threads are shared out among the workers. `seconds`: the clock by which slow workers get less.
Result<std::unique_ptr<Model>> TrainOnThreads(std::function<Result<std::unique_ptr<Algorithm>>()> make, std::shared_ptr<const Dataset> dataset,
                                              int workers, const LocalTrainingOptions& options, Seconds seconds = nullptr);

}  // namespace tusk::ml
