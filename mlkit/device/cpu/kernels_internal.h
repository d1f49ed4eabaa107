// The three compilations of the kernels' bodies.
#pragma once

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {

const Kernels& ScalarKernels();
const Kernels& Avx2Kernels();      // with FMA
const Kernels& Avx512Kernels();    // F, DQ, VL, BW

}  // namespace tusk::ml
