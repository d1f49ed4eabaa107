// Kernels for any machine: std::fma one float at a time.
#include "mlkit/device/cpu/kernels_body_internal.h"
#include "mlkit/device/cpu/kernels_internal.h"

namespace tusk::ml {

const Kernels& ScalarKernels() {
  static constexpr Kernels kernels = MakeKernels<ScalarVector, ScalarDouble, 4>();
  return kernels;
}

}  // namespace tusk::ml
