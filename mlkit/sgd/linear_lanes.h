// A linear model as a LaneModel: a key is a column, the last one the intercept.
#pragma once

#include <memory>

#include "mlkit/sgd/lane_model.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<LaneModel> MakeLinearLanes(LinearSettings settings, const Schema& schema);

}  // namespace tusk::ml
