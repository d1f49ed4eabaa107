// The scalar kernels, and the choice among those that the machine has.
#include "quant/cpu/scaled_kernels.h"

#include "quant/cpu/scaled_loops_internal.h"

namespace tusk::quant {

const ScaledKernels& ScalarScaledKernels() {
  static constexpr ScaledKernels kKernels = KernelsOf<RunLane>("scalar");
  return kKernels;
}

const ScaledKernels& BestScaledKernels() {
  const ScaledKernels* wide = Avx2ScaledKernels();
  return wide != nullptr ? *wide : ScalarScaledKernels();
}

}  // namespace tusk::quant
