// Kernels for AVX2 with FMA; compiled with those instructions, called only where the machine has them.
#include "mlkit/device/cpu/kernels_internal.h"
#include "mlkit/device/cpu/vector_internal.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#include "mlkit/device/cpu/kernels_body_internal.h"

namespace tusk::ml {
namespace {

struct Avx2Vector {
  using Element = float;
  using Vector = __m256;
  using Floats = __m256;
  using Integers = __m256i;
  using Mask = __m256;
  static constexpr size_t kWidth = 8;
  static Floats Load(const float* p) { return _mm256_loadu_ps(p); }
  static void Store(float* p, Floats v) { _mm256_storeu_ps(p, v); }
  static Floats Set(float v) { return _mm256_set1_ps(v); }
  static Floats Add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
  static Floats Sub(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
  static Floats Mul(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static Floats Div(Floats a, Floats b) { return _mm256_div_ps(a, b); }
  static Floats Fma(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  static Floats Max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static Mask Less(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
  static Floats Select(Mask mask, Floats yes, Floats no) { return _mm256_blendv_ps(no, yes, mask); }
  static Integers Bits(Floats v) { return _mm256_castps_si256(v); }
  static Floats FromBits(Integers v) { return _mm256_castsi256_ps(v); }
  static Integers SetInteger(int32_t v) { return _mm256_set1_epi32(v); }
  static Integers AddInteger(Integers a, Integers b) { return _mm256_add_epi32(a, b); }
  static Integers And(Integers a, Integers b) { return _mm256_and_si256(a, b); }
  static Integers Or(Integers a, Integers b) { return _mm256_or_si256(a, b); }
  static Integers ShiftLeft23(Integers v) { return _mm256_slli_epi32(v, 23); }
  static Integers ShiftRight23(Integers v) { return _mm256_srli_epi32(v, 23); }
  static Integers ToInteger(Floats v) { return _mm256_cvttps_epi32(v); }
  static Floats ToFloat(Integers v) { return _mm256_cvtepi32_ps(v); }
};

struct Avx2Double {
  using Element = double;
  using Vector = __m256d;
  static constexpr size_t kWidth = 4;
  static Vector Load(const double* p) { return _mm256_loadu_pd(p); }
  static void Store(double* p, Vector v) { _mm256_storeu_pd(p, v); }
  static Vector Set(double v) { return _mm256_set1_pd(v); }
  static Vector Fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_pd(a, b, c); }
};

}  // namespace

const Kernels& Avx2Kernels() {
  static constexpr Kernels kernels = MakeKernels<Avx2Vector, Avx2Double, 6>();
  return kernels;
}

}  // namespace tusk::ml
#else
namespace tusk::ml {
const Kernels& Avx2Kernels() { return ScalarKernels(); }
}  // namespace tusk::ml
#endif
