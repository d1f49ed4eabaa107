// The best cut of a column at a node of few rows and classes, by Gini's measure: the hot loop of forests. Weights are small integers,
// so a bin's classes are one vector of 16 numbers of 16 bits, and every way this is compiled gives the same answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mlkit/ensemble/forest/forest_sample.h"

namespace tusk::ml {

inline constexpr size_t kGiniLanes = 16, kGiniClasses = 14;   // two lanes count rows and weight
inline constexpr size_t kGiniRowsLane = 14, kGiniWeightLane = 15;
inline constexpr uint32_t kGiniWeightMax = 32767;             // of a node: squares stay below 2^30

struct alignas(32) GiniLanes {
  uint16_t at[kGiniLanes] = {};
};

// What all columns of a node share.
struct GiniNode {
  const ForestSample* samples = nullptr;
  uint32_t count = 0;
  uint32_t leaf_rows_min = 1;
  GiniLanes weights;                   // by class
  uint32_t total = 0, squares = 0;     // of them
};
GiniNode MakeGiniNode(std::span<const ForestSample> samples, uint32_t leaf_rows_min);

// Space for a scan; all cells are zero between two of them. The others have a place for each row of the node.
struct GiniSpace {
  GiniLanes* cells = nullptr;          // [256]
  uint32_t* kept_rows = nullptr;       // positions in the node of rows that are not in the common bin
  uint8_t* kept_bins = nullptr;
};

struct GiniCut {
  bool found = false;
  double score = 0;                    // sum over both sides of (sum of squares / weight)
  uint32_t bin = 0;                    // the last one that goes left
};

// `bins` are the column's by ForestSample::row; rows in the bin `common` cost least. A cut that is not better than `least` is none.
using GiniScanner = GiniCut (*)(const GiniNode& node, const uint8_t* bins, uint8_t common, double least,
                                const GiniSpace& space);
std::span<const GiniScanner> GiniScanners();   // those that this processor runs; the last is used

}  // namespace tusk::ml
