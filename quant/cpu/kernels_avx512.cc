// The codecs on AVX-512 registers; a stub where the compiler's target has none.
#include "quant/cpu/kernels_internal.h"

#if defined(__AVX512F__)

#include "quant/cpu/kernels_templates_internal.h"
#include "quant/lanes/avx512_lane.h"

namespace tusk::quant {

const Kernels* Avx512Kernels() {
  static constexpr Kernels kKernels = {AllFiniteWith<Avx512Lane>, EncoderWith<Avx512Lane>, DecoderWith<Avx512Lane>};
  return &kKernels;
}

}  // namespace tusk::quant

#else

namespace tusk::quant {
const Kernels* Avx512Kernels() { return nullptr; }
}  // namespace tusk::quant

#endif
