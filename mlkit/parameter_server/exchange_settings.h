// ExchangeSettings: a linear model's settings with how its gradients reach the weights.
#pragma once

#include "mlkit/parameter_server/sync_mode.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

struct ExchangeSettings {
  LinearSettings linear;
  SyncMode sync;
  CodecChoice codec;
  size_t round_steps = 0;    // between two meetings of all workers; 0: about a second's (SSP, ASP); 64, and the epoch's end (BSP)
};

}  // namespace tusk::ml
