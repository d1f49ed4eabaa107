// Programs built without a CUDA compiler.
#include "quant/cuda/gpu_rows.h"

namespace tusk::quant {

Result<std::unique_ptr<RowDevice>> MakeGpuRows() {
  return Status(Code::kUnsupported, "built without CUDA: configure where nvcc is found (TUSK_CUDA, docs/dependencies.md)");
}

}  // namespace tusk::quant
