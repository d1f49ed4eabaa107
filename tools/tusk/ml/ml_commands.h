// The verbs of `tusk ml`. Exit codes as Hadoop's shells: 0, 1 for failure, 255 for bad words, 130 after Ctrl-C.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "mlkit/api/metrics.h"
#include "tools/tusk/ml/ml_files.h"
#include "tools/tusk/ml/ml_options.h"

namespace tusk::tools {

int RunMl(CliContext& context, std::vector<std::string> args);

int RunMlTrain(CliContext& context, MlOptions options);
int RunMlPredict(CliContext& context, MlOptions options);
int RunMlEval(CliContext& context, MlOptions options);
int RunMlInspect(CliContext& context, MlOptions options);
int RunMlGen(CliContext& context, MlOptions options);
int RunMlOptimize(CliContext& context, MlOptions options);

// "tusk ml: message" on standard error; 1.
int MlFail(CliContext& context, const Status& status);
// The same for words that make no sense, with a hint at the help; 255.
int MlUsage(CliContext& context, const std::string& message);

// Metrics as a table on context.out, or as one JSON object with event `event`.
void PrintMetrics(CliContext& context, const ml::Metrics& metrics, const ml::Schema& schema, bool json, const char* event);

size_t ThreadsOf(const MlOptions& options);

}  // namespace tusk::tools
