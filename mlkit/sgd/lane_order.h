// LaneOrder: in which order an epoch takes a lane's training rows: a permutation of (seed, lane, epoch), so a position in an
// epoch is one integer and any worker finds the same rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/api/random.h"

namespace tusk::ml {

class LaneOrder {
 public:
  // The rows in the epoch's order; kept until another epoch is asked for.
  std::span<const uint32_t> Of(const std::vector<uint32_t>& rows, uint64_t seed, size_t lane, uint64_t epoch) {
    if (epoch == epoch_ && order_.size() == rows.size()) return order_;
    order_ = rows;
    Random random(seed, uint64_t{0x0bde} << 48 | static_cast<uint64_t>(lane) << 32 | (epoch & UINT32_MAX));
    for (size_t i = order_.size(); i > 1; --i) {
      // Lemire's multiply: the bias of 32 random bits over so few rows does not matter here.
      const size_t other = static_cast<size_t>(uint64_t{random.Next32()} * i >> 32);
      std::swap(order_[i - 1], order_[other]);
    }
    epoch_ = epoch;
    return order_;
  }
  // At most `count` rows from `begin` on; fewer or none at the end of the lane.
  static std::span<const uint32_t> Piece(std::span<const uint32_t> order, size_t begin, size_t count) {
    if (begin >= order.size()) return {};
    return order.subspan(begin, count < order.size() - begin ? count : order.size() - begin);
  }

 private:
  uint64_t epoch_ = UINT64_MAX;
  std::vector<uint32_t> order_;
};

}  // namespace tusk::ml
