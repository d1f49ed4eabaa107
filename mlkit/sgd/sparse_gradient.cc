// Sums of sparse gradients over lanes.
#include "mlkit/sgd/sparse_gradient.h"

#include <algorithm>
#include <cstring>

namespace tusk::ml {
namespace {

constexpr size_t kHeadBytes = 16;  // u64 lane, u64 columns

void Append(std::vector<uint8_t>& bytes, const void* from, size_t count) {
  const size_t at = bytes.size();
  bytes.resize(at + count);
  if (count > 0) std::memcpy(bytes.data() + at, from, count);
}

void Encode(size_t lane, const SparseGradient& gradient, std::vector<uint8_t>& bytes) {
  const uint64_t head[2] = {lane, gradient.columns.size()};
  Append(bytes, head, sizeof(head));
  Append(bytes, gradient.columns.data(), gradient.columns.size() * 4);
  Append(bytes, gradient.values.data(), gradient.values.size() * 4);
  Append(bytes, gradient.tail.data(), gradient.tail.size() * 4);
}

Status Decode(ByteView bytes, size_t outputs, std::vector<SparseGradient>& by_lane, std::vector<const SparseGradient*>& present) {
  const Status bad(Code::kCorruption, "a sparse gradient of another rank is cut off or of a lane that is none");
  while (!bytes.empty()) {
    if (bytes.size() < kHeadBytes) return bad;
    uint64_t head[2];
    std::memcpy(head, bytes.data(), kHeadBytes);
    bytes = bytes.subspan(kHeadBytes);
    const size_t tail = (outputs + 2) * 4, each = 4 + 4 * outputs;
    if (head[0] >= by_lane.size() || bytes.size() < tail || head[1] > (bytes.size() - tail) / each) return bad;
    SparseGradient& gradient = by_lane[head[0]];
    const auto take = [&](auto& to, size_t count) {
      to.resize(count);
      if (count > 0) std::memcpy(to.data(), bytes.data(), count * 4);
      bytes = bytes.subspan(count * 4);
    };
    take(gradient.columns, head[1]);
    take(gradient.values, head[1] * outputs);
    take(gradient.tail, outputs + 2);
    present[head[0]] = &gradient;
  }
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

Status SumSparse(Communicator& comm, size_t lane_count, size_t outputs, std::span<const size_t> numbers,
                 std::span<const SparseGradient> lanes, SparseGradient& sum) {
  std::vector<const SparseGradient*> present(lane_count, nullptr);
  std::vector<SparseGradient> received;
  if (comm.size() == 1) {
    for (size_t i = 0; i < lanes.size(); ++i) present[numbers[i]] = &lanes[i];
  } else {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < lanes.size(); ++i) Encode(numbers[i], lanes[i], bytes);
    ASSIGN_OR_RETURN(const auto all, comm.AllGather(bytes));
    received.resize(lane_count);
    for (const auto& one : all) RETURN_IF_ERROR(Decode(one, outputs, received, present));
  }
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
    std::copy_n(table.data() + place * stride, outputs, sum.values.data() + place * outputs);
  }
  std::vector<float> tails;
  for (const SparseGradient* lane : present) tails.insert(tails.end(), lane->tail.begin(), lane->tail.end());
  FoldTree(tails.data(), lane_count, outputs + 2);
  sum.tail.assign(tails.begin(), tails.begin() + static_cast<ptrdiff_t>(outputs + 2));
  return Status::Ok();
}

}  // namespace tusk::ml
