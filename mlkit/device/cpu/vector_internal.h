// One float at a time, with the names that wider vectors have too; the bodies of kernels_body_internal.h are written over these.
// Everything is in an unnamed namespace: each kernels_*.cc compiles its own copy with its own instructions.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/core/host_device.h"

namespace tusk::ml {
namespace {

struct ScalarVector {
  using Element = float;
  using Vector = float;
  using Floats = float;
  using Integers = int32_t;
  using Mask = bool;
  static constexpr size_t kWidth = 1;
  TUSK_HOST_DEVICE static Floats Load(const float* p) { return *p; }
  TUSK_HOST_DEVICE static void Store(float* p, Floats v) { *p = v; }
  TUSK_HOST_DEVICE static Floats Set(float v) { return v; }
  TUSK_HOST_DEVICE static Floats Add(Floats a, Floats b) { return a + b; }
  TUSK_HOST_DEVICE static Floats Sub(Floats a, Floats b) { return a - b; }
  TUSK_HOST_DEVICE static Floats Mul(Floats a, Floats b) { return a * b; }
  TUSK_HOST_DEVICE static Floats Div(Floats a, Floats b) { return a / b; }
  TUSK_HOST_DEVICE static Floats Fma(Floats a, Floats b, Floats c) { return __builtin_fmaf(a, b, c); }
  TUSK_HOST_DEVICE static Floats Max(Floats a, Floats b) { return a > b ? a : b; }
  TUSK_HOST_DEVICE static Mask Less(Floats a, Floats b) { return a < b; }
  TUSK_HOST_DEVICE static Floats Select(Mask mask, Floats yes, Floats no) { return mask ? yes : no; }
  TUSK_HOST_DEVICE static Integers Bits(Floats v) { return std::bit_cast<int32_t>(v); }
  TUSK_HOST_DEVICE static Floats FromBits(Integers v) { return std::bit_cast<float>(v); }
  TUSK_HOST_DEVICE static Integers SetInteger(int32_t v) { return v; }
  TUSK_HOST_DEVICE static Integers AddInteger(Integers a, Integers b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
  TUSK_HOST_DEVICE static Integers And(Integers a, Integers b) { return a & b; }
  TUSK_HOST_DEVICE static Integers Or(Integers a, Integers b) { return a | b; }
  TUSK_HOST_DEVICE static Integers ShiftLeft23(Integers v) { return static_cast<int32_t>(static_cast<uint32_t>(v) << 23); }
  TUSK_HOST_DEVICE static Integers ShiftRight23(Integers v) { return static_cast<int32_t>(static_cast<uint32_t>(v) >> 23); }
  TUSK_HOST_DEVICE static Integers ToInteger(Floats v) { return v >= -2147483648.0F && v < 2147483648.0F ? static_cast<int32_t>(v) : INT32_MIN; }
  TUSK_HOST_DEVICE static Floats ToFloat(Integers v) { return static_cast<float>(v); }
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
