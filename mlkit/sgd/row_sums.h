// Sums over all training or all held-out rows of a data set, in double.
#pragma once

#include <span>
#include <vector>

#include "mlkit/sgd/linear_settings.h"
#include "mlkit/sgd/training_rows.h"

namespace tusk::ml {

enum class WhichRows : uint8_t { kTraining, kHeldOut };

// [gradient (training rows only), loss] at `parameters` [(columns + 1) * outputs], over the shards of all ranks; `shards` are this
// rank's. Not divided by weights. The same bits for any split of the shards.
Result<std::vector<double>> SumOverRows(WorkerContext& context, const Loss& loss, size_t outputs, const RowTotals& totals,
                                        std::span<const ShardRows* const> shards, std::span<const double> parameters, WhichRows which);

}  // namespace tusk::ml
