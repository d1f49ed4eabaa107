// Which kernels this machine runs.
#include "mlkit/device/cpu/kernels.h"

#include <memory>
#include <new>

#include "mlkit/device/cpu/kernels_internal.h"

namespace tusk::ml {

void* PackingBuffer() {
  constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(void* buffer) const { ::operator delete(buffer, std::align_val_t{64}); }
  };
  thread_local std::unique_ptr<void, Free> buffer;
  if (!buffer) buffer.reset(::operator new(kPackingBytes, kAlignment));
  return buffer.get();
}

std::string_view NameOf(Instructions instructions) {
  switch (instructions) {
    case Instructions::kScalar: return "scalar";
    case Instructions::kAvx2: return "avx2";
    case Instructions::kAvx512: return "avx512";
  }
  return "?";
}

bool Supports(Instructions instructions) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  switch (instructions) {
    case Instructions::kScalar: return true;
    case Instructions::kAvx2: return avx2;
    case Instructions::kAvx512:
      return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  }
  return false;
#else
  return instructions == Instructions::kScalar;
#endif
}

const Kernels& KernelsOf(Instructions instructions) {
  switch (instructions) {
    case Instructions::kScalar: return ScalarKernels();
    case Instructions::kAvx2: return Avx2Kernels();
    case Instructions::kAvx512: return Avx512Kernels();
  }
  return ScalarKernels();
}

const Kernels& Cpu() {
  static const Kernels& best = KernelsOf(Supports(Instructions::kAvx512) ? Instructions::kAvx512
                                         : Supports(Instructions::kAvx2) ? Instructions::kAvx2
                                                                         : Instructions::kScalar);
  return best;
}

}  // namespace tusk::ml
