// One float at a time, with the names that wider vectors have too; the bodies of kernels_body_internal.h are written over these.
// Everything is in an unnamed namespace: each kernels_*.cc compiles its own copy with its own instructions.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace tusk::ml {
namespace {

struct ScalarVector {
  using Element = float;
  using Vector = float;
  using Floats = float;
  using Integers = int32_t;
  using Mask = bool;
  static constexpr size_t kWidth = 1;
  static Floats Load(const float* p) { return *p; }
  static void Store(float* p, Floats v) { *p = v; }
  static Floats Set(float v) { return v; }
  static Floats Add(Floats a, Floats b) { return a + b; }
  static Floats Sub(Floats a, Floats b) { return a - b; }
  static Floats Mul(Floats a, Floats b) { return a * b; }
  static Floats Div(Floats a, Floats b) { return a / b; }
  static Floats Fma(Floats a, Floats b, Floats c) { return __builtin_fmaf(a, b, c); }
  static Floats Max(Floats a, Floats b) { return a > b ? a : b; }
  static Mask Less(Floats a, Floats b) { return a < b; }
  static Floats Select(Mask mask, Floats yes, Floats no) { return mask ? yes : no; }
  static Integers Bits(Floats v) { return std::bit_cast<int32_t>(v); }
  static Floats FromBits(Integers v) { return std::bit_cast<float>(v); }
  static Integers SetInteger(int32_t v) { return v; }
  static Integers AddInteger(Integers a, Integers b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
  static Integers And(Integers a, Integers b) { return a & b; }
  static Integers Or(Integers a, Integers b) { return a | b; }
  static Integers ShiftLeft23(Integers v) { return static_cast<int32_t>(static_cast<uint32_t>(v) << 23); }
  static Integers ShiftRight23(Integers v) { return static_cast<int32_t>(static_cast<uint32_t>(v) >> 23); }
  static Integers ToInteger(Floats v) { return v >= -2147483648.0F && v < 2147483648.0F ? static_cast<int32_t>(v) : INT32_MIN; }
  static Floats ToFloat(Integers v) { return static_cast<float>(v); }
};

// What the matrix product needs, in double.
struct ScalarDouble {
  using Element = double;
  using Vector = double;
  static constexpr size_t kWidth = 1;
  static Vector Load(const double* p) { return *p; }
  static void Store(double* p, Vector v) { *p = v; }
  static Vector Set(double v) { return v; }
  static Vector Fma(Vector a, Vector b, Vector c) { return __builtin_fma(a, b, c); }
};

}  // namespace
}  // namespace tusk::ml
