// Sums of sparse gradients over lanes.
#include "mlkit/sgd/sparse_gradient.h"

#include <algorithm>
#include <numeric>

#include "mlkit/collectives/sparse_sum.h"

namespace tusk::ml {
namespace {

// Column c's values are at c * outputs, the tail behind all columns.
SparseValues Flat(const SparseGradient& gradient, size_t columns, size_t outputs) {
  std::vector<size_t> order(gradient.columns.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return gradient.columns[a] < gradient.columns[b]; });
  SparseValues flat;
  flat.indices.reserve(order.size() * outputs + gradient.tail.size());
  flat.values.reserve(flat.indices.capacity());
  const auto append = [&](size_t to, const std::vector<float>& values, size_t from, size_t count) {
    for (size_t k = 0; k < count; ++k) flat.indices.push_back(static_cast<uint32_t>(to + k));
    flat.values.insert(flat.values.end(), values.begin() + static_cast<ptrdiff_t>(from), values.begin() + static_cast<ptrdiff_t>(from + count));
  };
  for (const size_t place : order) append(gradient.columns[place] * outputs, gradient.values, place * outputs, outputs);
  append(columns * outputs, gradient.tail, 0, gradient.tail.size());
  return flat;
}

Status SumOverRanks(Communicator& comm, size_t lane_count, size_t columns, size_t outputs, std::span<const size_t> numbers,
                    std::span<const SparseGradient> lanes, SparseGradient& sum) {
  SparsePartials partials;
  for (size_t i = 0; i < lanes.size(); ++i) partials[numbers[i]] = Flat(lanes[i], columns, outputs);
  SparseValues flat;
  RETURN_IF_ERROR(SumSparseOverShards(comm, lane_count, columns * outputs + outputs + 2, std::move(partials), flat, kAlwaysSparse));
  const size_t tail = outputs + 2;
  if (flat.values.size() < tail || (flat.values.size() - tail) % outputs != 0) return Status(Code::kCorruption, "a sum of sparse gradients has holes");
  sum.columns.clear();
  for (size_t i = 0; i + tail < flat.indices.size(); i += outputs) sum.columns.push_back(static_cast<uint32_t>(flat.indices[i] / outputs));
  sum.tail.assign(flat.values.end() - static_cast<ptrdiff_t>(tail), flat.values.end());
  flat.values.resize(flat.values.size() - tail);
  sum.values = std::move(flat.values);
  return Status::Ok();
}

// The fixed tree over values[lane * stride]; the result is in lane 0's place.
void FoldTree(float* values, size_t lanes, size_t width) {
  for (size_t step = 1; step < lanes; step *= 2) {
    for (size_t lane = 0; lane + step < lanes; lane += 2 * step) {
      for (size_t k = 0; k < width; ++k) values[lane * width + k] += values[(lane + step) * width + k];
    }
  }
}

}  // namespace

void ColumnIndex::Clear() {
  if (columns_.size() * 8 > table_.size()) {
    std::fill(table_.begin(), table_.end(), 0);
  } else {
    for (size_t place = columns_.size(); place-- > 0;) {
      size_t at = Home(columns_[place]);
      while (table_[at] != place + 1) at = (at + 1) & (table_.size() - 1);
      table_[at] = 0;  // the latest first: no chain is cut that is still walked
    }
  }
  columns_.clear();
}

void ColumnIndex::Grow() {
  table_.assign(std::max<size_t>(1024, table_.size() * 2), 0);
  for (size_t place = 0; place < columns_.size(); ++place) {
    size_t at = Home(columns_[place]);
    while (table_[at] != 0) at = (at + 1) & (table_.size() - 1);
    table_[at] = static_cast<uint32_t>(place + 1);
  }
}

Status SumSparse(Communicator& comm, size_t lane_count, size_t columns, size_t outputs, std::span<const size_t> numbers,
                 std::span<const SparseGradient> lanes, SparseGradient& sum) {
  if (comm.size() > 1) return SumOverRanks(comm, lane_count, columns, outputs, numbers, lanes, sum);
  std::vector<const SparseGradient*> present(lane_count, nullptr);
  for (size_t i = 0; i < lanes.size(); ++i) present[numbers[i]] = &lanes[i];
  for (const SparseGradient* lane : present) {
    if (lane == nullptr) return Status(Code::kInternal, "a lane's gradient is missing");
  }
  ColumnIndex index;
  std::vector<float> table;  // [union][lane][outputs]
  const size_t stride = lane_count * outputs;
  for (size_t lane = 0; lane < lane_count; ++lane) {
    const SparseGradient& gradient = *present[lane];
    for (size_t i = 0; i < gradient.columns.size(); ++i) {
      const size_t place = index.Find(gradient.columns[i]);
      if ((place + 1) * stride > table.size()) table.resize((place + 1) * stride * 2);
      std::copy_n(gradient.values.data() + i * outputs, outputs, table.data() + place * stride + lane * outputs);
    }
  }
  sum.columns = index.columns();
  sum.values.resize(sum.columns.size() * outputs);
  for (size_t place = 0; place < sum.columns.size(); ++place) {
    FoldTree(table.data() + place * stride, lane_count, outputs);
    for (size_t k = 0; k < outputs; ++k) sum.values[place * outputs + k] = table[place * stride + k] + 0.0F;   // -0 is 0, as over ranks
  }
  std::vector<float> tails;
  for (const SparseGradient* lane : present) tails.insert(tails.end(), lane->tail.begin(), lane->tail.end());
  FoldTree(tails.data(), lane_count, outputs + 2);
  sum.tail.assign(tails.begin(), tails.begin() + static_cast<ptrdiff_t>(outputs + 2));
  for (float& value : sum.tail) value += 0.0F;
  return Status::Ok();
}

}  // namespace tusk::ml
