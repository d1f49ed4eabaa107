// Effective weights and held-out rows.
#include "mlkit/sgd/training_rows.h"

#include <algorithm>

#include "mlkit/api/random.h"
#include "mlkit/collectives/shard_sum.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kHoldOutStream = 0x401d007;

bool HeldOut(uint64_t seed, uint64_t row, double fraction) {
  if (fraction <= 0) return false;
  return Random(seed, kHoldOutStream, row * 4).Uniform() < fraction;
}

double ClassWeight(const std::vector<double>& weights, float label) {
  const auto index = static_cast<size_t>(label);
  return index < weights.size() ? weights[index] : 1.0;
}

// Per class: the sum of row weights among training rows.
Result<std::vector<double>> ClassSums(WorkerContext& context, const RowSettings& settings, size_t classes) {
  ShardPartials<double> partials;
  for (const OwnedShard& shard : context.shards) {
    std::vector<double>& sums = partials[shard.number];
    sums.assign(classes, 0.0);
    for (size_t row = 0; row < shard.block->rows; ++row) {
      if (HeldOut(context.seed, shard.block->first_row + row, settings.validation_fraction)) continue;
      const auto label = static_cast<size_t>(shard.block->labels[row]);
      if (label < classes) sums[label] += static_cast<double>(shard.block->weight(row));
    }
  }
  std::vector<double> sums(classes);
  RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(partials), sums));
  return sums;
}

}  // namespace

void RowTotals::SaveTo(Bundle& bundle) const {
  bundle.SetDoubles("row_totals", std::vector<double>{training_weight, held_out_weight, training_rows, most_rows});
  bundle.SetDoubles("class_weights", class_weights);
}

Result<RowTotals> RowTotals::LoadFrom(const Bundle& bundle, size_t classes) {
  RowTotals totals;
  ASSIGN_OR_RETURN(const std::vector<double> numbers, bundle.Doubles("row_totals"));
  ASSIGN_OR_RETURN(totals.class_weights, bundle.Doubles("class_weights"));
  if (numbers.size() != 4 || (!totals.class_weights.empty() && totals.class_weights.size() != classes)) {
    return Status(Code::kCorruption, "the state is of other data or settings");
  }
  totals.training_weight = numbers[0];
  totals.held_out_weight = numbers[1];
  totals.training_rows = numbers[2];
  totals.most_rows = numbers[3];
  return totals;
}

Result<RowTotals> AgreeOnRows(WorkerContext& context, const RowSettings& settings) {
  RowTotals totals;
  const size_t classes = settings.classifies ? context.schema->classes : 0;
  totals.class_weights = settings.class_weights;
  if (classes > 0) {
    ASSIGN_OR_RETURN(const std::vector<double> sums, ClassSums(context, settings, classes));
    double all = 0, present = 0;
    for (const double sum : sums) {
      all += sum;
      present += sum > 0 ? 1 : 0;
    }
    if (present < 2 && !settings.one_class_will_do) {
      return Status(Code::kInvalidArgument, "the labels of all rows (of weight > 0) are of one class; classification needs two");
    }
    if (settings.balanced) {
      if (totals.class_weights.empty()) totals.class_weights.assign(classes, 1.0);
      for (size_t c = 0; c < classes; ++c) totals.class_weights[c] *= sums[c] > 0 ? all / (present * sums[c]) : 0.0;
    }
  }
  ShardPartials<double> partials;
  std::vector<double> most = {0};
  for (const ShardRows& shard : PrepareRows(context, settings, totals)) {
    std::vector<double>& sums = partials[shard.number];
    sums.assign(3, 0.0);
    for (const uint32_t row : shard.training) sums[0] += static_cast<double>(shard.weight(row));
    for (const uint32_t row : shard.held_out) {
      sums[1] += static_cast<double>(shard.block->weight(row)) * ClassWeight(totals.class_weights, shard.block->labels[row]);
    }
    sums[2] = static_cast<double>(shard.training.size());
    most[0] = std::max(most[0], sums[2]);
  }
  std::vector<double> sums(3);
  RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(partials), sums));
  RETURN_IF_ERROR(context.comm->AllReduceMax(most));
  totals.training_weight = sums[0];
  totals.held_out_weight = sums[1];
  totals.training_rows = sums[2];
  totals.most_rows = most[0];
  if (!(totals.training_weight > 0)) return Status(Code::kInvalidArgument, "the data has no rows to train on (or all weights are 0)");
  return totals;
}

std::vector<ShardRows> PrepareRows(const WorkerContext& context, const RowSettings& settings, const RowTotals& totals) {
  std::vector<ShardRows> prepared;
  for (const OwnedShard& shard : context.shards) {
    ShardRows rows;
    rows.number = shard.number;
    rows.block = shard.block;
    const Block& block = *shard.block;
    for (size_t row = 0; row < block.rows; ++row) {
      const bool out = HeldOut(context.seed, block.first_row + row, settings.validation_fraction);
      (out ? rows.held_out : rows.training).push_back(static_cast<uint32_t>(row));
    }
    if (!block.weights.empty() || !totals.class_weights.empty() || !rows.held_out.empty()) {
      rows.weights.resize(block.rows);
      for (const uint32_t row : rows.training) {
        const double by_class = totals.class_weights.empty() ? 1.0 : ClassWeight(totals.class_weights, block.labels[row]);
        rows.weights[row] = static_cast<float>(static_cast<double>(block.weight(row)) * by_class);
      }
    }
    prepared.push_back(std::move(rows));
  }
  return prepared;
}

}  // namespace tusk::ml
