// A perceptron as a LaneModel: a key is one parameter, all weights before all biases.
#pragma once

#include <memory>

#include "mlkit/sgd/lane_model.h"
#include "mlkit/sgd/network/mlp_trainer.h"

namespace tusk::ml {

std::unique_ptr<LaneModel> MakeNetworkLanes(MlpSettings settings, const Schema& schema);

}  // namespace tusk::ml
