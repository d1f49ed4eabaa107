// Any bytes as another rank's sparse sums.
#include "mlkit/collectives/sparse_sum.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<tusk::ml::SparseNode> nodes;
  (void)tusk::ml::DecodeSparseNodes({data, size}, 3, 40, nodes).ok();
  return 0;
}
