// Local SGD's meeting: lanes that stepped alone get the mean of their weights and of their optimizers' memories, each lane by its rows,
// through the fixed tree over lanes.
#pragma once

#include <span>
#include <vector>

#include "mlkit/sgd/lane_tree.h"

namespace tusk::ml {

// Of one lane in one round.
struct LocalWork {
  double loss = 0, weight = 0;   // sums
  size_t rows = 0;
};

// partial = what SumOverLanes adds up: the vectors [length] times the lane's rows, then the work.
inline void PutLocal(std::span<const std::vector<float>* const> vectors, const LocalWork& work, std::vector<float>& partial) {
  const size_t length = vectors[0]->size();
  partial.assign(vectors.size() * length + 3, 0.0F);
  const auto share = static_cast<float>(work.rows);
  for (size_t v = 0; v < vectors.size(); ++v) Cpu().axpy(share, vectors[v]->data(), partial.data() + v * length, length);
  partial[partial.size() - 3] = static_cast<float>(work.loss);
  partial[partial.size() - 2] = static_cast<float>(work.weight);
  partial[partial.size() - 1] = share;
}

struct LocalMean {
  double loss = 0, weight = 0, rows = 0;   // over all lanes; no rows: no mean
  std::span<float> vectors;                // one after the other
};

// partials[i], by PutLocal, is of lane numbers[i].
inline Result<LocalMean> MeanOfLocal(WorkerContext& context, std::span<const size_t> numbers, std::vector<std::vector<float>>& partials, size_t length,
                                     std::vector<float>& buffer) {
  ASSIGN_OR_RETURN(const std::span<float> sum, SumOverLanes(context, numbers, partials, length + 3, buffer));
  const float rows = sum[length + 2];
  const LocalMean mean{static_cast<double>(sum[length]), static_cast<double>(sum[length + 1]), static_cast<double>(rows), sum.first(length)};
  if (rows > 0) Cpu().scale(1 / rows, sum.data(), length);
  return mean;
}

}  // namespace tusk::ml
