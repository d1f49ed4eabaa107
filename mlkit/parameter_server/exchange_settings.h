// ExchangeSettings: how gradients reach the weights.
#pragma once

#include "mlkit/api/parameters.h"
#include "mlkit/parameter_server/sync_mode.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

struct ExchangeSettings {
  LinearSettings how;        // optimizer, schedule, batches, held-out rows
  SyncMode sync;
  CodecChoice codec;
  size_t round_steps = 0;    // between two meetings of all workers; 0: about a second's (SSP, ASP); 64, and the epoch's end (BSP)
  bool servers = false;      // also for BSP without a codec

  bool wanted() const { return servers || sync.kind != Consistency::kBsp || codec.codec != GradientCodec::kNone; }
};

// sync, codec, exchange, round_steps.
Result<ExchangeSettings> ReadExchangeSettings(Parameters& parameters, LinearSettings how);

}  // namespace tusk::ml
