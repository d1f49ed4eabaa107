// Shard by shard, then in the fixed tree.
#include "mlkit/sgd/row_sums.h"

#include "mlkit/collectives/shard_sum.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/sgd/row_products.h"

namespace tusk::ml {

Result<std::vector<double>> SumOverRows(WorkerContext& context, const Loss& loss, size_t outputs, const RowTotals& totals,
                                        std::span<const ShardRows* const> shards, std::span<const double> parameters, WhichRows which) {
  const bool held_out = which == WhichRows::kHeldOut;
  const size_t columns = context.schema->columns, gradients = held_out ? 0 : parameters.size();
  std::vector<std::vector<double>> partials(shards.size());
  context.pool->ParallelFor(shards.size(), [&](size_t i) {
    const ShardRows& shard = *shards[i];
    const RowView view{shard.block.get(), 1};
    partials[i].assign(gradients + 1, 0.0);
    std::vector<double> scores(shard.block->rows * outputs), slopes(scores.size());
    RowScores(view, columns, outputs, parameters.data(), scores.data());
    for (const uint32_t row : held_out ? shard.held_out : shard.training) {
      const double by_class = totals.class_weights.empty() ? 1.0 : totals.class_weights[static_cast<size_t>(shard.block->labels[row])];
      const double weight = held_out ? static_cast<double>(shard.block->weight(row)) * by_class : static_cast<double>(shard.weight(row));
      double* slope = slopes.data() + row * outputs;
      partials[i][gradients] += weight * loss.Row(outputs, scores.data() + row * outputs, shard.block->labels[row], slope);
      for (size_t k = 0; k < outputs; ++k) slope[k] *= weight;
    }
    if (!held_out) AddRows(view, columns, outputs, slopes.data(), partials[i].data());
  });
  ShardPartials<double> by_shard;
  for (size_t i = 0; i < shards.size(); ++i) by_shard[shards[i]->number] = std::move(partials[i]);
  std::vector<double> sum(gradients + 1);
  RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(by_shard), std::span<double>(sum)));
  return sum;
}

}  // namespace tusk::ml
