// ForestData: all rows of the data set as bins, column by column, on every rank (a quarter of the floats' size), so that a rank
// grows whole trees alone and only trees cross ranks.
#pragma once

#include <cstdint>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/ensemble/trees/column_bins.h"

namespace tusk::ml {

struct ForestData {
  size_t rows = 0, classes = 0;         // classes 0: regression
  std::vector<ColumnBins> columns;
  std::vector<uint8_t> bins;            // [columns][rows], rows in the order of their shards
  std::vector<float> labels, weights;   // weights empty: all 1

  const uint8_t* Column(size_t column) const { return bins.data() + column * rows; }
};

// Communicates. Refuses what would need more than `memory_max` bytes.
Result<ForestData> GatherForestData(WorkerContext& context, std::vector<ColumnBins> columns, uint64_t memory_max);

}  // namespace tusk::ml
