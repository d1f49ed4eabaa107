// Rows to the backend, forward and backward.
#include "mlkit/sgd/network/network_gradients.h"

#include "mlkit/collectives/shard_sum.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/sgd/network/network_model.h"
#include "mlkit/tensor/cpu_backend.h"

namespace tusk::ml {

Result<std::unique_ptr<NetworkGradients>> NetworkGradients::Open(const MakeBackend& make, ThreadPool& pool, Network network, bool classifies, float dropout) {
  std::unique_ptr<NetworkGradients> opened(new NetworkGradients(std::move(network), classifies, dropout));
  if (make) {
    ASSIGN_OR_RETURN(opened->backend_, make(pool));
  } else {
    opened->backend_ = MakeCpuBackend(pool);
  }
  opened->tape_ = std::make_unique<Tape>(*opened->backend_);
  return opened;
}

// The rows into the backend's memory.
Status NetworkGradients::Gather(WorkerContext& context, std::span<const LaneBatch> lanes, LaneRows& batch) {
  bool weighted = false;
  for (const LaneBatch& lane : lanes) {
    batch.numbers.push_back(lane.shard->number);
    batch.starts.push_back(batch.starts.back() + lane.rows.size());
    weighted = weighted || !lane.shard->weights.empty();
  }
  const size_t columns = network_.sizes.front(), count = batch.rows();
  RETURN_IF_ERROR(x_.Make(*backend_, count * columns));
  RETURN_IF_ERROR(labels_.Make(*backend_, count));
  RETURN_IF_ERROR(weights_.Make(*backend_, count));
  const bool direct = backend_->host_memory();
  if (!direct) staging_.resize(count * (columns + 2));
  float* x = direct ? x_.data() : staging_.data();
  float* labels = direct ? labels_.data() : x + count * columns;
  float* weights = direct ? weights_.data() : labels + count;
  lane_weights_.assign(lanes.size(), 0.0F);
  context.pool->ParallelFor(lanes.size(), [&](size_t i) {
    const ShardRows& shard = *lanes[i].shard;
    for (size_t r = 0; r < lanes[i].rows.size(); ++r) {
      const size_t at = batch.starts[i] + r, row = lanes[i].rows[r];
      CopyRow(*shard.block, row, columns, x + at * columns);
      labels[at] = shard.block->labels[row];
      weights[at] = shard.weight(row);
      lane_weights_[i] += weights[at];
    }
  });
  if (!direct) {
    backend_->Upload({x, count * columns}, x_.data());
    backend_->Upload({labels, count}, labels_.data());
    backend_->Upload({weights, count}, weights_.data());
  }
  batch_weights_ = weighted ? weights_.data() : nullptr;
  return Status::Ok();
}

Status NetworkGradients::Compute(WorkerContext& context, std::span<const LaneBatch> lanes, const float* parameters, bool folded, uint64_t stream) {
  const size_t length = network_.parameter_count(), sums = folded ? 1 : lanes.size();
  LaneRows batch;
  RETURN_IF_ERROR(Gather(context, lanes, batch));
  RETURN_IF_ERROR(gradients_.Make(*backend_, length * (sums > 0 ? sums : 1)));
  losses_.assign(lanes.size(), 0.0);
  if (batch.rows() == 0) {
    backend_->Fill(gradients_.data(), length * sums, 0);
    return Status::Ok();
  }
  tape_->Begin(batch, parameters, gradients_.data(), folded ? 0 : length);
  const Tape::Value x = tape_->Input(x_.data(), network_.sizes.front());
  ASSIGN_OR_RETURN(const Tape::Value scores, network_.Forward(*tape_, x, dropout_, context.seed, stream));
  if (classifies_) tape_->CrossEntropy(scores, labels_.data(), batch_weights_, losses_);
  else tape_->SquaredError(scores, labels_.data(), batch_weights_, losses_);
  return tape_->Backward();
}

Result<double> HeldOutLoss(WorkerContext& context, const Model& model, const Loss& loss, const RowTotals& totals, std::span<const ShardRows* const> shards) {
  const size_t outputs = model.outputs();
  std::vector<std::vector<double>> partials(shards.size(), std::vector<double>(1));
  std::vector<Status> statuses(shards.size());
  context.pool->ParallelFor(shards.size(), [&](size_t i) {
    const ShardRows& shard = *shards[i];
    std::vector<float> scores(shard.block->rows * outputs);
    statuses[i] = model.Scores(*shard.block, scores);
    for (const uint32_t row : shard.held_out) {
      const std::vector<double> score(scores.begin() + static_cast<ptrdiff_t>(row * outputs), scores.begin() + static_cast<ptrdiff_t>((row + 1) * outputs));
      const float label = shard.block->labels[row];
      const double by_class = totals.class_weights.empty() ? 1.0 : totals.class_weights[static_cast<size_t>(label)];
      partials[i][0] += static_cast<double>(shard.block->weight(row)) * by_class * loss.Row(outputs, score.data(), label, nullptr);
    }
  });
  ShardPartials<double> by_lane;
  for (size_t i = 0; i < shards.size(); ++i) {
    RETURN_IF_ERROR(statuses[i]);
    by_lane[shards[i]->number] = std::move(partials[i]);
  }
  std::vector<double> sum(1);
  RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(by_lane), std::span<double>(sum)));
  return sum[0];
}

}  // namespace tusk::ml
