// Eight blocks side by side in AVX2 registers. Included only by files compiled with -mavx2 -mf16c. (Members: scalar_lane.h.)
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "quant/lanes/scalar_lane.h"

namespace tusk::quant {

struct Avx2Lane {
  static constexpr int kWidth = 8;
  using Eight = Avx2Lane;
  struct F {
    __m256 v;
  };
  struct I {
    __m256i v;
  };
  struct M {
    __m256 v;
  };

  static TUSK_LANE F Set(float value) { return {_mm256_set1_ps(value)}; }
  static TUSK_LANE I SetI(int32_t value) { return {_mm256_set1_epi32(value)}; }
  static TUSK_LANE F Neg(F x) { return {_mm256_xor_ps(x.v, _mm256_set1_ps(-0.0F))}; }
  static TUSK_LANE F Abs(F x) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0F), x.v)}; }
  static TUSK_LANE F Sqrt(F x) { return {_mm256_sqrt_ps(x.v)}; }
  static TUSK_LANE F Min(F a, F b) { return {_mm256_min_ps(a.v, b.v)}; }
  static TUSK_LANE F Max(F a, F b) { return {_mm256_max_ps(a.v, b.v)}; }
  static TUSK_LANE I MinI(I a, I b) { return {_mm256_min_epi32(a.v, b.v)}; }
  static TUSK_LANE I MaxI(I a, I b) { return {_mm256_max_epi32(a.v, b.v)}; }
  static TUSK_LANE M EqualI(I a, I b) { return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(a.v, b.v))}; }
  static TUSK_LANE M LessI(I a, I b) { return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(b.v, a.v))}; }
  static TUSK_LANE I Count(I count, M which) { return {_mm256_sub_epi32(count.v, _mm256_castps_si256(which.v))}; }
  static TUSK_LANE F Select(M which, F yes, F no) { return {_mm256_blendv_ps(no.v, yes.v, which.v)}; }
  static TUSK_LANE I SelectI(M which, I yes, I no) {
    return {_mm256_blendv_epi8(no.v, yes.v, _mm256_castps_si256(which.v))};
  }
  static TUSK_LANE M And(M a, M b) { return {_mm256_and_ps(a.v, b.v)}; }
  static TUSK_LANE M Or(M a, M b) { return {_mm256_or_ps(a.v, b.v)}; }
  static TUSK_LANE M Not(M a) { return {_mm256_xor_ps(a.v, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))}; }
  static TUSK_LANE bool Any(M m) { return _mm256_movemask_ps(m.v) != 0; }
  static TUSK_LANE I BitsOf(F x) { return {_mm256_castps_si256(x.v)}; }
  static TUSK_LANE F FromBits(I x) { return {_mm256_castsi256_ps(x.v)}; }
  static TUSK_LANE I Truncated(F x) { return {_mm256_cvttps_epi32(x.v)}; }
  static TUSK_LANE F ToFloat(I x) { return {_mm256_cvtepi32_ps(x.v)}; }
  static TUSK_LANE F Round(F x) {
    const __m256 sign = _mm256_and_ps(x.v, _mm256_set1_ps(-0.0F));
    const __m256 nudged = _mm256_add_ps(x.v, _mm256_or_ps(sign, _mm256_castsi256_ps(_mm256_set1_epi32(0x3EFFFFFF))));
    return {_mm256_round_ps(nudged, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
  }
  static TUSK_LANE F RoundSmall(F x) { return {_mm256_round_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  static TUSK_LANE I HalfBits(F x) { return {_mm256_cvtepu16_epi32(_mm256_cvtps_ph(x.v, _MM_FROUND_TO_NEAREST_INT))}; }
  static TUSK_LANE float HalfValue(uint16_t half) { return _cvtsh_ss(half); }
  static TUSK_LANE F HalfToFloat(I bits) {
    const __m256i packed = _mm256_packus_epi32(bits.v, bits.v);
    return {_mm256_cvtph_ps(_mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)))};
  }

  // A search in four steps; -1 for each upper half taken, so places count down.
  static TUSK_LANE __m256i Steps(__m256 x, __m256i& three, __m256& last) {
    const __m256 first = Below(x, _mm256_set1_ps(-4.5F));
    const __m256 second = Below(x, _mm256_blendv_ps(_mm256_set1_ps(45.5F), _mm256_set1_ps(-57), first));
    __m256i below = _mm256_castps_si256(first);
    below = _mm256_add_epi32(_mm256_add_epi32(below, below), _mm256_castps_si256(second));
    // `below` is minus the number of upper places left out: 0 .. -3, whose low two bits are 0, 3, 2, 1.
    const __m256 thirds = _mm256_permutevar_ps(_mm256_setr_ps(79, -93.5F, -28.5F, 19, 79, -93.5F, -28.5F, 19), below);
    const __m256 third = Below(x, thirds);
    three = _mm256_add_epi32(_mm256_add_epi32(below, below), _mm256_castps_si256(third));
    const __m256 fourths = _mm256_permutevar8x32_ps(_mm256_setr_ps(101, -115.5F, -74, -42, -16, 7, 31.5F, 61), three);
    last = Below(x, fourths);
    return three;
  }
  // As in the scalar search a NaN is below nothing.
  static TUSK_LANE __m256 Below(__m256 x, __m256 middle) { return _mm256_cmp_ps(x, middle, _CMP_LT_OQ); }
  static TUSK_LANE I NearestIq4Index(F x) {
    __m256i three;
    __m256 last;
    Steps(x.v, three, last);
    const __m256i all = _mm256_add_epi32(_mm256_add_epi32(three, three), _mm256_castps_si256(last));
    return {_mm256_add_epi32(all, _mm256_set1_epi32(15))};
  }
  static TUSK_LANE F NearestIq4(F x) {
    __m256i three;
    __m256 last;
    Steps(x.v, three, last);
    const __m256 lower = _mm256_permutevar8x32_ps(_mm256_setr_ps(89, -127, -83, -49, -22, 1, 25, 53), three);
    const __m256 upper = _mm256_permutevar8x32_ps(_mm256_setr_ps(113, -104, -65, -35, -10, 13, 38, 69), three);
    return {_mm256_blendv_ps(upper, lower, last)};
  }

  static TUSK_LANE void LoadFrom(const float* const* blocks, int count, F* x) {
    for (int i = 0; i < count; i += 8) {
      __m256 r[8];
      for (int k = 0; k < 8; ++k) r[k] = _mm256_loadu_ps(blocks[k] + i);
      __m256 t[8];
      for (int k = 0; k < 8; k += 2) {
        t[k] = _mm256_unpacklo_ps(r[k], r[k + 1]);
        t[k + 1] = _mm256_unpackhi_ps(r[k], r[k + 1]);
      }
      for (int k = 0; k < 8; k += 4) {
        r[k] = _mm256_shuffle_ps(t[k], t[k + 2], 0x44);
        r[k + 1] = _mm256_shuffle_ps(t[k], t[k + 2], 0xEE);
        r[k + 2] = _mm256_shuffle_ps(t[k + 1], t[k + 3], 0x44);
        r[k + 3] = _mm256_shuffle_ps(t[k + 1], t[k + 3], 0xEE);
      }
      for (int k = 0; k < 4; ++k) {
        x[i + k].v = _mm256_permute2f128_ps(r[k], r[k + 4], 0x20);
        x[i + k + 4].v = _mm256_permute2f128_ps(r[k], r[k + 4], 0x31);
      }
    }
  }

  static TUSK_LANE __m128i EightBytes(const uint8_t* at) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)); }
  static TUSK_LANE I LoadBytes(const uint8_t* at) { return {_mm256_cvtepu8_epi32(EightBytes(at))}; }
  static TUSK_LANE I LoadSignedBytes(const uint8_t* at) { return {_mm256_cvtepi8_epi32(EightBytes(at))}; }
  static TUSK_LANE F Lookup(const float (&table)[16], I index) {
    const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index.v), high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), index.v);
    return {_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index.v, 28)))};
  }
  static TUSK_LANE void Store(float* out, F x) { _mm256_storeu_ps(out, x.v); }
  static TUSK_LANE F LoadFloats(const float* at) { return {_mm256_loadu_ps(at)}; }
  // The low 16 bits of each, one behind the other.
  static TUSK_LANE void StoreWords(uint8_t* out, I value) {
    const __m256i low = _mm256_and_si256(value.v, _mm256_set1_epi32(0xFFFF));
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(packed));
  }
  static TUSK_LANE void StoreHalves(const uint8_t* in, float* out) {
    _mm256_storeu_ps(out, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in))));
  }

  template <typename T>
  static TUSK_LANE void Put(uint8_t* out, int stride, int offset, I value) {
    alignas(32) uint32_t lanes[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), value.v);
    for (int k = 0; k < 8; ++k) {
      const T one = static_cast<T>(lanes[k]);
      __builtin_memcpy(out + k * stride + offset, &one, sizeof(T));
    }
  }
  static TUSK_LANE void Put8(uint8_t* out, int stride, int offset, I value) { Put<uint8_t>(out, stride, offset, value); }
  static TUSK_LANE void Put16(uint8_t* out, int stride, int offset, I value) { Put<uint16_t>(out, stride, offset, value); }
  static TUSK_LANE void Put32(uint8_t* out, int stride, int offset, I value) { Put<uint32_t>(out, stride, offset, value); }
};

#define TUSK_AVX2_FLOAT(op, call) \
  TUSK_LANE Avx2Lane::F operator op(Avx2Lane::F a, Avx2Lane::F b) { return {call(a.v, b.v)}; }
TUSK_AVX2_FLOAT(+, _mm256_add_ps)
TUSK_AVX2_FLOAT(-, _mm256_sub_ps)
TUSK_AVX2_FLOAT(*, _mm256_mul_ps)
TUSK_AVX2_FLOAT(/, _mm256_div_ps)
#undef TUSK_AVX2_FLOAT
TUSK_LANE Avx2Lane::M operator<(Avx2Lane::F a, Avx2Lane::F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
TUSK_LANE Avx2Lane::M operator>(Avx2Lane::F a, Avx2Lane::F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
TUSK_LANE Avx2Lane::M operator==(Avx2Lane::F a, Avx2Lane::F b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
TUSK_LANE Avx2Lane::I operator+(Avx2Lane::I a, Avx2Lane::I b) { return {_mm256_add_epi32(a.v, b.v)}; }
TUSK_LANE Avx2Lane::I operator-(Avx2Lane::I a, Avx2Lane::I b) { return {_mm256_sub_epi32(a.v, b.v)}; }
TUSK_LANE Avx2Lane::I operator&(Avx2Lane::I a, Avx2Lane::I b) { return {_mm256_and_si256(a.v, b.v)}; }
TUSK_LANE Avx2Lane::I operator|(Avx2Lane::I a, Avx2Lane::I b) { return {_mm256_or_si256(a.v, b.v)}; }
TUSK_LANE Avx2Lane::I operator<<(Avx2Lane::I a, int bits) { return {_mm256_slli_epi32(a.v, bits)}; }
TUSK_LANE Avx2Lane::I operator>>(Avx2Lane::I a, int bits) { return {_mm256_srai_epi32(a.v, bits)}; }

}  // namespace tusk::quant
