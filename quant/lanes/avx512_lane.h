// Sixteen blocks side by side in AVX-512 registers. Included only by files compiled with -mavx512f/bw/dq/vl. (Members: scalar_lane.h.)
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "quant/lanes/avx2_lane.h"

namespace tusk::quant {

struct Avx512Lane {
  static constexpr int kWidth = 16;
  using Eight = Avx2Lane;
  struct F {
    __m512 v;
  };
  struct I {
    __m512i v;
  };
  struct M {
    __mmask16 v;
  };

  static TUSK_LANE M Mask(int bits) { return {static_cast<__mmask16>(bits)}; }
  static TUSK_LANE F Set(float value) { return {_mm512_set1_ps(value)}; }
  static TUSK_LANE I SetI(int32_t value) { return {_mm512_set1_epi32(value)}; }
  static TUSK_LANE F Neg(F x) { return {_mm512_xor_ps(x.v, _mm512_set1_ps(-0.0F))}; }
  static TUSK_LANE F Abs(F x) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0F), x.v)}; }
  static TUSK_LANE F Sqrt(F x) { return {_mm512_sqrt_ps(x.v)}; }
  static TUSK_LANE F Min(F a, F b) { return {_mm512_min_ps(a.v, b.v)}; }
  static TUSK_LANE F Max(F a, F b) { return {_mm512_max_ps(a.v, b.v)}; }
  static TUSK_LANE I MinI(I a, I b) { return {_mm512_min_epi32(a.v, b.v)}; }
  static TUSK_LANE I MaxI(I a, I b) { return {_mm512_max_epi32(a.v, b.v)}; }
  static TUSK_LANE M EqualI(I a, I b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }
  static TUSK_LANE M LessI(I a, I b) { return {_mm512_cmplt_epi32_mask(a.v, b.v)}; }
  static TUSK_LANE I Count(I count, M which) { return {_mm512_mask_sub_epi32(count.v, which.v, count.v, _mm512_set1_epi32(-1))}; }
  static TUSK_LANE F Select(M which, F yes, F no) { return {_mm512_mask_blend_ps(which.v, no.v, yes.v)}; }
  static TUSK_LANE I SelectI(M which, I yes, I no) { return {_mm512_mask_blend_epi32(which.v, no.v, yes.v)}; }
  static TUSK_LANE M And(M a, M b) { return Mask(a.v & b.v); }
  static TUSK_LANE M Or(M a, M b) { return Mask(a.v | b.v); }
  static TUSK_LANE M Not(M a) { return Mask(~a.v); }
  static TUSK_LANE bool Any(M m) { return m.v != 0; }
  static TUSK_LANE I BitsOf(F x) { return {_mm512_castps_si512(x.v)}; }
  static TUSK_LANE F FromBits(I x) { return {_mm512_castsi512_ps(x.v)}; }
  static TUSK_LANE I Truncated(F x) { return {_mm512_cvttps_epi32(x.v)}; }
  static TUSK_LANE F ToFloat(I x) { return {_mm512_cvtepi32_ps(x.v)}; }
  static TUSK_LANE F Round(F x) {
    const __m512 sign = _mm512_and_ps(x.v, _mm512_set1_ps(-0.0F));
    const __m512 nudged = _mm512_add_ps(x.v, _mm512_or_ps(sign, _mm512_castsi512_ps(_mm512_set1_epi32(0x3EFFFFFF))));
    return {_mm512_roundscale_ps(nudged, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
  }
  static TUSK_LANE F RoundSmall(F x) { return {_mm512_roundscale_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
  static TUSK_LANE I HalfBits(F x) { return {_mm512_cvtepu16_epi32(_mm512_cvtps_ph(x.v, _MM_FROUND_TO_NEAREST_INT))}; }
  static TUSK_LANE float HalfValue(uint16_t half) { return _cvtsh_ss(half); }
  static TUSK_LANE F HalfToFloat(I bits) { return {_mm512_cvtph_ps(_mm512_cvtepi32_epi16(bits.v))}; }

  // Cells of width 8 around its multiples have at most one middle in them: by the cell, that middle and its neighbours. The number of a
  // cell, -15 .. 15, is looked up by its low five bits.
  static TUSK_LANE __m512i CellOf(__m512 x) {
    const __m512 inside = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(123)), _mm512_set1_ps(-123));
    return _mm512_cvtps_epi32(_mm512_mul_ps(inside, _mm512_set1_ps(0.125F)));
  }
  static TUSK_LANE __mmask16 NotBelow(__m512 x, __m512i cell) {
    const __m512 middles = _mm512_permutex2var_ps(
        _mm512_setr_ps(7, 7, 19, 31.5F, 31.5F, 45.5F, 45.5F, 61, 61, 79, 79, 101, 101, 101, 101, 101), cell,
        _mm512_setr_ps(-115.5F, -115.5F, -115.5F, -93.5F, -93.5F, -74, -74, -74, -57, -57, -42, -42, -28.5F, -16, -16, -4.5F));
    return _mm512_cmp_ps_mask(x, middles, _CMP_NLT_UQ);
  }
  static TUSK_LANE F NearestIq4(F x) {
    const __m512i cell = CellOf(x.v);
    const __m512 below =
        _mm512_permutex2var_ps(_mm512_setr_ps(1, 1, 13, 25, 25, 38, 38, 53, 53, 69, 69, 89, 89, 89, 89, 89), cell,
                               _mm512_setr_ps(-127, -127, -127, -104, -104, -83, -83, -83, -65, -65, -49, -49, -35, -22, -22, -10));
    const __m512 above =
        _mm512_permutex2var_ps(_mm512_setr_ps(13, 13, 25, 38, 38, 53, 53, 69, 69, 89, 89, 113, 113, 113, 113, 113), cell,
                               _mm512_setr_ps(-104, -104, -104, -83, -83, -65, -65, -65, -49, -49, -35, -35, -22, -10, -10, 1));
    return {_mm512_mask_blend_ps(NotBelow(x.v, cell), below, above)};
  }
  static TUSK_LANE I NearestIq4Index(F x) {
    const __m512i cell = CellOf(x.v);
    const __m512i below = _mm512_permutex2var_epi32(_mm512_setr_epi32(8, 8, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 14, 14, 14), cell,
                                                    _mm512_setr_epi32(0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7));
    return Count({below}, {NotBelow(x.v, cell)});
  }

  static TUSK_LANE void LoadFrom(const float* const* blocks, int count, F* x) {
    for (int i = 0; i < count; i += 16) {
      __m512 r[16], t[16];
      for (int k = 0; k < 16; ++k) r[k] = _mm512_loadu_ps(blocks[k] + i);
      for (int k = 0; k < 16; k += 2) {
        t[k] = _mm512_unpacklo_ps(r[k], r[k + 1]);
        t[k + 1] = _mm512_unpackhi_ps(r[k], r[k + 1]);
      }
      for (int k = 0; k < 16; k += 4) {
        r[k] = _mm512_shuffle_ps(t[k], t[k + 2], 0x44);
        r[k + 1] = _mm512_shuffle_ps(t[k], t[k + 2], 0xEE);
        r[k + 2] = _mm512_shuffle_ps(t[k + 1], t[k + 3], 0x44);
        r[k + 3] = _mm512_shuffle_ps(t[k + 1], t[k + 3], 0xEE);
      }
      // r[4g + c]: column 4q + c of blocks 4g .. 4g+3 in quarter q.
      for (int c = 0; c < 4; ++c) {
        const __m512 a = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88), b = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
        const __m512 d = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xDD), e = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xDD);
        x[i + c].v = _mm512_shuffle_f32x4(a, b, 0x88);
        x[i + 8 + c].v = _mm512_shuffle_f32x4(a, b, 0xDD);
        x[i + 4 + c].v = _mm512_shuffle_f32x4(d, e, 0x88);
        x[i + 12 + c].v = _mm512_shuffle_f32x4(d, e, 0xDD);
      }
    }
  }

  static TUSK_LANE __m128i SixteenBytes(const uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
  static TUSK_LANE I LoadBytes(const uint8_t* at) { return {_mm512_cvtepu8_epi32(SixteenBytes(at))}; }
  static TUSK_LANE I LoadSignedBytes(const uint8_t* at) { return {_mm512_cvtepi8_epi32(SixteenBytes(at))}; }
  static TUSK_LANE F Lookup(const float (&table)[16], I index) { return {_mm512_permutexvar_ps(index.v, _mm512_loadu_ps(table))}; }
  static TUSK_LANE void Store(float* out, F x) { _mm512_storeu_ps(out, x.v); }
  static TUSK_LANE F LoadFloats(const float* at) { return {_mm512_loadu_ps(at)}; }
  // The low 16 bits of each, one behind the other.
  static TUSK_LANE void StoreWords(uint8_t* out, I value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi32_epi16(value.v));
  }
  static TUSK_LANE void StoreHalves(const uint8_t* in, float* out) {
    _mm512_storeu_ps(out, _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in))));
  }

  template <typename T>
  static TUSK_LANE void Put(uint8_t* out, int stride, int offset, I value) {
    alignas(64) uint32_t lanes[16];
    _mm512_store_si512(lanes, value.v);
    for (int k = 0; k < 16; ++k) {
      const T one = static_cast<T>(lanes[k]);
      __builtin_memcpy(out + k * stride + offset, &one, sizeof(T));
    }
  }
  static TUSK_LANE void Put8(uint8_t* out, int stride, int offset, I value) { Put<uint8_t>(out, stride, offset, value); }
  static TUSK_LANE void Put16(uint8_t* out, int stride, int offset, I value) { Put<uint16_t>(out, stride, offset, value); }
  static TUSK_LANE void Put32(uint8_t* out, int stride, int offset, I value) { Put<uint32_t>(out, stride, offset, value); }
};

#define TUSK_AVX512_FLOAT(op, call) \
  TUSK_LANE Avx512Lane::F operator op(Avx512Lane::F a, Avx512Lane::F b) { return {call(a.v, b.v)}; }
TUSK_AVX512_FLOAT(+, _mm512_add_ps)
TUSK_AVX512_FLOAT(-, _mm512_sub_ps)
TUSK_AVX512_FLOAT(*, _mm512_mul_ps)
TUSK_AVX512_FLOAT(/, _mm512_div_ps)
#undef TUSK_AVX512_FLOAT
TUSK_LANE Avx512Lane::M operator<(Avx512Lane::F a, Avx512Lane::F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
TUSK_LANE Avx512Lane::M operator>(Avx512Lane::F a, Avx512Lane::F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
TUSK_LANE Avx512Lane::M operator==(Avx512Lane::F a, Avx512Lane::F b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
TUSK_LANE Avx512Lane::I operator+(Avx512Lane::I a, Avx512Lane::I b) { return {_mm512_add_epi32(a.v, b.v)}; }
TUSK_LANE Avx512Lane::I operator-(Avx512Lane::I a, Avx512Lane::I b) { return {_mm512_sub_epi32(a.v, b.v)}; }
TUSK_LANE Avx512Lane::I operator&(Avx512Lane::I a, Avx512Lane::I b) { return {_mm512_and_si512(a.v, b.v)}; }
TUSK_LANE Avx512Lane::I operator|(Avx512Lane::I a, Avx512Lane::I b) { return {_mm512_or_si512(a.v, b.v)}; }
TUSK_LANE Avx512Lane::I operator<<(Avx512Lane::I a, int bits) { return {_mm512_slli_epi32(a.v, static_cast<unsigned>(bits))}; }
TUSK_LANE Avx512Lane::I operator>>(Avx512Lane::I a, int bits) { return {_mm512_srai_epi32(a.v, static_cast<unsigned>(bits))}; }

}  // namespace tusk::quant
