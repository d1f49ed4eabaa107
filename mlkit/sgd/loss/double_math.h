// exp, log1p and their like in double, of additions and multiplications only: the C library's differ between machines with and
// without fused multiply-adds. Errors are below 2e-15 relative.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace tusk::ml {

// exp(x) for x <= 0; 0 below -708.
inline double ExpOfNegative(double x) {
  if (!(x >= -708.0)) return x < 0 ? 0.0 : x;  // NaN stays
  const double magic = 6755399441055744.0;     // 1.5 * 2^52
  const double n = (x * 1.4426950408889634 + magic) - magic;
  const double r = (x - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6;
  // Cephes' rational approximation on [-ln2 / 2, ln2 / 2].
  const double rr = r * r;
  const double p = r * ((1.26177193074810590878e-4 * rr + 3.02994407707441961300e-2) * rr + 9.99999999999999999910e-1);
  const double q = ((3.00198505138664455042e-6 * rr + 2.52448340349684104192e-3) * rr + 2.27265548208155028766e-1) * rr + 2.0;
  const double value = 1.0 + 2.0 * p / (q - p);
  return value * std::bit_cast<double>(static_cast<uint64_t>(static_cast<int64_t>(n) + 1023) << 52);
}

// log(1 + e) for 0 <= e <= 1, by Cephes' rational approximation on [sqrt(0.5), sqrt(2)].
inline double Log1pOfUnit(double e) {
  const bool upper = e > 0.41421356237309505;
  const double x = upper ? 0.5 * (e - 1.0) : e;  // (1 + e) / 2 - 1
  const double z = x * x;
  const double p = (((((4.5270000862445199635215e-5 * x + 4.9854102823193375972212e-1) * x + 6.5787325942061044846969e0) * x +
                      2.9911919328553073277375e1) * x + 6.0949667980987787057556e1) * x + 5.7112963590585538103336e1) * x +
                   2.0039553499201281259648e1;
  const double q = (((((x + 1.5062909083469192043167e1) * x + 8.3047565967967209469434e1) * x + 2.2176239823732856465394e2) * x +
                     3.0909872225312059774938e2) * x + 2.1642788614495947685003e2) * x + 6.0118660497603843919306e1;
  const double tail = x * (z * p / q);
  return (x + (tail - 0.5 * z)) + (upper ? 0.69314718055994530942 : 0.0);
}

// log(1 + exp(x))
inline double Softplus(double x) { return (x > 0 ? x : 0.0) + Log1pOfUnit(ExpOfNegative(x > 0 ? -x : x)); }

inline double SigmoidOf(double x) {
  const double e = ExpOfNegative(x > 0 ? -x : x);
  return x < 0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}

}  // namespace tusk::ml
