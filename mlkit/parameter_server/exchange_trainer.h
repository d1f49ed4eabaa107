// Linear models by mini-batches whose gradients go to parameter servers: sync=bsp|ssp:STEPS|asp, codec=none|fp16|int8|topk:SHARE.
// A superstep is a round of many steps in which every rank is a worker and the server of a range of the weights; workers drift apart as
// far as `sync` lets them. At its end they meet, and all ranges go to all ranks: so a lost rank, worker or server, costs the round, and
// recovery and checkpoints are those of every other algorithm. By the pace that each worker showed, the next round gives it rows, and
// keys only to servers that keep up.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/parameter_server/exchange_settings.h"

namespace tusk::ml {

// An error for what does not go with servers: svrg, local_steps, full-batch methods, early stopping.
Result<std::unique_ptr<Algorithm>> MakeExchangeTrainer(ExchangeSettings settings, const Schema& schema);

// A linear model ("linear", "logistic", …): through servers where sync, codec or exchange=servers say so, else MakeLinearTrainer.
Result<std::unique_ptr<Algorithm>> MakeLinearByExchange(const std::string& algorithm, Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
