// exp, log, tanh and sigmoid as polynomials over a vector type: one definition for all sets of instructions and for the GPU, where
// V is ScalarVector.
#pragma once

#include "mlkit/device/cpu/vector_internal.h"

namespace tusk::ml {
namespace {

template <typename V>
TUSK_HOST_DEVICE typename V::Floats ExpOf(typename V::Floats x) {
  const auto magic = V::Set(12582912.0F);  // 1.5 * 2^23: adding it rounds to the nearest integer
  const auto low = V::Set(-87.33F), high = V::Set(88.72F);
  auto clamped = V::Select(V::Less(x, low), low, x);
  clamped = V::Select(V::Less(high, clamped), high, clamped);
  const auto n = V::Sub(V::Fma(clamped, V::Set(1.44269504088896341F), magic), magic);
  auto r = V::Fma(n, V::Set(-0.693359375F), clamped);
  r = V::Fma(n, V::Set(2.12194440e-4F), r);
  auto p = V::Set(1.9875691500e-4F);
  p = V::Fma(p, r, V::Set(1.3981999507e-3F));
  p = V::Fma(p, r, V::Set(8.3334519073e-3F));
  p = V::Fma(p, r, V::Set(4.1665795894e-2F));
  p = V::Fma(p, r, V::Set(1.6666665459e-1F));
  p = V::Fma(p, r, V::Set(5.0000001201e-1F));
  p = V::Add(V::Fma(p, V::Mul(r, r), r), V::Set(1.0F));
  // 2^n in two halves, for n may be 128.
  const auto integer = V::ToInteger(n);
  const auto half = V::ToInteger(V::Sub(V::Fma(n, V::Set(0.5F), magic), magic));
  const auto rest = V::AddInteger(integer, V::ToInteger(V::Sub(V::Set(0.0F), V::ToFloat(half))));
  const auto bias = V::SetInteger(127);
  p = V::Mul(p, V::FromBits(V::ShiftLeft23(V::AddInteger(half, bias))));
  p = V::Mul(p, V::FromBits(V::ShiftLeft23(V::AddInteger(rest, bias))));
  p = V::Select(V::Less(x, low), V::Set(0.0F), p);
  return V::Select(V::Less(high, x), V::Set(__builtin_inff()), p);
}

template <typename V>
TUSK_HOST_DEVICE typename V::Floats LogOf(typename V::Floats x) {
  const auto tiny = V::Less(x, V::Set(1.17549435e-38F));
  const auto scaled = V::Select(tiny, V::Mul(x, V::Set(8388608.0F)), x);
  const auto bits = V::Bits(scaled);
  auto exponent = V::ToFloat(V::AddInteger(V::ShiftRight23(bits), V::SetInteger(-126)));
  exponent = V::Select(tiny, V::Sub(exponent, V::Set(23.0F)), exponent);
  // Mantissa in [0.5, 1), moved to [sqrt(0.5), sqrt(2)).
  auto m = V::FromBits(V::Or(V::And(bits, V::SetInteger(0x007FFFFF)), V::SetInteger(0x3F000000)));
  const auto small = V::Less(m, V::Set(0.707106781186547524F));
  exponent = V::Select(small, V::Sub(exponent, V::Set(1.0F)), exponent);
  m = V::Sub(V::Select(small, V::Add(m, m), m), V::Set(1.0F));
  const auto z = V::Mul(m, m);
  auto p = V::Set(7.0376836292e-2F);
  p = V::Fma(p, m, V::Set(-1.1514610310e-1F));
  p = V::Fma(p, m, V::Set(1.1676998740e-1F));
  p = V::Fma(p, m, V::Set(-1.2420140846e-1F));
  p = V::Fma(p, m, V::Set(1.4249322787e-1F));
  p = V::Fma(p, m, V::Set(-1.6668057665e-1F));
  p = V::Fma(p, m, V::Set(2.0000714765e-1F));
  p = V::Fma(p, m, V::Set(-2.4999993993e-1F));
  p = V::Fma(p, m, V::Set(3.3333331174e-1F));
  auto y = V::Mul(V::Mul(p, m), z);
  y = V::Fma(exponent, V::Set(-2.12194440e-4F), y);
  y = V::Fma(z, V::Set(-0.5F), y);
  y = V::Fma(exponent, V::Set(0.693359375F), V::Add(m, y));
  y = V::Select(V::Less(V::Set(3.4028234e38F), x), x, y);                        // infinity
  y = V::Select(V::Less(x, V::Set(1e-45F)), V::Set(-__builtin_inff()), y);       // zero
  return V::Select(V::Less(x, V::Set(0.0F)), V::Set(__builtin_nanf("")), y);
}

template <typename V>
TUSK_HOST_DEVICE typename V::Floats AbsOf(typename V::Floats x) {
  return V::FromBits(V::And(V::Bits(x), V::SetInteger(0x7FFFFFFF)));
}

template <typename V>
TUSK_HOST_DEVICE typename V::Floats SigmoidOf(typename V::Floats x) {
  const auto one = V::Set(1.0F);
  const auto e = ExpOf<V>(V::Sub(V::Set(0.0F), AbsOf<V>(x)));
  const auto positive = V::Div(one, V::Add(one, e));
  return V::Select(V::Less(x, V::Set(0.0F)), V::Mul(e, positive), positive);
}

template <typename V>
TUSK_HOST_DEVICE typename V::Floats TanhOf(typename V::Floats x) {
  const auto magnitude = AbsOf<V>(x);
  const auto sign = V::And(V::Bits(x), V::SetInteger(INT32_MIN));
  const auto z = V::Mul(x, x);
  auto p = V::Set(-5.70498872745e-3F);
  p = V::Fma(p, z, V::Set(2.06390887954e-2F));
  p = V::Fma(p, z, V::Set(-5.37397155531e-2F));
  p = V::Fma(p, z, V::Set(1.33314422036e-1F));
  p = V::Fma(p, z, V::Set(-3.33332819422e-1F));
  const auto near = V::Fma(V::Mul(p, z), x, x);
  const auto one = V::Set(1.0F);
  const auto e = ExpOf<V>(V::Mul(magnitude, V::Set(-2.0F)));
  const auto far = V::Div(V::Sub(one, e), V::Add(one, e));
  return V::Select(V::Less(magnitude, V::Set(0.625F)), near, V::FromBits(V::Or(V::Bits(far), sign)));
}

}  // namespace
}  // namespace tusk::ml
