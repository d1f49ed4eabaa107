// The scan, over one set of vector operations. No calls of inline functions of other headers: they would be compiled with this
// file's instructions for everybody.
#pragma once

#include "mlkit/ensemble/forest/gini_scan.h"

namespace tusk::ml {
namespace {

// Rows that are not in the common bin, by position and bin.
inline uint32_t KeepRows(const GiniNode& node, const uint8_t* bins, uint8_t common, uint32_t* kept_rows, uint8_t* kept_bins) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < node.count; ++i) {
    const uint8_t bin = bins[node.samples[i].row];
    kept_rows[kept] = i;
    kept_bins[kept] = bin;
    kept += bin != common ? 1 : 0;
  }
  return kept;
}

template <typename Ops>
struct GiniScan {
  using Lanes = typename Ops::Lanes;

  static GiniCut Run(const GiniNode& node, const uint8_t* bins, uint8_t common, double least, const GiniSpace& space) {
    uint32_t* kept_rows = space.kept_rows;
    uint8_t* kept_bins = space.kept_bins;
    GiniLanes* cells = space.cells;
    const uint32_t kept = KeepRows(node, bins, common, kept_rows, kept_bins);
    if (kept == 0) return GiniCut();
    alignas(32) uint8_t seen[256] = {};
    Lanes others = Ops::Zero();
    for (uint32_t j = 0; j < kept; ++j) {
      const ForestSample& sample = node.samples[kept_rows[j]];
      const Lanes row = Ops::Row(sample.label_class, static_cast<uint16_t>(sample.weight));
      GiniLanes& cell = cells[kept_bins[j]];
      Ops::Store(cell, Ops::Add(Ops::Load(cell), row));
      others = Ops::Add(others, row);
      seen[kept_bins[j]] = 0x80;
    }
    if (kept < node.count) {
      Lanes all = Ops::Load(node.weights);
      Ops::Store(cells[common], Ops::Subtract(all, others));
      seen[common] = 0x80;
    }
    return Scan(node, seen, least, cells);
  }

  static GiniCut Scan(const GiniNode& node, const uint8_t (&seen)[256], double least, GiniLanes* cells) {
    uint64_t present[4];
    Ops::Bits(seen, present);
    GiniCut best{false, least, 0};
    const Lanes totals = Ops::Classes(Ops::Load(node.weights)), zero = Ops::Zero();
    const auto total = static_cast<int64_t>(node.total), squares = static_cast<int64_t>(node.squares);
    Lanes left = zero;
    for (uint32_t word = 0; word < 4; ++word) {
      for (uint64_t bits = present[word]; bits != 0; bits &= bits - 1) {
        const uint32_t bin = word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
        left = Ops::Add(left, Ops::Load(cells[bin]));
        Ops::Store(cells[bin], zero);
        int32_t left_squares = 0, products = 0;
        const uint32_t rows_and_weight = Ops::Sums(left, totals, left_squares, products);
        const uint32_t left_rows = rows_and_weight & 0xffff;
        const auto left_weight = static_cast<int64_t>(rows_and_weight >> 16), right_weight = total - left_weight;
        if (left_rows < node.leaf_rows_min || node.count - left_rows < node.leaf_rows_min) continue;
        // With R = T - L: sum R^2 = sum T^2 - 2 sum T L + sum L^2.
        const int64_t above = left_squares * total + (squares - 2 * static_cast<int64_t>(products)) * left_weight;
        const double score = static_cast<double>(above) / static_cast<double>(left_weight * right_weight);
        if (score > best.score) best = {true, score, bin};
      }
    }
    return best;
  }
};

}  // namespace
}  // namespace tusk::ml
