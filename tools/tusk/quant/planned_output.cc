// From words to a recipe.
#include "tools/tusk/quant/planned_output.h"

namespace tusk::tools {
namespace {

std::string ValueOr(const QuantOptions& options, const std::string& name, const std::string& otherwise) {
  const auto found = options.scaled.find(name);
  return found == options.scaled.end() ? otherwise : found->second;
}

}  // namespace

bool IsScaledType(const std::string& type) { return quant::ScaledTypeByName(type).ok(); }

Result<quant::ScaledRecipeSettings> ScaledSettingsOf(const QuantOptions& options) {
  quant::ScaledRecipeSettings settings;
  ASSIGN_OR_RETURN(settings.coding.type, quant::ScaledTypeByName(options.type));
  RETURN_IF_ERROR(quant::SetGranularity(ValueOr(options, "granularity", "channel"), settings.coding));
  ASSIGN_OR_RETURN(settings.coding.range, quant::RangeByName(ValueOr(options, "range", "minmax")));
  settings.coding.affine = options.scaled.contains("affine");
  settings.exclude = [patterns = options.settings.exclude](const std::string& name) {
    for (const quant::TensorPattern& pattern : patterns) {
      if (pattern.Matches(name)) return true;
    }
    return false;
  };
  settings.allow_bad_weights = options.settings.allow_bad_weights;
  RETURN_IF_ERROR(quant::CheckSettings(settings.coding));
  return settings;
}

Result<std::unique_ptr<PlannedOutput>> PlanOutput(const quant::RangeFiles& files, const IdentityOf& identity_of, const std::string& path,
                                                  const QuantOptions& options) {
  auto output = std::make_unique<PlannedOutput>();
  if (!IsScaledType(options.type)) {
    ASSIGN_OR_RETURN(output->model, PlanModel(files, identity_of, path, options));
    output->gguf = std::make_unique<quant::GgufRecipe>(output->model->model, output->model->plan, options.settings.allow_bad_weights);
    output->identity_text = output->model->identity;
  } else {
    ASSIGN_OR_RETURN(quant::ScaledRecipeSettings settings, ScaledSettingsOf(options));
    ASSIGN_OR_RETURN(quant::SafetensorsSet set, quant::OpenSafetensorsSet(files, path));
    for (const auto& file : set.files) {
      ASSIGN_OR_RETURN(const std::string identity, identity_of(file->name()));
      output->identity_text += identity;
    }
    output->identity_text += settings.allow_bad_weights ? "bad weights allowed" : "";
    ASSIGN_OR_RETURN(output->scaled, quant::ScaledRecipe::Make(std::move(set), std::move(settings)));
  }
  // What the plan has made of the settings stands in the header.
  output->identity_text += std::string(AsText(output->recipe().header()));
  return output;
}

}  // namespace tusk::tools
