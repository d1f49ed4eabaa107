// The lane of width one: plain floats. On a CPU it is the reference, in a CUDA thread it is the GPU's codec. Its members are what
// every lane type offers:
//   F, I, M      floats, 32-bit integers, truth values of kWidth blocks; + - * / and < > == on F, + - & | << >> (arithmetic) on I
//   Min, Max     a < b ? a : b and a > b ? a : b, which says what NaN does
//   Truncated    to an integer as x86 does: INT_MIN for what does not fit, NaN too
//   Load         column i of kWidth blocks, one behind the other at distance `stride`, becomes x[i]
//   Put32...     one little-endian value for each block, at `offset` of blocks that are `stride` bytes apart
#pragma once

#include <cmath>
#include <cstdint>

#include "base/core/half.h"
#include "base/core/host_device.h"

#if defined(__CUDACC__)
#define TUSK_LANE __host__ __device__ __forceinline__
#else
#define TUSK_LANE __attribute__((always_inline)) inline
#endif

namespace tusk::quant {

struct ScalarLane {
  static constexpr int kWidth = 1;
  using F = float;
  using I = int32_t;
  using M = bool;
  using Eight = ScalarLane;  // of at most eight

  static TUSK_LANE F Set(float value) { return value; }
  static TUSK_LANE I SetI(int32_t value) { return value; }
  static TUSK_LANE F Neg(F x) { return FromBits(BitsOf(x) ^ INT32_MIN); }
  static TUSK_LANE F Abs(F x) { return FromBits(BitsOf(x) & INT32_MAX); }
  static TUSK_LANE F Sqrt(F x) { return sqrtf(x); }
  static TUSK_LANE F Min(F a, F b) { return a < b ? a : b; }
  static TUSK_LANE F Max(F a, F b) { return a > b ? a : b; }
  static TUSK_LANE I MinI(I a, I b) { return a < b ? a : b; }
  static TUSK_LANE I MaxI(I a, I b) { return a > b ? a : b; }
  static TUSK_LANE M EqualI(I a, I b) { return a == b; }
  static TUSK_LANE M LessI(I a, I b) { return a < b; }
  static TUSK_LANE I Count(I count, M which) { return count + (which ? 1 : 0); }
  static TUSK_LANE F Select(M which, F yes, F no) { return which ? yes : no; }
  static TUSK_LANE I SelectI(M which, I yes, I no) { return which ? yes : no; }
  static TUSK_LANE M And(M a, M b) { return a && b; }
  static TUSK_LANE M Or(M a, M b) { return a || b; }
  static TUSK_LANE M Not(M a) { return !a; }
  static TUSK_LANE bool Any(M m) { return m; }
  static TUSK_LANE I BitsOf(F x) {
#ifdef __CUDA_ARCH__
    return __float_as_int(x);
#else
    return __builtin_bit_cast(int32_t, x);
#endif
  }
  static TUSK_LANE F FromBits(I x) {
#ifdef __CUDA_ARCH__
    return __int_as_float(x);
#else
    return __builtin_bit_cast(float, x);
#endif
  }
  static TUSK_LANE I Truncated(F x) { return x > -2147483904.0F && x < 2147483648.0F ? static_cast<int32_t>(x) : INT32_MIN; }
  static TUSK_LANE F ToFloat(I x) { return static_cast<float>(x); }
  // Away from zero in the middle; as roundf.
  static TUSK_LANE F Round(F x) {
    const F nudged = x + FromBits((BitsOf(x) & INT32_MIN) | 0x3EFFFFFF);
    return truncf(nudged);
  }
  // To nearest even, for |x| < 2^22.
  static TUSK_LANE F RoundSmall(F x) { return (x + 12582912.0F) - 12582912.0F; }
  static TUSK_LANE I HalfBits(F x) { return HalfOf(x); }
  // A NaN comes out quiet, as from x86's conversion.
  static TUSK_LANE float HalfValue(uint16_t half) {
    const float value = FloatOfHalf(half);
    return value != value ? FromBits(BitsOf(value) | 0x00400000) : value;
  }
  static TUSK_LANE F HalfToFloat(I bits) { return FloatOfHalf(static_cast<uint16_t>(bits)); }

  // The place in IQ4's codebook of the value nearest to x: the upper one in the middle, the last one for NaN.
  static TUSK_LANE I NearestIq4Index(F x) {
    constexpr float kMiddles[15] = {-115.5F, -93.5F, -74, -57, -42, -28.5F, -16, -4.5F, 7, 19, 31.5F, 45.5F, 61, 79, 101};
    int index = x < kMiddles[7] ? 0 : 8;
    index += x < kMiddles[index + 3] ? 0 : 4;
    index += x < kMiddles[index + 1] ? 0 : 2;
    return index + (x < kMiddles[index] ? 0 : 1);
  }
  static TUSK_LANE F NearestIq4(F x) {
    constexpr int8_t kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    return static_cast<float>(kValues[NearestIq4Index(x)]);
  }

  static TUSK_LANE void Load(const float* blocks, int64_t, int count, F* x) {
    for (int i = 0; i < count; ++i) x[i] = blocks[i];
  }
  // As Load, of blocks that start anywhere.
  static TUSK_LANE void LoadFrom(const float* const* blocks, int count, F* x) { Load(blocks[0], 0, count, x); }

  static TUSK_LANE I LoadBytes(const uint8_t* at) { return *at; }
  static TUSK_LANE I LoadSignedBytes(const uint8_t* at) { return static_cast<int8_t>(*at); }
  static TUSK_LANE F Lookup(const float (&table)[16], I index) { return table[index]; }
  static TUSK_LANE void Store(float* out, F x) { *out = x; }
  static TUSK_LANE F LoadFloats(const float* at) { return *at; }
  // The low 16 bits of each, one behind the other.
  static TUSK_LANE void StoreWords(uint8_t* out, I value) {
    Put16(out, 2, 0, value);
  }
  static TUSK_LANE void StoreHalves(const uint8_t* in, float* out) { *out = HalfValue(static_cast<uint16_t>(in[0] | in[1] << 8)); }

  static TUSK_LANE void Put8(uint8_t* out, int, int offset, I value) { out[offset] = static_cast<uint8_t>(value); }
  static TUSK_LANE void Put16(uint8_t* out, int stride, int offset, I value) {
    Put8(out, stride, offset, value);
    Put8(out, stride, offset + 1, value >> 8);
  }
  static TUSK_LANE void Put32(uint8_t* out, int stride, int offset, I value) {
    Put16(out, stride, offset, value);
    Put16(out, stride, offset + 2, value >> 16);
  }
};

}  // namespace tusk::quant
