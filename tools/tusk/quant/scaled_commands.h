// plan, inspect, verify and compare of safetensors models with scales (int8, fp8).
#pragma once

#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {

// Whether `path` is such a model: one file that says so.
bool IsScaledModel(const LocalRanges& files, const std::string& path);
// What --type int8 or fp8 would write, with bytes, time and memory.
Status PlanScaled(CliContext& context, const QuantOptions& options);
Status InspectScaled(CliContext& context, const QuantOptions& options);
// Sizes fit; scales are numbers above 0; no code is NaN.
Status VerifyScaled(CliContext& context, const QuantOptions& options);
// The second word is a model with scales, the first the safetensors model that it was made from.
Status CompareScaled(CliContext& context, const QuantOptions& options);

}  // namespace tusk::tools
