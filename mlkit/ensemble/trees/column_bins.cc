// Edges from distinct values, and the bin of a value.
#include "mlkit/ensemble/trees/column_bins.h"

#include <algorithm>
#include <cmath>

namespace tusk::ml {
namespace {

// A float above `low` and at most `high`, in their middle where there is one: low < edge, high >= edge.
float EdgeBetween(float low, float high) {
  const float middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle > low ? middle : high;
}

}  // namespace

uint8_t ColumnBins::BinOf(float value) const {
  if (std::isnan(value)) return static_cast<uint8_t>(missing ? value_bins() : zero_bin);
  if (categorical) {
    const auto it = std::find_if(categories.begin(), categories.end(),
                                 [&](uint32_t category) { return static_cast<float>(category) == value; });
    return static_cast<uint8_t>(it - categories.begin());
  }
  // Branch-free upper bound.
  const float* base = edges.data();
  size_t count = edges.size();
  if (count == 0) return 0;
  while (count > 1) {
    const size_t half = count / 2;
    base += base[half - 1] <= value ? half : 0;
    count -= half;
  }
  return static_cast<uint8_t>(static_cast<size_t>(base - edges.data()) + (*base <= value ? 1 : 0));
}

std::vector<float> ChooseEdges(std::span<const ValueCount> values, size_t bins_max, uint64_t rows_per_bin_min) {
  std::vector<float> edges;
  uint64_t total = 0;
  for (const ValueCount& value : values) total += value.count;
  if (values.size() <= 1 || bins_max <= 1) return edges;
  if (values.size() <= bins_max) {
    uint64_t inside = 0;
    for (size_t i = 0; i + 1 < values.size(); ++i) {
      inside += values[i].count;
      if (inside < rows_per_bin_min) continue;
      edges.push_back(EdgeBetween(values[i].value, values[i + 1].value));
      inside = 0;
    }
    return edges;
  }
  const auto bins = std::max<uint64_t>(1, std::min<uint64_t>(bins_max, total / std::max<uint64_t>(1, rows_per_bin_min)));
  // Heavy values have bins of their own; the rest is shared out evenly among the others.
  uint64_t rest_bins = bins, rest = total;
  std::vector<bool> heavy(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].count * bins >= total && rest_bins > 0) {
      heavy[i] = true;
      --rest_bins;
      rest -= values[i].count;
    }
  }
  double size = rest_bins == 0 ? INFINITY : static_cast<double>(rest) / static_cast<double>(rest_bins);
  uint64_t inside = 0;
  for (size_t i = 0; i + 1 < values.size() && edges.size() + 1 < bins; ++i) {
    inside += values[i].count;
    if (!heavy[i]) rest -= values[i].count;
    const bool full = heavy[i] || static_cast<double>(inside) >= size ||
                      (heavy[i + 1] && static_cast<double>(inside) >= std::max(1.0, size / 2));
    if (!full) continue;
    edges.push_back(EdgeBetween(values[i].value, values[i + 1].value));
    inside = 0;
    if (!heavy[i] && rest_bins > 1) {
      --rest_bins;
      size = static_cast<double>(rest) / static_cast<double>(rest_bins);
    }
  }
  return edges;
}

std::vector<uint32_t> ChooseCategories(std::span<const ValueCount> values, size_t bins_max) {
  std::vector<ValueCount> order;
  for (const ValueCount& value : values) {
    if (value.value >= 0 && value.value < 16777216.0F && value.value == std::floor(value.value)) order.push_back(value);
  }
  std::sort(order.begin(), order.end(), [](const ValueCount& a, const ValueCount& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  });
  if (order.size() > bins_max - 1) order.resize(bins_max - 1);
  std::vector<uint32_t> categories;
  for (const ValueCount& value : order) categories.push_back(static_cast<uint32_t>(value.value));
  return categories;
}

void SaveBins(const std::vector<ColumnBins>& columns, Bundle& bundle) {
  std::vector<int64_t> heads;  // of a column: edges, categories, flags
  std::vector<float> edges;
  std::vector<int64_t> categories;
  for (const ColumnBins& column : columns) {
    heads.insert(heads.end(), {static_cast<int64_t>(column.edges.size()), static_cast<int64_t>(column.categories.size()),
                               (column.categorical ? 1 : 0) + (column.missing ? 2 : 0) + 4 * column.zero_bin});
    edges.insert(edges.end(), column.edges.begin(), column.edges.end());
    categories.insert(categories.end(), column.categories.begin(), column.categories.end());
  }
  bundle.SetLongs("bins.heads", heads, {columns.size(), 3});
  bundle.SetFloats("bins.edges", edges);
  bundle.SetLongs("bins.categories", categories);
}

Result<std::vector<ColumnBins>> LoadBins(const Bundle& bundle) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> heads, bundle.Longs("bins.heads"));
  ASSIGN_OR_RETURN(const std::vector<float> edges, bundle.Floats("bins.edges"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> categories, bundle.Longs("bins.categories"));
  const Status bad(Code::kCorruption, "the checkpoint's bins do not agree with each other");
  if (heads.size() % 3 != 0) return bad;
  std::vector<ColumnBins> columns(heads.size() / 3);
  size_t at_edge = 0, at_category = 0;
  for (size_t c = 0; c < columns.size(); ++c) {
    const int64_t edge_count = heads[3 * c], category_count = heads[3 * c + 1], flags = heads[3 * c + 2];
    if (edge_count < 0 || edge_count > 254 || category_count < 0 || category_count > 254 || flags < 0 || flags > 1023 ||
        static_cast<uint64_t>(edge_count) > edges.size() - at_edge ||
        static_cast<uint64_t>(category_count) > categories.size() - at_category) {
      return bad;
    }
    ColumnBins& column = columns[c];
    column.edges.assign(edges.data() + at_edge, edges.data() + at_edge + edge_count);
    column.categories.assign(categories.data() + at_category, categories.data() + at_category + category_count);
    column.categorical = (flags & 1) != 0;
    column.missing = (flags & 2) != 0;
    column.zero_bin = static_cast<uint8_t>(flags >> 2);
    if (column.zero_bin >= column.bins()) return bad;
    at_edge += static_cast<size_t>(edge_count);
    at_category += static_cast<size_t>(category_count);
  }
  return columns;
}

}  // namespace tusk::ml
