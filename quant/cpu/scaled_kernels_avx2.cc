// Eight lanes of AVX2.
#include "quant/cpu/scaled_kernels.h"

#if defined(__AVX2__)
#include <immintrin.h>

#include "quant/cpu/scaled_loops_internal.h"

namespace tusk::quant {
namespace {

struct Avx2Lane {
  using Floats = __m256;
  using Integers = __m256i;
  static constexpr int kWidth = 8;
  static Floats Load(const float* from) { return _mm256_loadu_ps(from); }
  static void Store(Floats x, float* to) { _mm256_storeu_ps(to, x); }
  static Floats Set(float x) { return _mm256_set1_ps(x); }
  static Integers Set(int32_t x) { return _mm256_set1_epi32(x); }
  static Floats Add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
  static Floats Multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static Floats Divide(Floats a, Floats b) { return _mm256_div_ps(a, b); }
  static Floats Min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
  static Floats Max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static Integers Bits(Floats x) { return _mm256_castps_si256(x); }
  static Floats FromBits(Integers bits) { return _mm256_castsi256_ps(bits); }
  static Integers Nearest(Floats x) { return _mm256_cvtps_epi32(x); }
  static Floats FromInteger(Integers x) { return _mm256_cvtepi32_ps(x); }
  static Integers Plus(Integers a, Integers b) { return _mm256_add_epi32(a, b); }
  static Integers Minus(Integers a, Integers b) { return _mm256_sub_epi32(a, b); }
  static Integers And(Integers a, Integers b) { return _mm256_and_si256(a, b); }
  static Integers Or(Integers a, Integers b) { return _mm256_or_si256(a, b); }
  template <int kBits>
  static Integers Right(Integers x) { return _mm256_srli_epi32(x, kBits); }
  template <int kBits>
  static Integers Left(Integers x) { return _mm256_slli_epi32(x, kBits); }
  static Integers WhereLess(Integers a, Integers b, Integers then_value, Integers else_value) {
    return _mm256_blendv_epi8(else_value, then_value, _mm256_cmpgt_epi32(b, a));
  }
  static Integers Larger(Integers a, Integers b) { return _mm256_max_epi32(a, b); }
  static Integers Smaller(Integers a, Integers b) { return _mm256_min_epi32(a, b); }
  // The low byte of each.
  static void StoreBytes(Integers x, uint8_t* to) {
    const __m256i bytes = _mm256_shuffle_epi8(x, _mm256_set1_epi32(0x0C080400));
    const __m128i packed = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), packed);
  }
  static Integers LoadSigned(const uint8_t* from) { return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))); }
  static Integers LoadUnsigned(const uint8_t* from) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))); }
};

constexpr ScaledKernels kKernels = KernelsOf<Avx2Lane>("avx2");

}  // namespace

const ScaledKernels* Avx2ScaledKernels() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has ? &kKernels : nullptr;
}

}  // namespace tusk::quant

#else

namespace tusk::quant {
const ScaledKernels* Avx2ScaledKernels() { return nullptr; }
}  // namespace tusk::quant

#endif
