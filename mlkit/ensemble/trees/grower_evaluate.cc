// What a round of growth computes: histograms of the smaller children, those of their siblings, the best splits.
#include <algorithm>
#include <cstring>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/trees/grower.h"

namespace tusk::ml {
namespace {

constexpr size_t kSliceRowsMin = 16384;

}  // namespace

Status Grower::Evaluate(const std::vector<RowGradient>& rows, std::vector<Family>& families) {
  BuildLocal(rows, families);
  if (comm_.size() > 1) RETURN_IF_ERROR(Exchange(families));
  std::vector<Split> splits(2 * families.size());   // smaller child, greater child
  FindSplits(families, splits);
  RETURN_IF_ERROR(ShareSplits(splits));
  for (size_t f = 0; f < families.size(); ++f) {
    const Family& family = families[f];
    nodes_[family.small].split = splits[2 * f];
    if (family.large != SIZE_MAX) nodes_[family.large].split = splits[2 * f + 1];
    if (!nodes_[family.small].split.found()) Release(family.small);
    if (family.large == SIZE_MAX) continue;
    if (!nodes_[family.large].split.found()) Release(family.large);
    Release(family.parent);
  }
  return Status::Ok();
}

void Grower::BuildLocal(const std::vector<RowGradient>& rows, std::vector<Family>& families) {
  struct Work {
    size_t family, group, slice;
    RowRange range;
  };
  const size_t groups = bins_.sparse() ? 1 : layout_.groups.size();
  const size_t wanted = 4 * pool_.threads();
  std::vector<Work> work;
  for (size_t f = 0; f < families.size(); ++f) {
    Family& family = families[f];
    const Node& small = nodes_[family.small];
    size_t slices = 1;
    if (pool_.threads() > 1 && groups * families.size() < wanted && groups % pool_.threads() != 0) {
      slices = std::clamp<size_t>(small.range.size() / kSliceRowsMin, 1, wanted / (groups * families.size()));
    }
    const bool wide = small.rows > kPackedRows;
    if (!free_.empty()) {
      family.local = std::move(free_.back());
      free_.pop_back();
    }
    family.local.Reset(wide, 0, layout_.cells);
    family.slices.resize(slices - 1);
    for (Histogram& slice : family.slices) slice.Reset(wide, 0, layout_.cells);
    for (size_t slice = 0; slice < slices; ++slice) {
      const size_t size = small.range.size();
      const RowRange range = {small.range.begin + size * slice / slices, small.range.begin + size * (slice + 1) / slices};
      for (size_t group = 0; group < groups; ++group) work.push_back({f, group, slice, range});
    }
  }
  pool_.ParallelFor(work.size(), [&](size_t w) {
    const Work& job = work[w];
    Family& family = families[job.family];
    Histogram& to = job.slice == 0 ? family.local : family.slices[job.slice - 1];
    const std::span<const RowGradient> part(rows.data() + job.range.begin, job.range.size());
    if (bins_.sparse()) {
      AddSparse(bins_, part, to);
    } else {
      AddGroup(layout_, bins_, job.group, part, to);
    }
  });
  for (Family& family : families) {
    for (Histogram& slice : family.slices) {
      for (size_t i = 0; i < slice.cells.size(); ++i) family.local.cells[i] += slice.cells[i];
      free_.push_back(std::move(slice));
    }
    family.slices.clear();
  }
}

// Local histograms to their columns' ranks: for each rank, the cells of its columns of all families.
Status Grower::Exchange(std::vector<Family>& families) {
  const auto ranks = static_cast<size_t>(comm_.size());
  std::vector<size_t> offsets = {0};
  for (size_t r = 0; r < ranks; ++r) {
    size_t size = 0;
    for (const Family& family : families) {
      size += (CellAt(parts_[r + 1]) - CellAt(parts_[r])) * (family.local.wide ? 2 : 1);
    }
    offsets.push_back(offsets.back() + size);
  }
  std::vector<int64_t> buffer(offsets.back());
  int64_t* to = buffer.data();
  for (size_t r = 0; r < ranks; ++r) {
    for (const Family& family : families) {
      const size_t scale = family.local.wide ? 2 : 1;
      const size_t begin = CellAt(parts_[r]) * scale, end = CellAt(parts_[r + 1]) * scale;
      to = std::copy(family.local.cells.data() + begin, family.local.cells.data() + end, to);
    }
  }
  RETURN_IF_ERROR(comm_.ReduceScatterSum(std::span<int64_t>(buffer), offsets));
  const int64_t* from = buffer.data() + offsets[static_cast<size_t>(comm_.rank())];
  for (Family& family : families) {
    const bool wide = family.local.wide;
    family.local.Reset(wide, CellAt(own_begin()), CellAt(own_end()));
    std::copy_n(from, family.local.cells.size(), family.local.cells.data());
    from += family.local.cells.size();
  }
  return Status::Ok();
}

// Pieces of this rank's columns: complete the smaller child's histogram, subtract it from the parent's, find both splits.
void Grower::FindSplits(std::vector<Family>& families, std::vector<Split>& splits) {
  const size_t begin = own_begin(), end = own_end();
  const size_t pieces = std::max<size_t>(1, std::min((end - begin + 15) / 16, 2 * pool_.threads()));
  for (Family& family : families) {
    if (family.large == SIZE_MAX || !family.large_open) continue;
    Histogram& large = nodes_[family.large].histogram;
    if (!free_.empty()) {
      large = std::move(free_.back());
      free_.pop_back();
    }
    const bool wide = nodes_[family.large].rows > kPackedRows;
    large.wide = wide;
    large.begin = CellAt(begin);
    large.end = CellAt(end);
    large.cells.resize((large.end - large.begin) * (wide ? 2 : 1));
  }
  std::vector<Split> found(families.size() * pieces * 2);
  pool_.ParallelFor(families.size() * pieces, [&](size_t i) {
    Family& family = families[i / pieces];
    const size_t piece = i % pieces;
    const size_t from = begin + (end - begin) * piece / pieces, to = begin + (end - begin) * (piece + 1) / pieces;
    if (from == to) return;
    const Node& small = nodes_[family.small];
    if (bins_.zeros_left_out()) FillZeroBins(layout_, from, to, small.total, family.local);
    if (family.small_open) {
      found[2 * i] = FindSplit(layout_, from, to, allowed_, family.local,
                               {small.total, small.rows, scale_.gradient, scale_.hessian}, settings_.split);
    }
    if (family.large == SIZE_MAX || !family.large_open) return;
    Node& large = nodes_[family.large];
    Subtract(nodes_[family.parent].histogram, family.local, CellAt(from), CellAt(to), large.histogram);
    found[2 * i + 1] = FindSplit(layout_, from, to, allowed_, large.histogram,
                                 {large.total, large.rows, scale_.gradient, scale_.hessian}, settings_.split);
  });
  for (size_t i = 0; i < found.size(); ++i) {
    Split& best = splits[i / (2 * pieces) * 2 + i % 2];
    if (Better(found[i], best)) best = found[i];
  }
  for (Family& family : families) {
    if (family.small_open) {
      nodes_[family.small].histogram = std::move(family.local);
    } else {
      free_.push_back(std::move(family.local));
    }
  }
}

Status Grower::ShareSplits(std::vector<Split>& splits) {
  if (comm_.size() == 1) return Status::Ok();
  static_assert(std::is_trivially_copyable_v<Split>);
  std::vector<uint8_t> bytes(splits.size() * sizeof(Split));
  std::memcpy(bytes.data(), splits.data(), bytes.size());
  ASSIGN_OR_RETURN(const std::vector<std::vector<uint8_t>> all, comm_.AllGather(bytes));
  std::vector<Split> best(splits.size());
  for (const std::vector<uint8_t>& theirs : all) {
    if (theirs.size() != bytes.size()) return Status(Code::kCorruption, "a rank's splits are of another number");
    std::memcpy(splits.data(), theirs.data(), bytes.size());
    for (size_t i = 0; i < splits.size(); ++i) {
      if (splits[i].found() && splits[i].column < layout_.columns.size() && Better(splits[i], best[i])) best[i] = splits[i];
    }
  }
  splits = best;
  return Status::Ok();
}

}  // namespace tusk::ml
