// Splits ranges of rows in two, stably, many at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/ensemble/trees/histogram.h"
#include "mlkit/ensemble/trees/split.h"

namespace tusk::ml {

class ThreadPool;

struct RowRange {
  size_t begin = 0, end = 0;
  size_t size() const { return end - begin; }
};

// One range to split; `left` becomes the number of its rows that went to its front.
struct PartitionJob {
  RowRange range;
  const Split* split = nullptr;
  size_t left = 0;
};

class Partitioner {
 public:
  Partitioner(const BinLayout& layout, const BinnedRows& bins, ThreadPool& pool)
      : layout_(layout), bins_(bins), pool_(pool) {}
  void Run(std::vector<RowGradient>& rows, std::vector<PartitionJob>& jobs);

 private:
  size_t SplitPiece(const RowGradient* rows, size_t count, const Split& split, RowGradient* out) const;

  const BinLayout& layout_;
  const BinnedRows& bins_;
  ThreadPool& pool_;
  std::vector<RowGradient> scratch_;
};

}  // namespace tusk::ml
