// BoostedRows: what of boosting belongs to this rank's rows: bins, labels, margins, who is in the bag. All of it can be
// computed again from the data and the trees.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/ensemble/gbdt/objective.h"
#include "mlkit/ensemble/trees/grower.h"

namespace tusk::ml {

class BoostedRows {
 public:
  struct Piece {                   // of a shard: rows whose sums are added one by one
    size_t shard = 0;              // its number
    size_t begin = 0, end = 0;     // local rows
    uint64_t first_row = 0;        // global number of row `begin`
  };

  // Bins and labels of the shards, margins of `trees`. `validation`: share of the rows that is kept out of training.
  void Load(const WorkerContext& context, const BinLayout& layout, double validation);
  void ResetScores(const WorkerContext& context, const TreeSet& trees, std::span<const float> base);

  // Fills gradients and hessians; `most` gets the greatest of both for each output: |gradient|, hessian, …
  void ComputeGradients(ThreadPool& pool, const Objective& objective, std::span<double> most);
  // Which rows round `round` trains on.
  void Bag(const WorkerContext& context, uint64_t epoch, double fraction);
  // The bag's rows for a tree, rounded up or down by a number that depends on (seed, stream, row) only.
  void Quantize(const WorkerContext& context, uint64_t stream, size_t output, const GradientScale& scale,
                std::vector<RowGradient>& rows) const;
  // Adds a grown tree's values[node] of leaves to an output.
  void AddTree(ThreadPool& pool, const BinLayout& layout, const std::vector<GrownNode>& nodes, std::span<const float> values,
               const std::vector<RowGradient>& rows, size_t output);

  // Sums of Objective::AddLoss over the rows trained on, or held out.
  Status SumLoss(WorkerContext& context, const Objective& objective, bool held_out, std::span<double> sums) const;
  // Sums of Objective::AddRow over the rows trained on.
  Status SumBase(WorkerContext& context, const Objective& objective, std::span<double> sums) const;

  const BinnedRows& bins() const { return bins_; }
  size_t rows() const { return bins_.rows(); }
  float score(size_t row, size_t output) const { return scores_[row * outputs_ + output]; }
  float label(size_t row) const { return labels_[row]; }
  float weight(size_t row) const { return weights_.empty() ? 1.0F : weights_[row]; }
  bool trained(size_t row) const { return held_.empty() || !held_[row]; }

 private:
  ObjectiveRows Rows(size_t begin, size_t end) const;

  std::vector<Piece> pieces_;
  BinnedRows bins_;
  size_t outputs_ = 1;
  std::vector<float> labels_, weights_, scores_;   // weights empty: all 1
  std::vector<uint8_t> held_;                      // empty: none
  std::vector<float> gradients_, hessians_;        // [outputs][rows]
  bool everybody_ = true;                          // no row is out of the bag
  uint64_t bag_epoch_ = UINT64_MAX;
  std::vector<uint32_t> bag_, others_;
};

}  // namespace tusk::ml
