// TrainingWorker: the life of a worker's process: connects, enters the memberships that the master names, steps, writes
// checkpoints and, as rank 0, the model.
#pragma once

#include <memory>
#include <string>

#include "base/security/token.h"
#include "mapreduce/api/file_system.h"
#include "mlkit/job/cluster_training.h"

namespace tusk::mapreduce {
class Process;
}

namespace tusk::ml {

struct TrainingWorkerSetup {
  mapreduce::Process* process = nullptr;
  mapreduce::FileSystems* files = nullptr;
  ClusterTraining training;
  const TrainingProgram* program = nullptr;   // with make_algorithm
  std::string staging;
  Token token;                 // of the job
  std::string container;
  std::string host;            // of the node, as other nodes know it
};

// Returns when the master says so; the error is why this worker ends otherwise.
Status RunTrainingWorker(TrainingWorkerSetup setup);

}  // namespace tusk::ml
