// The tape's backend on a GPU. In float32 and without cuBLAS every number has the CPU backend's bits. In 16 bits, products read
// rounded operands and add in float32; weights, gradients and everything else stay float32, and small gradients are kept
// from vanishing by a loss scale: gradients inside the tape are multiplied by it, those that come out (WeightGradient,
// BiasGradient) are not. A step whose gradients are not finite is left out, and the scale halved.
#pragma once

#include <memory>

#include "mlkit/tensor/backend.h"

namespace tusk::ml {

enum class Precision : uint8_t { kFloat32, kFloat16, kBfloat16 };

struct CudaOptions {
  Precision precision = Precision::kFloat32;
  bool cublas = false;              // products by cuBLAS where the machine has it: faster, other bits
  float loss_scale = 65536;         // kFloat16 only; a power of two
  uint32_t growth_interval = 2000;  // finite steps until the scale is doubled
};

// kUnsupported with the reason where this program was built without CUDA or the machine has no device.
Result<std::unique_ptr<TensorBackend>> MakeCudaBackend(const CudaOptions& options);

// "NVIDIA H100 …"; or why there is none.
Result<std::string> CudaDeviceName();

}  // namespace tusk::ml
