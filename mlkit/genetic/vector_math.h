// Doubles in bulk: random words, logarithm and exponential without calls, tables or fused operations, so that loops over
// them become vector code. Multiply-adds are fused explicitly, also (by the C library) where the machine has none: every
// machine gives the same bits. Relative errors are below 1e-13.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

// One body for machines with AVX-512, with AVX2 and fused multiply-add, and for others.
// Not with ThreadSanitizer: the loader chooses between clones before the sanitizer is there.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(TUSK_NO_VECTOR_CLONES)
#define TUSK_NO_VECTOR_CLONES
#endif
#endif
#if defined(TUSK_NO_VECTOR_CLONES)
#define TUSK_VECTOR_CLONES
#else
#define TUSK_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#define TUSK_INLINE inline __attribute__((always_inline))

namespace tusk::ml {

TUSK_INLINE double Fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

// Words 0, 1, … of the stream (random.h's generator; two 64-bit words a block).
void RandomWords(uint64_t seed, uint64_t stream, std::span<uint64_t> words);

// [0, 1) of the upper 52 bits; the lower 12 are free for coin tosses.
TUSK_INLINE double UnitOf(uint64_t word) { return std::bit_cast<double>(word >> 12 | 0x3FF0000000000000) - 1.0; }

// The natural logarithm of a positive normal number.
TUSK_INLINE double FastLog(double x) {
  constexpr uint64_t kRootHalf = 0x3FE6A09E667F3BCD;  // sqrt(1/2): the mantissa ends up between it and its double
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const uint64_t shifted = bits - kRootHalf + 0x3FF0000000000000;
  // Adding 2^52 turns a small integer into a double.
  const double exponent = std::bit_cast<double>(shifted >> 52 | 0x4330000000000000) - (4503599627370496.0 + 1023.0);
  const double m = std::bit_cast<double>((shifted & 0xFFFFFFFFFFFFF) + kRootHalf);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 1.0 / 19;
  p = Fma(p, z, 1.0 / 17);
  p = Fma(p, z, 1.0 / 15);
  p = Fma(p, z, 1.0 / 13);
  p = Fma(p, z, 1.0 / 11);
  p = Fma(p, z, 1.0 / 9);
  p = Fma(p, z, 1.0 / 7);
  p = Fma(p, z, 1.0 / 5);
  p = Fma(p, z, 1.0 / 3);
  return exponent * 0.6931471805599453 + (2.0 * s + 2.0 * s * z * p);
}

// e^x for -700 < x < 700.
TUSK_INLINE double FastExp(double x) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  const double rounded = Fma(x, 1.4426950408889634, kRound);
  const double n = rounded - kRound;
  const double r = Fma(n, -1.9082149292705877e-10, Fma(n, -0.6931471803691238, x));
  double p = 1.0 / 479001600;
  p = Fma(p, r, 1.0 / 39916800);
  p = Fma(p, r, 1.0 / 3628800);
  p = Fma(p, r, 1.0 / 362880);
  p = Fma(p, r, 1.0 / 40320);
  p = Fma(p, r, 1.0 / 5040);
  p = Fma(p, r, 1.0 / 720);
  p = Fma(p, r, 1.0 / 120);
  p = Fma(p, r, 1.0 / 24);
  p = Fma(p, r, 1.0 / 6);
  p = Fma(p, r, 0.5);
  p = Fma(p, r, 1.0);
  p = Fma(p, r, 1.0);
  return std::bit_cast<double>(std::bit_cast<uint64_t>(p) + (std::bit_cast<uint64_t>(rounded) << 52));
}

// x^power for 2^-52 <= x <= 2^52 and -1 <= power <= 1, to 1e-6: for the spread of random steps, at half the price.
TUSK_INLINE double CoarsePow(double x, double power) {
  constexpr uint64_t kRootHalf = 0x3FE6A09E667F3BCD;
  constexpr double kRound = 6755399441055744.0;
  const uint64_t shifted = std::bit_cast<uint64_t>(x) - kRootHalf + 0x3FF0000000000000;
  const double exponent = std::bit_cast<double>(shifted >> 52 | 0x4330000000000000) - (4503599627370496.0 + 1023.0);
  const double m = std::bit_cast<double>((shifted & 0xFFFFFFFFFFFFF) + kRootHalf);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 2.0 / 7;  // atanh, times two
  p = Fma(p, z, 2.0 / 5);
  p = Fma(p, z, 2.0 / 3);
  p = Fma(p, z, 2.0);
  const double y = power * Fma(exponent, 0.6931471805599453, s * p);
  const double rounded = Fma(y, 1.4426950408889634, kRound);
  const double r = Fma(rounded - kRound, -0.6931471805599453, y);
  double e = 1.0 / 720;
  e = Fma(e, r, 1.0 / 120);
  e = Fma(e, r, 1.0 / 24);
  e = Fma(e, r, 1.0 / 6);
  e = Fma(e, r, 0.5);
  e = Fma(e, r, 1.0);
  e = Fma(e, r, 1.0);
  return std::bit_cast<double>(std::bit_cast<uint64_t>(e) + (std::bit_cast<uint64_t>(rounded) << 52));
}

// x^power for x > 0.
TUSK_INLINE double FastPow(double x, double power) { return FastExp(power * FastLog(x)); }

}  // namespace tusk::ml
