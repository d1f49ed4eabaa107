// Grower: grows one tree over the rows of all ranks. Leaves are split in the order of their gain (leaf-wise) or level by
// level; either way many are worked on at once: those that the order is likely to want, and what it turns out not to
// want is dropped, so the tree is exactly the one that splitting leaf by leaf gives, with few messages.
//
// All ranks hold equal nodes. A rank has the histograms of its own columns: local histograms go through one
// reduce-scatter a round, each rank finds the best splits of its columns, and one all-gather says whose was best.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/core/result.h"
#include "mlkit/collectives/communicator.h"
#include "mlkit/ensemble/trees/partition.h"
#include "mlkit/ensemble/trees/split.h"

namespace tusk::ml {

struct GrowSettings {
  size_t leaves_max = 31;
  size_t depth_max = 0;         // 0: any
  bool depth_wise = false;
  SplitSettings split;
};

// Integers to gradients and hessians.
struct GradientScale {
  double gradient = 1, hessian = 1;
};

struct GrownNode {
  int32_t left = -1, right = -1;      // children; -1: a leaf
  uint32_t depth = 0;
  uint64_t rows = 0;                  // of all ranks
  GradientSum total;
  Split split;                        // the best one; meaningful without children too
  RowRange range;                     // this rank's rows
};

class Grower {
 public:
  Grower(const BinLayout& layout, const BinnedRows& bins, Communicator& comm, ThreadPool& pool, const GrowSettings& settings);

  // `rows` are this rank's rows of the tree; growth orders them by leaf. Splits only by allowed[column] (empty: all).
  // Node 0 is the root and children follow their parents.
  Result<std::vector<GrownNode>> Grow(std::vector<RowGradient>& rows, const GradientScale& scale,
                                      const std::vector<bool>& allowed);

 private:
  struct Node : GrownNode {
    Histogram histogram;              // of this rank's columns, while the node may still be split
    bool expanded = false;
  };
  // One node's smaller and greater child in a round.
  struct Family {
    size_t parent = 0, small = 0, large = 0;
    bool small_open = false, large_open = false;   // may be split again
    Histogram local;                  // of the smaller child: all columns (one rank: of its parts), before the reduction
    std::vector<Histogram> slices;    // further parts by rows
  };

  Status MakeRoot(const std::vector<RowGradient>& rows);
  std::vector<size_t> Wanted(bool& full);
  Status Expand(std::vector<RowGradient>& rows, const std::vector<size_t>& batch, bool last);
  Status SplitRows(std::vector<RowGradient>& rows, const std::vector<size_t>& batch);
  bool Open(const Node& node) const;
  Status Evaluate(const std::vector<RowGradient>& rows, std::vector<Family>& families);
  void BuildLocal(const std::vector<RowGradient>& rows, std::vector<Family>& families);
  Status Exchange(std::vector<Family>& families);
  void FindSplits(std::vector<Family>& families, std::vector<Split>& splits);
  Status ShareSplits(std::vector<Split>& splits);
  void Release(size_t node);          // its histogram's memory, for others
  std::vector<GrownNode> Kept() const;
  size_t CellAt(size_t order) const {
    return order < layout_.order.size() ? layout_.places[layout_.order[order]].first_cell : layout_.cells;
  }
  size_t own_begin() const { return parts_[static_cast<size_t>(comm_.rank())]; }
  size_t own_end() const { return parts_[static_cast<size_t>(comm_.rank()) + 1]; }

  const BinLayout& layout_;
  const BinnedRows& bins_;
  Communicator& comm_;
  ThreadPool& pool_;
  const GrowSettings settings_;
  Partitioner partitioner_;
  std::vector<size_t> parts_;         // [ranks + 1] of layout_.order: whose columns are whose
  std::vector<Node> nodes_;
  std::vector<bool> chosen_;          // by node: split in the tree as of now
  GradientScale scale_;
  std::vector<bool> allowed_;
  std::vector<Histogram> free_;       // for reuse
};

}  // namespace tusk::ml
