// FileRun: makes an OutputRecipe's file on the local disk with threads. The bytes grow in PATH.partial; PATH.partial.done notes each
// finished unit with its checksum, so that a run that was interrupted (or killed) goes on where it stopped: a unit counts as
// done only if its bytes are really there. In the end: fsync, rename, fsync of the folder.
#pragma once

#include <atomic>
#include <string>

#include "base/cli/cli_context.h"
#include "quant/plan/output_recipe.h"

namespace tusk::tools {

struct FileRunSettings {
  std::string path;      // absolute
  std::string identity;  // of inputs and settings: a partial file of another one is not gone on with
  size_t threads = 1;
  quant::RowDevice* device = nullptr;
  bool restart = false;
  bool json = false, quiet = false;
};

struct FileRunReport {
  uint64_t units = 0, resumed_units = 0;
  uint64_t in_bytes = 0, out_bytes = 0;
  double seconds = 0;
};

// kInterrupted when `stop` becomes true: what was done stays for the next run.
Result<FileRunReport> RunToFile(CliContext& context, const quant::OutputRecipe& recipe, const FileRunSettings& settings,
                                const std::atomic<bool>& stop);

// "12.3 MB"
std::string ShortBytes(double bytes);

}  // namespace tusk::tools
