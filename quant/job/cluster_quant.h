// A quantization as a job of containers: submission and following, and what containers run.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mapreduce/api/file_system.h"
#include "quant/plan/output_recipe.h"

namespace tusk::quant {

struct ClusterQuant {
  std::string name;
  std::string recipe;        // what `open` of the program understands; the same text is the same output
  std::vector<std::string> inputs;   // paths that containers read, for the tokens they need; not kept
  std::string output;
  std::string input, type;   // as people name them
  int workers = 1;
  int gpus = 0;              // a worker
  std::string device = "cpu";   // where rows are encoded: "cpu", "cuda", "auto" (on a GPU where the worker finds one)
  int64_t memory_mb = 512;
  int vcores = 1;
  int threads = 0;           // pieces that a worker makes at a time; 0: as many as vcores
  std::string queue = "default";
};

// A recipe with all that it needs.
class OpenedRecipe {
 public:
  virtual ~OpenedRecipe() = default;
  virtual const OutputRecipe& recipe() const = 0;
  // Differs where settings or inputs do: the inputs' sizes and times at least.
  virtual std::string identity() const = 0;
};

// What the executable brings along.
struct QuantProgram {
  std::function<Result<std::unique_ptr<OpenedRecipe>>(const std::string& recipe, mapreduce::FileSystems& files)> open;
  std::vector<std::string> launch_arguments;   // before a role's: {"quant"}
};

struct ClusterQuantProgress {
  std::string application;
  std::string message;       // empty: figures only
  uint64_t pieces = 0, pieces_done = 0, bytes = 0, bytes_done = 0;
  int workers = 0;
  double at_work = 0;        // workers' share of their time under the last master, between 0 and 1
  uint64_t worker_peak_bytes = 0;   // resident, of the one that had most
  uint64_t made_again = 0;   // pieces that lost workers were making
  double begun_seconds = -1, made_seconds = -1;   // the first piece of weights, after submission began; < 0: not yet
};

struct ClusterQuantHooks {
  std::function<void(const ClusterQuantProgress& progress)> on_progress = nullptr;
  const std::atomic<bool>* cancelled = nullptr;       // kills the application; its parts stay for the next
  std::map<std::string, std::string> settings = {};   // Hadoop's, as -D
};

// Returns when the output is written. What was made before a failure stays beside the output; the same job goes on with it.
Status RunQuantOnCluster(ClusterQuant job, const QuantProgram& program, const ClusterQuantHooks& hooks);

// Whether these are a container's words; then RunQuantRole is all there is to do.
bool IsQuantRole(const std::vector<std::string>& arguments);
int RunQuantRole(const QuantProgram& program, const std::vector<std::string>& arguments);

}  // namespace tusk::quant
