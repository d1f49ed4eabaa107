// The three compilations of the kernels' bodies.
#pragma once

#include <cstddef>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {

const Kernels& ScalarKernels();
const Kernels& Avx2Kernels();      // with FMA
const Kernels& Avx512Kernels();    // F, DQ, VL, BW

// kPackingBytes of this thread, aligned for vectors; got on its first product, so that threads without products pay nothing.
inline constexpr size_t kPackingBytes = size_t{256} * 512 * sizeof(double);
void* PackingBuffer();

}  // namespace tusk::ml
