// The words behind `tusk quant`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/cli/cli_context.h"
#include "base/core/result.h"
#include "quant/plan/quant_plan.h"

namespace tusk::tools {

struct QuantOptions {
  std::vector<std::string> words;  // paths
  std::string type;                // --type
  quant::QuantSettings settings;
  std::string imatrix;
  uint64_t budget_bytes = 0;       // 0: none
  std::string pre_tokenizer;       // of a Hugging Face model whose tokenizer we don't know
  size_t threads = 0;              // 0: one per core
  std::string device;              // "cpu", "cuda", "auto"; "": cpu, and auto in containers with GPUs
  bool restart = false;            // don't go on with an interrupted run
  bool json = false, quiet = false, help = false;
  // Of int8 and fp8, which write safetensors: granularity, affine, range, ....
  std::map<std::string, std::string> scaled;
  // Of jobs.
  bool cluster = false;
  int workers = 1, gpus = 0, vcores = 1;
  int64_t memory_mb = 512;
  std::string queue = "default", job_name;
  std::vector<std::string> args;   // all of them, as they were
  // Of `bench`.
  std::vector<std::string> bench_types;
  uint64_t bench_weights = 8 << 20;
};

Result<QuantOptions> ParseQuantOptions(const std::vector<std::string>& args);

// "1.5G", "4GiB", "800M", "123456": bytes.
Result<uint64_t> ParseByteCount(const std::string& text);

}  // namespace tusk::tools
