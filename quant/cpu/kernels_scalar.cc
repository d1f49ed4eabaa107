// The codecs without vectors.
#include "quant/cpu/kernels_templates_internal.h"

namespace tusk::quant {

const Kernels& ScalarKernels() {
  static constexpr Kernels kKernels = {AllFiniteWith<ScalarLane>, EncoderWith<ScalarLane>, DecoderWith<ScalarLane>};
  return kKernels;
}

}  // namespace tusk::quant
