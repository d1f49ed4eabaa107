// cuBLAS, taken at run time from the machine's own libcublas: nothing is linked, and its header is not needed. The constants are
// those of its documented C interface.
#include <dlfcn.h>

#include "mlkit/device/cuda/gpu.h"

namespace tusk::ml::cuda {
namespace {

constexpr int kOpN = 0, kOpT = 1;                                // cublasOperation_t
constexpr int kFloat32 = 0, kFloat16 = 2, kBfloat16 = 14;        // cudaDataType_t
constexpr int kCompute32 = 68, kDefaultAlgorithm = -1;           // cublasComputeType_t, cublasGemmAlgo_t

struct Library {
  void* handle = nullptr;
  int (*create)(void**) = nullptr;
  int (*gemm_ex)(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*, void*, int, int, int,
                 int) = nullptr;
  std::string why_not;
};

template <typename Pointer>
bool Find(void* library, const char* name, Pointer& function) {
  function = reinterpret_cast<Pointer>(::dlsym(library, name));
  return function != nullptr;
}

Library Load() {
  Library library;
  void* file = nullptr;
  for (const char* name : {"libcublas.so.13", "libcublas.so.12", "libcublas.so"}) {
    if ((file = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
  }
  if (file == nullptr) {
    library.why_not = "libcublas.so.13 is not on this machine";
    return library;
  }
  if (!Find(file, "cublasCreate_v2", library.create) || !Find(file, "cublasGemmEx", library.gemm_ex)) {
    library.why_not = "libcublas lacks cublasGemmEx";
    return library;
  }
  if (const int error = library.create(&library.handle); error != 0) {
    library.why_not = "cublasCreate: error " + std::to_string(error);
    library.handle = nullptr;
  }
  return library;
}

}  // namespace

bool MatmulCublas(const Product& product, std::string* why_not) {
  static const Library library = Load();
  const auto refuse = [&](const std::string& reason) {
    if (why_not != nullptr) *why_not = reason;
    return false;
  };
  if (library.handle == nullptr) return refuse(library.why_not);
  if (product.starts != nullptr) return refuse("segments");
  if (product.m > INT32_MAX || product.n > INT32_MAX || product.k > INT32_MAX) return refuse("a side beyond 2^31");
  if (product.m == 0 || product.n == 0) return true;
  if (product.k == 0) {
    if (!product.accumulate) Fill(product.c, product.m * product.n, 0);
    return true;
  }
  // cuBLAS stores columns: our C = A B is its C^T = B^T A^T.
  const bool a = product.transpose_a == Transpose::kYes, b = product.transpose_b == Transpose::kYes;
  const int m = static_cast<int>(product.m), n = static_cast<int>(product.n), k = static_cast<int>(product.k);
  const int type = product.inputs == Scalar::kFloat ? kFloat32 : product.inputs == Scalar::kHalf ? kFloat16 : kBfloat16;
  const float one = 1, beta = product.accumulate ? 1 : 0;
  const int error = library.gemm_ex(library.handle, b ? kOpT : kOpN, a ? kOpT : kOpN, n, m, k, &one, product.b, type, b ? k : n, product.a,
                                    type, a ? m : k, &beta, product.c, kFloat32, n, kCompute32, kDefaultAlgorithm);
  return error == 0 ? true : refuse("cublasGemmEx: error " + std::to_string(error));
}

}  // namespace tusk::ml::cuda
