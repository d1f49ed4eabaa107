// int8 and fp8 codes as templates over a lane type that takes neighbours of one row, which share a scale: one float for any machine
// and for CUDA threads (RunLane), eight for AVX2 (quant/cpu). Only operations that IEEE rounds once, so all lanes give the same bits. Compiled without contraction.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define TUSK_RUN_LANE __host__ __device__ inline
#else
#define TUSK_RUN_LANE inline
#endif

namespace tusk::quant {
namespace {  // compiled for several sets of instructions: nothing here may be shared by a linker

struct RunLane {
  using Floats = float;
  using Integers = int32_t;
  static constexpr int kWidth = 1;
  static TUSK_RUN_LANE Floats Load(const float* from) { return *from; }
  static TUSK_RUN_LANE void Store(Floats x, float* to) { *to = x; }
  static TUSK_RUN_LANE Floats Set(float x) { return x; }
  static TUSK_RUN_LANE Integers Set(int32_t x) { return x; }
  static TUSK_RUN_LANE Floats Add(Floats a, Floats b) { return a + b; }
  static TUSK_RUN_LANE Floats Multiply(Floats a, Floats b) { return a * b; }
  static TUSK_RUN_LANE Floats Divide(Floats a, Floats b) { return a / b; }
  static TUSK_RUN_LANE Floats Min(Floats a, Floats b) { return a < b ? a : b; }   // b where one is NaN
  static TUSK_RUN_LANE Floats Max(Floats a, Floats b) { return a > b ? a : b; }
  static TUSK_RUN_LANE Integers Bits(Floats x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
  }
  static TUSK_RUN_LANE Floats FromBits(Integers bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
  }
  static TUSK_RUN_LANE Integers Nearest(Floats x) { return static_cast<int32_t>(rintf(x)); }   // ties to even
  static TUSK_RUN_LANE Floats FromInteger(Integers x) { return static_cast<float>(x); }
  static TUSK_RUN_LANE Integers Plus(Integers a, Integers b) { return a + b; }
  static TUSK_RUN_LANE Integers Minus(Integers a, Integers b) { return a - b; }
  static TUSK_RUN_LANE Integers And(Integers a, Integers b) { return a & b; }
  static TUSK_RUN_LANE Integers Or(Integers a, Integers b) { return a | b; }
  template <int kBits>
  static TUSK_RUN_LANE Integers Right(Integers x) { return static_cast<int32_t>(static_cast<uint32_t>(x) >> kBits); }
  template <int kBits>
  static TUSK_RUN_LANE Integers Left(Integers x) { return static_cast<int32_t>(static_cast<uint32_t>(x) << kBits); }
  // then_value where a < b.
  static TUSK_RUN_LANE Integers WhereLess(Integers a, Integers b, Integers then_value, Integers else_value) { return a < b ? then_value : else_value; }
  static TUSK_RUN_LANE Integers Larger(Integers a, Integers b) { return a > b ? a : b; }
  static TUSK_RUN_LANE Integers Smaller(Integers a, Integers b) { return a < b ? a : b; }
  static TUSK_RUN_LANE void StoreBytes(Integers x, uint8_t* to) { *to = static_cast<uint8_t>(x); }
  static TUSK_RUN_LANE Integers LoadSigned(const uint8_t* from) { return static_cast<int8_t>(*from); }
  static TUSK_RUN_LANE Integers LoadUnsigned(const uint8_t* from) { return *from; }
};

struct Int8Codes {
  // low: -127 without zero points, -128 with.
  template <typename L>
  static TUSK_RUN_LANE typename L::Integers Encode(typename L::Floats x, float scale, int32_t zero_point, int32_t low) {
    const typename L::Floats steps = L::Divide(x, L::Set(scale));
    const typename L::Floats bounded = L::Max(L::Min(steps, L::Set(512.0F)), L::Set(-512.0F));
    const typename L::Integers code = L::Plus(L::Nearest(bounded), L::Set(zero_point));
    return L::Smaller(L::Larger(code, L::Set(low)), L::Set(int32_t{127}));
  }
  template <typename L>
  static TUSK_RUN_LANE typename L::Floats Decode(const uint8_t* codes, float scale, int32_t zero_point) {
    return L::Multiply(L::FromInteger(L::Minus(L::LoadSigned(codes), L::Set(zero_point))), L::Set(scale));
  }
};

// fp8 with kMantissa bits: 3 is e4m3 in its "fn" form (no infinity, NaN 0x7F, largest 448), 2 is e5m2 (largest 57344).
template <int kMantissa>
struct Fp8Codes {
  static constexpr int kShift = 23 - kMantissa;
  static constexpr int32_t kBias = kMantissa == 3 ? 7 : 15;
  static constexpr float kLargest = kMantissa == 3 ? 448.0F : 57344.0F;
  static constexpr int32_t kLeastNormal = (127 + 1 - kBias) << 23;                 // as a float's bits
  static constexpr float kLeast = kMantissa == 3 ? 0x1p-9F : 0x1p-16F;             // the step of subnormal numbers

  // To nearest, ties to even; beyond the range the largest.
  template <typename L>
  static TUSK_RUN_LANE typename L::Integers Encode(typename L::Floats x, float scale) {
    using Integers = typename L::Integers;
    const Integers bits = L::Bits(L::Divide(x, L::Set(scale)));
    const typename L::Floats magnitude = L::Min(L::FromBits(L::And(bits, L::Set(int32_t{0x7FFFFFFF}))), L::Set(kLargest));
    const Integers exact = L::Bits(magnitude);
    const Integers odd = L::And(L::template Right<kShift>(exact), L::Set(int32_t{1}));
    const Integers rounded = L::Plus(exact, L::Plus(L::Set(int32_t{(1 << (kShift - 1)) - 1}), odd));
    const Integers normal = L::Minus(L::template Right<kShift>(rounded), L::Set(int32_t{(127 - kBias) << kMantissa}));
    const Integers subnormal = L::Nearest(L::Multiply(magnitude, L::Set(1.0F / kLeast)));
    const Integers code = L::WhereLess(exact, L::Set(kLeastNormal), subnormal, normal);
    return L::Or(code, L::And(L::template Right<24>(bits), L::Set(int32_t{0x80})));
  }

  template <typename L>
  static TUSK_RUN_LANE typename L::Floats Decode(const uint8_t* codes, float scale) {
    using Integers = typename L::Integers;
    const Integers code = L::LoadUnsigned(codes), magnitude = L::And(code, L::Set(int32_t{0x7F}));
    const Integers normal = L::Plus(L::template Left<kShift>(magnitude), L::Set(int32_t{(127 - kBias) << 23}));
    const Integers subnormal = L::Bits(L::Multiply(L::FromInteger(magnitude), L::Set(kLeast)));
    Integers value = L::WhereLess(magnitude, L::Set(int32_t{1 << kMantissa}), subnormal, normal);
    if constexpr (kMantissa == 3) {
      value = L::WhereLess(L::Set(int32_t{0x7E}), magnitude, L::Set(int32_t{0x7FC00000}), value);
    } else {
      value = L::WhereLess(L::Set(int32_t{0x7B}), magnitude, L::Set(int32_t{0x7F800000}), value);
      value = L::WhereLess(L::Set(int32_t{0x7C}), magnitude, L::Set(int32_t{0x7FC00000}), value);
    }
    const Integers sign = L::template Left<24>(L::And(code, L::Set(int32_t{0x80})));
    return L::Multiply(L::FromBits(L::Or(value, sign)), L::Set(scale));
  }
};

}  // namespace
}  // namespace tusk::quant
