// The order of growth: which nodes are worked on, and which are in the tree at the end.
#include "mlkit/ensemble/trees/grower.h"

#include <algorithm>
#include <queue>

namespace tusk::ml {
namespace {

constexpr size_t kBatchBytes = 256 << 20;   // of histograms in one round

}  // namespace

Grower::Grower(const BinLayout& layout, const BinnedRows& bins, Communicator& comm, ThreadPool& pool,
               const GrowSettings& settings)
    : layout_(layout), bins_(bins), comm_(comm), pool_(pool), settings_(settings), partitioner_(layout, bins, pool) {
  // Columns go to ranks by equal numbers of cells.
  const auto ranks = static_cast<size_t>(comm.size());
  size_t at = 0;
  for (size_t r = 0; r < ranks; ++r) {
    parts_.push_back(at);
    while (at < layout.order.size() && CellAt(at) < layout.cells * (r + 1) / ranks) ++at;
  }
  parts_.push_back(layout.order.size());
}

Result<std::vector<GrownNode>> Grower::Grow(std::vector<RowGradient>& rows, const GradientScale& scale,
                                            const std::vector<bool>& allowed) {
  nodes_.clear();
  scale_ = scale;
  allowed_ = allowed;
  RETURN_IF_ERROR(MakeRoot(rows));
  while (true) {
    bool full = false;
    std::vector<size_t> wanted = Wanted(full);
    if (wanted.empty()) break;
    if (!settings_.depth_wise && full) wanted.resize((wanted.size() + 1) / 2);
    const size_t most = std::max<size_t>(1, kBatchBytes / std::max<size_t>(1, layout_.cells * sizeof(int64_t)));
    if (wanted.size() > most) wanted.resize(most);
    const size_t splits = static_cast<size_t>(std::count_if(nodes_.begin(), nodes_.end(),
                                                            [](const Node& node) { return node.expanded; }));
    // Every expansion was chosen and these are all that fit: nobody will ask for their children's splits.
    const bool last = full && wanted.size() == 1 && splits + 2 == settings_.leaves_max;
    RETURN_IF_ERROR(Expand(rows, wanted, last));
  }
  for (size_t i = 0; i < nodes_.size(); ++i) Release(i);
  return Kept();
}

void Grower::Release(size_t node) {
  Histogram& histogram = nodes_[node].histogram;
  if (!histogram.empty()) free_.push_back(std::move(histogram));
  histogram = Histogram();
}

Status Grower::MakeRoot(const std::vector<RowGradient>& rows) {
  std::vector<int64_t> sums = {static_cast<int64_t>(rows.size()), 0, 0};
  for (const RowGradient& row : rows) {
    sums[1] += row.gradient;
    sums[2] += row.hessian;
  }
  RETURN_IF_ERROR(comm_.AllReduceSum(std::span<int64_t>(sums)));
  Node root;
  root.rows = static_cast<uint64_t>(sums[0]);
  root.total = {sums[1], sums[2]};
  root.range = {0, rows.size()};
  nodes_.push_back(std::move(root));
  if (!Open(nodes_[0]) || settings_.leaves_max < 2) return Status::Ok();
  // The root is the "smaller child" of nobody.
  std::vector<Family> families(1);
  families[0].small_open = true;
  families[0].parent = families[0].large = SIZE_MAX;
  return Evaluate(rows, families);
}

bool Grower::Open(const Node& node) const {
  const double least = 2 * settings_.split.child_rows_min;
  if (settings_.depth_max > 0 && node.depth >= settings_.depth_max) return false;
  return node.rows >= 2 && static_cast<double>(node.rows) >= least &&
         static_cast<double>(node.total.hessian) * scale_.hessian >= 2 * settings_.split.child_weight_min;
}

// Plays the growth with the splits that are known. Nodes whose children are not known yet are wanted; their children
// count as leaves for now, so what does not fit into the tree now never will, and its histogram can go.
std::vector<size_t> Grower::Wanted(bool& full) {
  const auto later = [this](size_t a, size_t b) {  // true: b is split before a
    const Node &one = nodes_[a], &other = nodes_[b];
    if (settings_.depth_wise && one.depth != other.depth) return one.depth > other.depth;
    if (one.split.gain != other.split.gain) return one.split.gain < other.split.gain;
    return a > b;
  };
  std::priority_queue<size_t, std::vector<size_t>, decltype(later)> queue(later);
  const auto offer = [&](size_t node) {
    if (nodes_[node].split.found()) queue.push(node);
  };
  chosen_.assign(nodes_.size(), false);
  std::vector<size_t> wanted;
  offer(0);
  size_t leaves = 1;
  while (!queue.empty() && leaves < settings_.leaves_max) {
    const size_t at = queue.top();
    queue.pop();
    ++leaves;
    chosen_[at] = true;
    if (nodes_[at].expanded) {
      offer(static_cast<size_t>(nodes_[at].left));
      offer(static_cast<size_t>(nodes_[at].right));
    } else {
      wanted.push_back(at);
    }
  }
  // With room for as many children again, all wanted ones are split now.
  full = leaves + wanted.size() > settings_.leaves_max;
  while (!queue.empty()) {
    Release(queue.top());
    queue.pop();
  }
  return wanted;
}

Status Grower::Expand(std::vector<RowGradient>& rows, const std::vector<size_t>& batch, bool last) {
  const size_t first_child = nodes_.size();
  RETURN_IF_ERROR(SplitRows(rows, batch));
  std::vector<Family> families;
  for (size_t i = 0; i < batch.size(); ++i) {
    Family family;
    family.parent = batch[i];
    family.small = first_child + 2 * i;
    family.large = family.small + 1;
    if (nodes_[family.large].rows < nodes_[family.small].rows) std::swap(family.small, family.large);
    family.small_open = !last && Open(nodes_[family.small]);
    family.large_open = !last && Open(nodes_[family.large]);
    if (family.small_open || family.large_open) {
      families.push_back(std::move(family));
    } else {
      Release(batch[i]);
    }
  }
  return families.empty() ? Status::Ok() : Evaluate(rows, families);
}

// The rows of all nodes of the batch to their children, which are appended in pairs.
Status Grower::SplitRows(std::vector<RowGradient>& rows, const std::vector<size_t>& batch) {
  std::vector<PartitionJob> jobs;
  for (const size_t node : batch) jobs.push_back({nodes_[node].range, &nodes_[node].split});
  partitioner_.Run(rows, jobs);
  std::vector<int64_t> lefts;
  for (const PartitionJob& job : jobs) lefts.push_back(static_cast<int64_t>(job.left));
  RETURN_IF_ERROR(comm_.AllReduceSum(std::span<int64_t>(lefts)));
  for (size_t i = 0; i < batch.size(); ++i) {
    Node left, right;
    Node& parent = nodes_[batch[i]];
    left.depth = right.depth = parent.depth + 1;
    left.rows = static_cast<uint64_t>(lefts[i]);
    right.rows = parent.rows - left.rows;
    left.total = parent.split.left;
    right.total = {parent.total.gradient - left.total.gradient, parent.total.hessian - left.total.hessian};
    left.range = {parent.range.begin, parent.range.begin + jobs[i].left};
    right.range = {left.range.end, parent.range.end};
    parent.expanded = true;
    parent.left = static_cast<int32_t>(nodes_.size());
    parent.right = parent.left + 1;
    nodes_.push_back(std::move(left));
    nodes_.push_back(std::move(right));
  }
  return Status::Ok();
}

// Chosen splits and their children, numbered anew in the order of nodes.
std::vector<GrownNode> Grower::Kept() const {
  std::vector<bool> keep(nodes_.size());
  keep[0] = true;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!keep[i] || !chosen_[i]) continue;
    keep[static_cast<size_t>(nodes_[i].left)] = keep[static_cast<size_t>(nodes_[i].right)] = true;
  }
  std::vector<int32_t> number(nodes_.size(), -1);
  std::vector<GrownNode> kept;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!keep[i]) continue;
    number[i] = static_cast<int32_t>(kept.size());
    kept.push_back(nodes_[i]);
    if (!chosen_[i]) kept.back().left = kept.back().right = -1;
  }
  for (GrownNode& node : kept) {
    if (node.left < 0) continue;
    node.left = number[static_cast<size_t>(node.left)];
    node.right = number[static_cast<size_t>(node.right)];
  }
  return kept;
}

}  // namespace tusk::ml
