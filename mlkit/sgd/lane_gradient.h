// The gradient of some rows of one lane: dense rows through the matrix product, sparse rows by touched column.
#pragma once

#include <span>
#include <vector>

#include "mlkit/sgd/linear_learner.h"
#include "mlkit/sgd/training_rows.h"

namespace tusk::ml {

// Buffers of one lane, kept between steps.
struct LaneScratch {
  std::vector<float> rows, scores, other_scores, labels, weights;
  std::vector<uint32_t> places;            // of each entry, in the index
  ColumnIndex index;
  std::vector<float> current, snapshot;    // weights of the touched columns
};

// sum [(columns + 1) * outputs + 2] = the gradient of weight * loss over `rows`, then the sums of losses and of weights. Takes
// `piece` rows at a time; the bits do not depend on it. `snapshot` (SVRG; or null): minus the gradient there.
void DenseLaneGradient(const Loss& loss, const ShardRows& shard, std::span<const uint32_t> rows, size_t columns, size_t outputs,
                       size_t piece, const float* parameters, const float* snapshot, LaneScratch& scratch, std::span<float> sum);
// The same for sparse rows. `lazy`: the learner whose `parameters` they are, which knows what their columns are owed; or null.
void SparseLaneGradient(const Loss& loss, const ShardRows& shard, std::span<const uint32_t> rows, size_t columns, size_t outputs,
                        const float* parameters, const LinearLearner* lazy, const float* snapshot, LaneScratch& scratch, SparseGradient& sum);

}  // namespace tusk::ml
