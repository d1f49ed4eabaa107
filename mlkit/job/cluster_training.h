// Trainings as jobs of containers on YARN, tusk's or Hadoop's. One executable plays all roles: the client submits itself, its
// app master asks for all workers at once, workers train (docs/design/0003). What the executable can train, and how it opens
// data, is its TrainingProgram; `tusk ml` has one, and so has a program of a user's own (program.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mapreduce/api/file_system.h"
#include "mlkit/api/algorithm.h"

namespace tusk::ml {

// Everything that the containers of a job must agree on. Travels as JSON through the staging folder.
struct ClusterTraining {
  std::string name;                                // of the application; empty: "ml <algorithm>"
  std::string algorithm;
  std::map<std::string, std::string> parameters;   // of the algorithm
  std::map<std::string, std::string> data;         // what TrainingProgram::open_data makes of it; empty: no data
  std::vector<std::string> inputs;                 // the files that open_data reads, for tokens and for workers close to them
  // A program, or a library (*.so), of the user's on this machine: goes with the job into the containers' working folders.
  std::string companion;
  std::vector<std::string> companion_there;        // by RunOnCluster: the words that start it there, or the library's path
  std::string output;                              // the model: "hdfs://…", "file:…", or on the default file system
  uint64_t seed = 0;

  int workers = 1;
  int workers_min = 1;          // after losses the others go on with at least so many until a replacement has come
  int gpus = 0;                 // a worker (yarn.io/gpu)
  int64_t memory_mb = 1024;     // a worker
  int vcores = 1;               // a worker
  size_t threads = 0;           // a worker; 0: vcores
  int64_t master_memory_mb = 256;
  std::string queue = "default";
  double gather_seconds = 300;  // to get all workers; then the job fails and says why the scheduler gave no more
  double hold_seconds = 10;     // how long a part of the workers is held without another coming (master/gang.h)
  std::map<std::string, int> worker_hosts;   // where workers would be close to the data, and how many; the client finds out

  std::string checkpoint_folder;   // empty: in the staging folder, for restarts of the master only
  uint64_t checkpoint_every = 0;   // steps; 0: never
  bool resume = false;             // from the newest good checkpoint in checkpoint_folder
};

struct TrainingProgram {
  // In every container; must give the same shards everywhere. Not called where ClusterTraining::data is empty.
  std::function<Result<std::shared_ptr<const Dataset>>(const ClusterTraining& training, mapreduce::FileSystems& files)> open_data;
  // Also in every container. Empty: by the catalog (mlkit/catalog).
  std::function<Result<std::unique_ptr<Algorithm>>(const ClusterTraining& training, const Schema& schema)> make_algorithm;
  // Arguments that select this program in its executable: {"ml"} for `tusk ml`.
  std::vector<std::string> launch_arguments;
};

// What a person wants to see while a job runs.
struct ClusterProgress {
  std::string application;        // "application_…"
  std::string message;            // what has happened ("4 workers", "worker 2 lost: …"); empty: a step was made
  uint64_t step = 0;
  StepReport report;              // of the step
  double step_seconds = 0;        // from the step before to this one
  uint64_t step_bytes = 0;        // sent by all ranks
  int workers = 0;                // of the membership
};

struct ClusterTrainingHooks {
  std::function<void(const ClusterProgress& progress)> on_progress;
  const std::atomic<bool>* cancelled = nullptr;   // true: the application is killed; kCancelled
  std::map<std::string, std::string> settings;    // -D of the command line, over the configuration files
};

struct ClusterOutcome {
  std::string application;
  uint64_t steps = 0;
  uint64_t memberships = 0;   // 1 if nothing was lost or moved
  std::string last_checkpoint;
};

// Submits and waits for the end. The error says what the master or the scheduler said.
Result<ClusterOutcome> RunOnCluster(const ClusterTraining& training, const TrainingProgram& program, const ClusterTrainingHooks& hooks);

// The container roles: an executable whose arguments (without its name and launch arguments) say so is the app master or a
// worker of a job; it then does nothing but `return RunTrainingRole(...)`.
bool IsTrainingRole(const std::vector<std::string>& arguments);
int RunTrainingRole(const TrainingProgram& program, const std::vector<std::string>& arguments);

}  // namespace tusk::ml
