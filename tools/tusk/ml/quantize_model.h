// `tusk ml train --quantize int8`: the model in int8, and what that costs.
#pragma once

#include <memory>

#include "tools/tusk/ml/ml_commands.h"

namespace tusk::tools {

// Tells the metrics before and after, on the test data where there is some, else on the training data.
Result<std::unique_ptr<ml::Model>> QuantizeModel(CliContext& context, const MlOptions& options, MlFiles& files, const ml::Model& model,
                                                 const ml::Dataset& training);

}  // namespace tusk::tools
