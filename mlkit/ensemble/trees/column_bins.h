// ColumnBins: how the values of one column become numbers of bins (at most 256, so a bin is a byte).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/algorithm.h"
#include "mlkit/api/bundle.h"

namespace tusk::ml {

struct ColumnBins {
  // Ascending; the bin of x is the number of edges <= x, so "bin <= b" is "x < edges[b]".
  std::vector<float> edges;
  // Categorical: bin b holds category categories[b] (the frequent ones, most frequent first); all others share the last bin.
  bool categorical = false;
  std::vector<uint32_t> categories;
  bool missing = false;              // NaN occurs: it has the bin value_bins()
  uint8_t zero_bin = 0;              // of a value that sparse data leaves out

  size_t value_bins() const { return (categorical ? categories.size() : edges.size()) + 1; }
  size_t bins() const { return value_bins() + (missing ? 1 : 0); }
  uint8_t BinOf(float value) const;
};

// A distinct value and how often it occurs in the sample.
struct ValueCount {
  float value = 0;
  uint32_t count = 0;
};

// At most `bins_max` bins of about equal weight; a value that alone is as heavy as a bin has its own. `values` ascend.
std::vector<float> ChooseEdges(std::span<const ValueCount> values, size_t bins_max, uint64_t rows_per_bin_min);
// The most frequent categories, at most bins_max - 1 of them.
std::vector<uint32_t> ChooseCategories(std::span<const ValueCount> values, size_t bins_max);

struct BinSettings {
  size_t bins_max = 255;             // without the one for missing values
  uint64_t sample_rows = 200'000;    // rows that edges are chosen from
  uint64_t rows_per_bin_min = 3;
};

// Bins of all columns, equal on all ranks and for every split of the shards over them: edges come from rows that a
// counter-based random number chooses (all rows where there are no more than sample_rows). Communicates.
Result<std::vector<ColumnBins>> BuildBins(WorkerContext& context, const BinSettings& settings);

void SaveBins(const std::vector<ColumnBins>& columns, Bundle& bundle);
Result<std::vector<ColumnBins>> LoadBins(const Bundle& bundle);

}  // namespace tusk::ml
