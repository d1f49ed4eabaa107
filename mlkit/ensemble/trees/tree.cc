// Trees as tensors of a bundle, and back with every number checked.
#include "mlkit/ensemble/trees/tree.h"

#include <algorithm>
#include <cmath>

namespace tusk::ml {
namespace {

template <typename T>
void Append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

Status Bad(size_t tree, const std::string& why) {
  return Status(Code::kCorruption, "tree " + std::to_string(tree) + ": " + why);
}

Status CheckTree(const Tree& tree, size_t number, size_t columns, size_t outputs) {
  const auto nodes = static_cast<int64_t>(tree.nodes());
  if (nodes == 0) return Bad(number, "no nodes");
  const auto value_rows = static_cast<int64_t>(tree.values.size() / outputs);
  const size_t sets = tree.set_starts.size() - 1;
  for (int64_t node = 0; node < nodes; ++node) {
    const auto n = static_cast<size_t>(node);
    if (tree.column[n] < -1) return Bad(number, "a split's column is out of range");
    if (tree.column[n] < 0) {
      if (tree.left[n] < 0 || tree.left[n] >= value_rows) return Bad(number, "a leaf's value is out of range");
      continue;
    }
    if (static_cast<size_t>(tree.column[n]) >= columns) return Bad(number, "a split's column is out of range");
    if (tree.left[n] <= node || tree.left[n] >= nodes || tree.right[n] <= node || tree.right[n] >= nodes) {
      return Bad(number, "a child's number is out of range");
    }
    if (std::isnan(tree.threshold[n])) return Bad(number, "a threshold is not a number");
    if ((tree.flags[n] & Tree::kCategorical) != 0 &&
        (tree.threshold[n] < 0 || tree.threshold[n] >= static_cast<float>(sets))) {
      return Bad(number, "a set of categories is out of range");
    }
  }
  return Status::Ok();
}

// Takes the next `count` of `all` from `at` on.
template <typename T>
Status Take(const std::vector<T>& all, size_t& at, int64_t count, std::vector<T>& out) {
  if (count < 0 || static_cast<uint64_t>(count) > all.size() - at) {
    return Status(Code::kCorruption, "tree sizes do not agree with the tensors");
  }
  const auto begin = all.begin() + static_cast<ptrdiff_t>(at);
  out.assign(begin, begin + static_cast<ptrdiff_t>(count));
  at += static_cast<size_t>(count);
  return Status::Ok();
}

}  // namespace

size_t Tree::leaves() const { return static_cast<size_t>(std::count(column.begin(), column.end(), -1)); }

int32_t Tree::AddLeaf(int32_t value_row, float node_cover) {
  column.push_back(-1);
  threshold.push_back(0);
  left.push_back(value_row);
  right.push_back(-1);
  flags.push_back(0);
  gain.push_back(0);
  cover.push_back(node_cover);
  return static_cast<int32_t>(column.size() - 1);
}

uint32_t Tree::AddSet(std::span<const uint32_t> ascending) {
  categories.insert(categories.end(), ascending.begin(), ascending.end());
  set_starts.push_back(static_cast<uint32_t>(categories.size()));
  return static_cast<uint32_t>(set_starts.size() - 2);
}

bool Tree::SetHas(uint32_t set, float value) const {
  if (!(value >= 0) || value >= 4294967040.0F) return false;
  return std::binary_search(categories.begin() + set_starts[set], categories.begin() + set_starts[set + 1],
                            static_cast<uint32_t>(value));
}

int32_t Tree::Next(size_t node, float value) const {
  const uint8_t flag = flags[node];
  bool goes_left = value < threshold[node];
  if (std::isnan(value)) {
    goes_left = (flag & kDefaultLeft) != 0;
  } else if ((flag & kCategorical) != 0) {
    goes_left = SetHas(static_cast<uint32_t>(threshold[node]), value);
  }
  return goes_left ? left[node] : right[node];
}

void TreeSet::Save(Bundle& bundle) const {
  Tree all;
  all.set_starts.clear();
  std::vector<int64_t> sizes;  // of each tree: nodes, values, sets, categories
  for (const Tree& tree : trees) {
    sizes.insert(sizes.end(), {static_cast<int64_t>(tree.nodes()), static_cast<int64_t>(tree.values.size()),
                               static_cast<int64_t>(tree.set_starts.size()), static_cast<int64_t>(tree.categories.size())});
    Append(all.column, tree.column);
    Append(all.threshold, tree.threshold);
    Append(all.left, tree.left);
    Append(all.right, tree.right);
    Append(all.flags, tree.flags);
    Append(all.gain, tree.gain);
    Append(all.cover, tree.cover);
    Append(all.values, tree.values);
    Append(all.set_starts, tree.set_starts);
    Append(all.categories, tree.categories);
  }
  bundle.SetText("trees.outputs", std::to_string(outputs));
  bundle.SetLongs("trees.sizes", sizes, {trees.size(), 4});
  bundle.SetIntegers("trees.column", all.column);
  bundle.SetFloats("trees.threshold", all.threshold);
  bundle.SetIntegers("trees.left", all.left);
  bundle.SetIntegers("trees.right", all.right);
  bundle.SetFloats("trees.gain", all.gain);
  bundle.SetFloats("trees.cover", all.cover);
  bundle.SetFloats("trees.values", all.values);
  bundle.SetIntegers("trees.flags", std::vector<int32_t>(all.flags.begin(), all.flags.end()));
  bundle.SetLongs("trees.set_starts", std::vector<int64_t>(all.set_starts.begin(), all.set_starts.end()));
  bundle.SetLongs("trees.categories", std::vector<int64_t>(all.categories.begin(), all.categories.end()));
}

Result<TreeSet> TreeSet::Load(const Bundle& bundle, size_t columns) {
  TreeSet set;
  ASSIGN_OR_RETURN(const std::string outputs, bundle.Text("trees.outputs"));
  if (outputs.empty() || outputs.size() > 7 || outputs.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(outputs) == 0) {
    return Status(Code::kCorruption, "trees.outputs is no number from 1 on");
  }
  set.outputs = std::stoul(outputs);
  ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, bundle.Longs("trees.sizes"));
  ASSIGN_OR_RETURN(const std::vector<int32_t> column, bundle.Integers("trees.column"));
  ASSIGN_OR_RETURN(const std::vector<float> threshold, bundle.Floats("trees.threshold"));
  ASSIGN_OR_RETURN(const std::vector<int32_t> left, bundle.Integers("trees.left"));
  ASSIGN_OR_RETURN(const std::vector<int32_t> right, bundle.Integers("trees.right"));
  ASSIGN_OR_RETURN(const std::vector<float> gain, bundle.Floats("trees.gain"));
  ASSIGN_OR_RETURN(const std::vector<float> cover, bundle.Floats("trees.cover"));
  ASSIGN_OR_RETURN(const std::vector<float> values, bundle.Floats("trees.values"));
  ASSIGN_OR_RETURN(const std::vector<int32_t> flags, bundle.Integers("trees.flags"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> starts, bundle.Longs("trees.set_starts"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> categories, bundle.Longs("trees.categories"));
  const size_t nodes = column.size();
  if (sizes.size() % 4 != 0 || threshold.size() != nodes || left.size() != nodes || right.size() != nodes ||
      gain.size() != nodes || cover.size() != nodes || flags.size() != nodes || values.size() % set.outputs != 0) {
    return Status(Code::kCorruption, "tree tensors are of different lengths");
  }
  size_t at_node = 0, at_value = 0, at_start = 0, at_category = 0;
  for (size_t t = 0; t < sizes.size() / 4; ++t) {
    const int64_t* size = &sizes[4 * t];
    Tree tree;
    size_t at = at_node;
    RETURN_IF_ERROR(Take(column, at, size[0], tree.column));
    RETURN_IF_ERROR(Take(threshold, at = at_node, size[0], tree.threshold));
    RETURN_IF_ERROR(Take(left, at = at_node, size[0], tree.left));
    RETURN_IF_ERROR(Take(right, at = at_node, size[0], tree.right));
    RETURN_IF_ERROR(Take(gain, at = at_node, size[0], tree.gain));
    RETURN_IF_ERROR(Take(cover, at = at_node, size[0], tree.cover));
    std::vector<int32_t> tree_flags;
    RETURN_IF_ERROR(Take(flags, at = at_node, size[0], tree_flags));
    tree.flags.assign(tree_flags.begin(), tree_flags.end());
    at_node = at;
    RETURN_IF_ERROR(Take(values, at_value, size[1], tree.values));
    std::vector<int64_t> longs;
    RETURN_IF_ERROR(Take(starts, at_start, size[2], longs));
    if (longs.empty() || longs.front() != 0 || longs.back() != size[3] || !std::is_sorted(longs.begin(), longs.end())) {
      return Bad(t, "its sets of categories do not agree");
    }
    tree.set_starts.assign(longs.begin(), longs.end());
    RETURN_IF_ERROR(Take(categories, at_category, size[3], longs));
    tree.categories.assign(longs.begin(), longs.end());
    RETURN_IF_ERROR(CheckTree(tree, t, columns, set.outputs));
    set.trees.push_back(std::move(tree));
  }
  return set;
}

}  // namespace tusk::ml
