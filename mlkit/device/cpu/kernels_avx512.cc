// Kernels for AVX-512; compiled with those instructions, called only where the machine has them.
#include "mlkit/device/cpu/kernels_internal.h"
#include "mlkit/device/cpu/vector_internal.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#include "mlkit/device/cpu/kernels_body_internal.h"

namespace tusk::ml {
namespace {

struct Avx512Vector {
  using Element = float;
  using Vector = __m512;
  using Floats = __m512;
  using Integers = __m512i;
  using Mask = __mmask16;
  static constexpr size_t kWidth = 16;
  static Floats Load(const float* p) { return _mm512_loadu_ps(p); }
  static void Store(float* p, Floats v) { _mm512_storeu_ps(p, v); }
  static Floats Set(float v) { return _mm512_set1_ps(v); }
  static Floats Add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats Sub(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats Mul(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats Div(Floats a, Floats b) { return _mm512_div_ps(a, b); }
  static Floats Fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static Floats Max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  static Mask Less(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static Floats Select(Mask mask, Floats yes, Floats no) { return _mm512_mask_blend_ps(mask, no, yes); }
  static Integers Bits(Floats v) { return _mm512_castps_si512(v); }
  static Floats FromBits(Integers v) { return _mm512_castsi512_ps(v); }
  static Integers SetInteger(int32_t v) { return _mm512_set1_epi32(v); }
  static Integers AddInteger(Integers a, Integers b) { return _mm512_add_epi32(a, b); }
  static Integers And(Integers a, Integers b) { return _mm512_and_si512(a, b); }
  static Integers Or(Integers a, Integers b) { return _mm512_or_si512(a, b); }
  static Integers ShiftLeft23(Integers v) { return _mm512_slli_epi32(v, 23); }
  static Integers ShiftRight23(Integers v) { return _mm512_srli_epi32(v, 23); }
  static Integers ToInteger(Floats v) { return _mm512_cvttps_epi32(v); }
  static Floats ToFloat(Integers v) { return _mm512_cvtepi32_ps(v); }
};

struct Avx512Double {
  using Element = double;
  using Vector = __m512d;
  static constexpr size_t kWidth = 8;
  static Vector Load(const double* p) { return _mm512_loadu_pd(p); }
  static void Store(double* p, Vector v) { _mm512_storeu_pd(p, v); }
  static Vector Set(double v) { return _mm512_set1_pd(v); }
  static Vector Fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_pd(a, b, c); }
};

}  // namespace

const Kernels& Avx512Kernels() {
  static constexpr Kernels kernels = MakeKernels<Avx512Vector, Avx512Double, 12>();
  return kernels;
}

}  // namespace tusk::ml
#else
namespace tusk::ml {
const Kernels& Avx512Kernels() { return ScalarKernels(); }
}  // namespace tusk::ml
#endif
