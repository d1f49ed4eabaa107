// TrainLinearByExchange: one worker's part of a mini-batch training of a linear model, over any GradientExchange. Rows, order and
// rates are those of MinibatchTrainer; a lane's gradient is pushed as it is. Without an end of epochs in common: workers drift apart
// as far as the exchange lets them.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/parameter_server/gradient_exchange.h"
#include "mlkit/parameter_server/parameter_table.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

// Keys are columns; the last one is the intercept. A key has as many floats as the model has outputs. An error for what needs
// all weights in one place: svrg, local_steps, full-batch methods, early stopping.
Result<TableSettings> TableSettingsOf(const LinearSettings& settings, const Schema& schema);

// All epochs; gives this worker's mean loss in each. context.comm is used at the start only (all workers, to agree on rows).
Result<std::vector<double>> TrainLinearByExchange(WorkerContext& context, const LinearSettings& settings, GradientExchange& exchange);

// The model of weights as a pull of all keys gives them.
std::unique_ptr<Model> LinearModelOf(const LinearSettings& settings, const Schema& schema, std::span<const float> weights);

}  // namespace tusk::ml
