// ForestData: all rows of the data set as bins, by columns and by rows, on every rank (half of the floats' size), so that a rank
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
  // [columns][rows] and the same by rows; rows by their places.
  std::vector<uint8_t> bins, bins_by_row;
  std::vector<uint8_t> common;          // by column: the bin of the most rows
  // By place: the row's number in the order of shards, which random numbers know it by; and by number its place.
  std::vector<uint32_t> numbers, places;
  std::vector<float> labels, weights;   // weights empty: all 1

  const uint8_t* Column(size_t column) const { return bins.data() + column * rows; }
  const uint8_t* Row(size_t row) const { return bins_by_row.data() + row * columns.size(); }
};

// Rows that trees keep together get neighbouring places, so that a node's bins lie close together: `order` is places by new place.
void Reorder(ForestData& data, const std::vector<uint32_t>& order, ThreadPool& pool);

// Communicates. Refuses what would need more than `memory_max` bytes.
Result<ForestData> GatherForestData(WorkerContext& context, std::vector<ColumnBins> columns, uint64_t memory_max);

}  // namespace tusk::ml
