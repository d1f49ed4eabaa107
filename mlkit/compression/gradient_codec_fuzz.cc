// Any bytes as an encoded gradient.
#include "mlkit/compression/gradient_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<float> sum(size < 2 ? 0 : data[size - 1] * 4);
  (void)tusk::ml::AddDecodedGradient({data, size}, 1, sum).ok();
  return 0;
}
