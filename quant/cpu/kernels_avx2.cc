// The codecs on AVX2 registers; a stub where the compiler's target has none.
#include "quant/cpu/kernels_internal.h"

#if defined(__AVX2__)

#include "quant/cpu/kernels_templates_internal.h"
#include "quant/lanes/avx2_lane.h"

namespace tusk::quant {

const Kernels* Avx2Kernels() {
  static constexpr Kernels kKernels = {AllFiniteWith<Avx2Lane>, EncoderWith<Avx2Lane>, DecoderWith<Avx2Lane>};
  return &kKernels;
}

}  // namespace tusk::quant

#else

namespace tusk::quant {
const Kernels* Avx2Kernels() { return nullptr; }
}  // namespace tusk::quant

#endif
