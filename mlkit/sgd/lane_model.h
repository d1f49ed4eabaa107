// LaneModel: a model as those see it who train it by exchanging gradients (mlkit/parameter_server): parameters as keys of `width`
// floats, and the gradients of lanes' rows at given parameters. Linear models: linear_lanes.h; perceptrons: network/network_lanes.h.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/lane_gradient.h"
#include "mlkit/sgd/lane_order.h"
#include "mlkit/sgd/training_rows.h"

namespace tusk::ml {

struct ModelShape {
  size_t keys = 0, width = 1;
  size_t penalized = 0;              // the first keys; the others (intercepts, biases) are free of penalties
  bool rest_is_zero = false;         // and the others stay zero
  bool by_column = false;            // rows are sparse: key c is of column c, the last one the intercept; gradients are of touched keys
  size_t length() const { return keys * width; }
};

// Rows of one shard, and what the last gradient of some of them was.
struct GradientLane {
  ShardRows rows;
  LaneOrder order = {};
  LaneScratch scratch = {};
  std::vector<float> sum = {};       // [length + 2]: sums of gradients, losses, weights
  SparseGradient sparse = {};        // instead, where the shape is by column
};

struct GradientWanted {
  GradientLane* lane = nullptr;
  std::span<const uint32_t> rows = {};
  const float* parameters = nullptr;   // [length]; by column: where the rows have entries
};

class LaneModel {
 public:
  virtual ~LaneModel() = default;
  virtual const ModelShape& shape() const = 0;
  // Before anything that computes.
  virtual Status Open(ThreadPool& /*pool*/) { return Status::Ok(); }
  // Of a fresh start; empty: zeros.
  virtual std::vector<float> InitialParameters(uint64_t /*seed*/) const { return {}; }
  // `stream`: random numbers of a step (dropout) are others than of any other one.
  virtual Status Gradients(WorkerContext& context, std::span<const GradientWanted> wanted, uint64_t stream) = 0;
  // The sum of losses over all ranks' held-out rows.
  virtual Result<double> HeldOutLoss(WorkerContext& context, const RowTotals& totals, std::span<const ShardRows* const> shards,
                                     std::span<const float> parameters) const = 0;
  virtual Result<std::unique_ptr<Model>> MakeModel(std::span<const float> parameters) const = 0;
};

}  // namespace tusk::ml
