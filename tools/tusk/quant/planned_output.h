// PlannedOutput: what a command line writes, GGUF or safetensors with scales, with all that its recipe points into; the same in
// this process and in a container.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "quant/job/cluster_quant.h"
#include "quant/scaled/scaled_recipe.h"
#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {

// Whether --type names int8 or fp8, which are written as safetensors.
bool IsScaledType(const std::string& type);
// --type, --granularity, --range, --affine; --exclude.
Result<quant::ScaledRecipeSettings> ScaledSettingsOf(const QuantOptions& options);

struct PlannedOutput final : quant::OpenedRecipe {
  const quant::OutputRecipe& recipe() const override { return gguf ? static_cast<const quant::OutputRecipe&>(*gguf) : *scaled; }
  std::string identity() const override { return identity_text; }

  std::unique_ptr<PlannedModel> model;              // of GGUF
  std::unique_ptr<quant::GgufRecipe> gguf;
  std::unique_ptr<quant::ScaledRecipe> scaled;      // or this
  std::string identity_text;
};

Result<std::unique_ptr<PlannedOutput>> PlanOutput(const quant::RangeFiles& files, const IdentityOf& identity_of, const std::string& path,
                                                  const QuantOptions& options);

}  // namespace tusk::tools
