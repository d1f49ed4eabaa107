// The verbs of `tusk quant`. Exit codes as Hadoop's shells: 0, 1 for failure, 255 for bad words, 130 after Ctrl-C.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "quant/plan/quant_plan.h"
#include "tools/tusk/quant/local_ranges.h"
#include "tools/tusk/quant/quant_options.h"

namespace tusk::tools {

int RunQuant(CliContext& context, std::vector<std::string> args);

int RunQuantize(CliContext& context, QuantOptions options);
int RunQuantInspect(CliContext& context, QuantOptions options);
int RunQuantPlan(CliContext& context, QuantOptions options);
int RunQuantCompare(CliContext& context, QuantOptions options);
int RunQuantVerify(CliContext& context, QuantOptions options);
int RunQuantBench(CliContext& context, QuantOptions options);

// "tusk quant: message" on standard error; 1, or 130 where the user interrupted.
int QuantFail(CliContext& context, const Status& status);
// The same for words that make no sense, with a hint at the help; 255.
int QuantUsage(CliContext& context, const std::string& message);

size_t ThreadsOf(const QuantOptions& options);

// A model to quantize, with all that the plan points into.
struct PlannedModel {
  quant::Model model;
  std::unique_ptr<quant::Imatrix> imatrix;
  quant::QuantPlan plan;
  std::string budget_report;  // of --budget
  std::string identity;       // of inputs and settings
  std::string mix;            // the name of the mix that was taken
  std::map<std::string, quant::TensorType> chosen;   // by the budget
};

// What tells an input file from others: name, size, time.
using IdentityOf = std::function<Result<std::string>(const std::string& path)>;
IdentityOf LocalIdentity(CliContext& context, const LocalRanges& files);

// A GGUF file, a safetensors file, or a folder of them with config.json.
Result<quant::Model> OpenModel(const quant::RangeFiles& files, const std::string& path, const QuantOptions& options);
// Opens, reads the imatrix, chooses types.
Result<std::unique_ptr<PlannedModel>> PlanModel(const quant::RangeFiles& files, const IdentityOf& identity_of, const std::string& path,
                                                const QuantOptions& options);

}  // namespace tusk::tools
