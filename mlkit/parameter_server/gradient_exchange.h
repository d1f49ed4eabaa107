// GradientExchange: how the gradients of many workers become common weights. Behind it: all-reduce of a table that every rank has
// (all_reduce_exchange.h), or parameter servers (parameter_client.h) with BSP, SSP or ASP. A step is Pull, Push for each own lane,
// Tick. With BSP and with all-reduce the weights have equal bits for any number of workers and servers: gradients are added over
// lanes in the fixed tree. SSP and ASP apply a gradient when it comes: results differ from run to run.
#pragma once

#include <cstdint>
#include <span>

#include "base/core/result.h"

namespace tusk::ml {

struct LaneGradient {
  size_t lane = 0;                        // 0..lanes-1; each belongs to one worker
  float weight = 0;                       // sum of the weights of its rows; 0: it had none
  std::span<const uint32_t> keys = {};    // ascending; empty: `values` are of all keys
  std::span<const float> values = {};     // [keys][width], sums over the rows
};

class GradientExchange {
 public:
  virtual ~GradientExchange() = default;
  // Waits until the worker's next step may begin. `keys` ascending; empty: all.
  virtual Status Pull(std::span<const uint32_t> keys, std::span<float> values) = 0;
  virtual Status Push(const LaneGradient& gradient, float rate) = 0;
  // The worker's step is over; `rate` is the step's learning rate (equal on all workers for BSP).
  virtual Status Tick(float rate) = 0;
};

}  // namespace tusk::ml
