// The words behind `tusk ml VERB`: options of the command line, and settings of the algorithm.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "base/core/result.h"
#include "mlkit/data/data_plan.h"

namespace tusk::tools {

struct MlOptions {
  std::string algorithm;
  ml::DataOptions data;
  std::vector<std::string> tests;                 // paths of a test set
  std::string output;                             // -o
  std::string fitness;                            // -f
  std::string model;                              // -m
  std::string quantize;                           // "int8", or empty
  std::vector<std::string> words;                 // without dash or '='
  std::map<std::string, std::string> parameters;  // of the algorithm
  std::map<std::string, std::string> settings;    // -D of a dotted name: Hadoop's
  size_t threads = 0;
  uint64_t seed = 1;
  std::string checkpoint_dir;
  uint64_t checkpoint_every = 0;
  bool resume = false;
  bool json = false;
  bool quiet = false;
  bool probabilities = false;
  bool help = false;
  // Of jobs.
  bool cluster = false;
  int workers = 1;
  int workers_min = 1;
  int gpus = 0;
  int vcores = 1;
  int64_t memory_mb = 1024;
  int64_t master_memory_mb = 256;
  int wait_seconds = 300;
  std::string queue = "default";
  std::string job_name;
  // Of `gen`.
  uint64_t rows = 0;
  uint64_t shards = 1;
};

// Own options by their names (--threads 4, --threads=4, -i PATH), anything else of the form --name=value or name=value is a
// setting of the algorithm; `config=FILE`, or a word that names a file with such lines, reads it (LightGBM's style).
Result<MlOptions> ParseMlOptions(CliContext& context, const std::vector<std::string>& args);

// Where checkpoints go: the folder that the user names, or one beside the output; empty without either.
std::string CheckpointFolderOf(const MlOptions& options);

// The part of every verb's help about data.
extern const char* const kDataOptionsHelp;

}  // namespace tusk::tools
