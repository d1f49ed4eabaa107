// ForestSample: a row in the bag of a tree.
#pragma once

#include <bit>
#include <cstdint>

namespace tusk::ml {

struct ForestSample {                   // 12 bytes: nodes are scanned again and again
  uint32_t row;                         // of all, or of those near the node (LocalRows)
  uint32_t weight;                      // of classification: in steps that make all of them fit into 32 bits
  uint32_t label_class;
  // Of regression: the bits of two floats in the same places.
  float share() const { return std::bit_cast<float>(weight); }
  float target() const { return std::bit_cast<float>(label_class); }
};

}  // namespace tusk::ml
