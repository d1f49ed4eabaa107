// Programs built without a CUDA compiler.
#include "mlkit/device/cuda/cuda_backend.h"

namespace tusk::ml {
namespace {

Status WithoutCuda() { return Status(Code::kUnsupported, "built without CUDA: configure where nvcc is found (TUSK_CUDA, docs/dependencies.md)"); }

}  // namespace

Result<std::unique_ptr<TensorBackend>> MakeCudaBackend(const CudaOptions&) { return WithoutCuda(); }
Result<std::string> CudaDeviceName() { return WithoutCuda(); }

}  // namespace tusk::ml
