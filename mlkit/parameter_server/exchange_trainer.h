// The trainer by parameter servers, for any LaneModel; a superstep is a round (docs/design/0003).
#pragma once

#include <memory>
#include <string>

#include "mlkit/api/algorithm.h"
#include "mlkit/parameter_server/exchange_settings.h"
#include "mlkit/sgd/lane_model.h"
#include "mlkit/sgd/network/mlp_trainer.h"

namespace tusk::ml {

// An error for what does not go with servers: svrg, full-batch methods, early stopping.
Result<std::unique_ptr<Algorithm>> MakeExchangeTrainer(ExchangeSettings settings, std::unique_ptr<LaneModel> model);

// A linear model ("linear", "logistic", …): through servers where sync, codec or exchange=servers say so, else MakeLinearTrainer.
Result<std::unique_ptr<Algorithm>> MakeLinearByExchange(const std::string& algorithm, Parameters& parameters, const Schema& schema);
// The perceptron, likewise.
Result<std::unique_ptr<Algorithm>> MakeMlpByExchange(MlpSettings settings, Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
