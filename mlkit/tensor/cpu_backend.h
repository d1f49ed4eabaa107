// The tape's backend on the CPU: kernels over pieces of rows or columns on a thread pool. Pieces never change bits: every element
// is one chain, and sums over lanes are one tree.
#pragma once

#include <memory>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/tensor/backend.h"

namespace tusk::ml {

// `pool` lives longer.
std::unique_ptr<TensorBackend> MakeCpuBackend(ThreadPool& pool);

}  // namespace tusk::ml
