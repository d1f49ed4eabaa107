// Copying with transposition.
#include "mlkit/ensemble/forest/local_rows.h"

#include <algorithm>
#include <cstring>

namespace tusk::ml {
namespace {

constexpr size_t kCacheBytes = 400 << 10;
constexpr size_t kTile = 8;

// 8x8 bytes: rows to columns, in three rounds of exchanges.
void TransposeTile(const uint8_t* const (&rows)[kTile], size_t column, uint8_t* out, size_t stride) {
  uint64_t x[kTile];
  for (size_t r = 0; r < kTile; ++r) std::memcpy(&x[r], rows[r] + column, kTile);
  const auto exchange = [&](size_t distance, unsigned shift, uint64_t mask) {
    for (size_t r = 0; r < kTile; ++r) {
      if ((r & distance) != 0) continue;
      const uint64_t moved = ((x[r] >> shift) ^ x[r + distance]) & mask;
      x[r + distance] ^= moved;
      x[r] ^= moved << shift;
    }
  };
  exchange(4, 32, 0x00000000ffffffffULL);
  exchange(2, 16, 0x0000ffff0000ffffULL);
  exchange(1, 8, 0x00ff00ff00ff00ffULL);
  for (size_t c = 0; c < kTile; ++c) std::memcpy(out + c * stride, &x[c], kTile);
}

}  // namespace

size_t LocalRows::RowsMax(const ForestData& data, size_t columns_at_node) {
  // Copying a row costs as much as looking at all its columns once or twice; a subtree does it some ten times.
  const size_t columns = std::max<size_t>(1, data.columns.size());
  if (columns > 64 * columns_at_node) return 0;
  const size_t rows = std::min<size_t>(kCacheBytes / columns, 4096);
  return rows < 32 ? 0 : rows;
}

void LocalRows::Take(const ForestData& data, std::span<ForestSample> samples) {
  const size_t columns = data.columns.size();
  stride_ = (samples.size() + kTile - 1) / kTile * kTile;
  bins_.resize(std::max(bins_.size(), columns * stride_));
  for (size_t first = 0; first < samples.size(); first += kTile) {
    const uint8_t* rows[kTile];
    for (size_t r = 0; r < kTile; ++r) rows[r] = data.Row(samples[std::min(first + r, samples.size() - 1)].row);
    size_t column = 0;
    for (; column + kTile <= columns; column += kTile) {
      TransposeTile(rows, column, bins_.data() + column * stride_ + first, stride_);
    }
    for (; column < columns; ++column) {
      for (size_t r = 0; r < kTile; ++r) bins_[column * stride_ + first + r] = rows[r][column];
    }
  }
  for (size_t i = 0; i < samples.size(); ++i) samples[i].row = static_cast<uint32_t>(i);
}

}  // namespace tusk::ml
