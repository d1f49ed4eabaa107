// NetworkGradients: gradients of a network for rows of lanes, on a tape over a backend; and the loss of held-out rows.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/loss/loss.h"
#include "mlkit/sgd/network/network.h"
#include "mlkit/sgd/training_rows.h"
#include "mlkit/tensor/backend_memory.h"

namespace tusk::ml {

using MakeBackend = std::function<Result<std::unique_ptr<TensorBackend>>(ThreadPool& pool)>;

class NetworkGradients {
 public:
  struct LaneBatch {
    const ShardRows* shard = nullptr;
    std::span<const uint32_t> rows = {};
  };

  // `make` null: on the CPU.
  static Result<std::unique_ptr<NetworkGradients>> Open(const MakeBackend& make, ThreadPool& pool, Network network, bool classifies, float dropout);

  TensorBackend& backend() { return *backend_; }
  const Network& network() const { return network_; }

  // At `parameters` (the backend's memory): lane i's sum to gradients() + i * length; `folded`: the sum over all lanes in the fixed tree,
  // once. `stream` makes dropout's numbers others.
  Status Compute(WorkerContext& context, std::span<const LaneBatch> lanes, const float* parameters, bool folded, uint64_t stream);
  float* gradients() const { return gradients_.data(); }
  const std::vector<double>& losses() const { return losses_; }         // of the lanes, sums
  const std::vector<float>& lane_weights() const { return lane_weights_; }

 private:
  NetworkGradients(Network network, bool classifies, float dropout) : network_(std::move(network)), classifies_(classifies), dropout_(dropout) {}
  Status Gather(WorkerContext& context, std::span<const LaneBatch> lanes, LaneRows& batch);

  const Network network_;
  const bool classifies_;
  const float dropout_;
  std::unique_ptr<TensorBackend> backend_;  // before everything that lives in it
  std::unique_ptr<Tape> tape_;
  BackendMemory gradients_, x_, labels_, weights_;
  const float* batch_weights_ = nullptr;
  std::vector<float> staging_, lane_weights_;
  std::vector<double> losses_;
};

// The sum of losses over all ranks' held-out rows; `shards` are this rank's.
Result<double> HeldOutLoss(WorkerContext& context, const Model& model, const Loss& loss, const RowTotals& totals, std::span<const ShardRows* const> shards);

}  // namespace tusk::ml
