// Kernels of the CPU: float32 arithmetic with one definition of every result's bits (docs/design/0003-mlkit.md), so that
// scalar, AVX2 and AVX-512 code agree. The fastest code that the machine has is chosen at run time. Single-threaded:
// callers spread work over a ThreadPool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tusk::ml {

enum class Instructions : uint8_t { kScalar, kAvx2, kAvx512 };
std::string_view NameOf(Instructions instructions);
bool Supports(Instructions instructions);

enum class Transpose : uint8_t { kNo, kYes };

inline constexpr size_t kSegmentRowsMax = 2048;  // of all segments of gemm_segments

// The functions for one set of instructions. Pointers may be unaligned; outputs do not overlap inputs unless they are equal
// pointers in the elementwise functions.
struct Kernels {
  // 16 lanes: element i is fused into lane i mod 16; lanes fold as 8+8, 4+4, 2+2, 1+1.
  float (*dot)(const float* a, const float* b, size_t count);
  // y[i] = fma(a, x[i], y[i])
  void (*axpy)(float a, const float* x, float* y, size_t count);
  void (*add)(const float* x, float* y, size_t count);    // y += x
  void (*scale)(float a, float* y, size_t count);
  // One chain of fused multiply-adds in the order of the entries, begun with `start`.
  float (*sparse_dot)(float start, const uint32_t* columns, const float* values, size_t count, const float* weights);
  void (*sparse_axpy)(float a, const uint32_t* columns, const float* values, size_t count, float* weights);
  // Own polynomials; relative error below 3e-7 where the result is a normal number. exp gives 0 below -87.33 and
  // infinity above 88.72.
  void (*exp)(const float* x, float* y, size_t count);
  void (*log)(const float* x, float* y, size_t count);
  void (*tanh)(const float* x, float* y, size_t count);
  void (*sigmoid)(const float* x, float* y, size_t count);
  // Each row of `scores` [rows][columns] becomes its softmax, in place; log_sums[r] (if not null) = log of the sum of
  // exponentials, the row's maximum included.
  void (*softmax)(float* scores, size_t rows, size_t columns, float* log_sums);
  // C [m][n] (row stride ldc) = A * B, or += with `accumulate`. Element (i, j) is one chain of fused multiply-adds over k in
  // order, begun with 0 or the old C. A is [m][k] (row stride lda), or [k][m] where transposed; B is [k][n], or [n][k].
  void (*gemm)(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const float* a, size_t lda,
               const float* b, size_t ldb, float* c, size_t ldc, bool accumulate);
  // C [m][n] = the sum over segments s of A_s^T * B_s, where A_s, B_s are rows [starts[s], starts[s + 1]) of A [k][m] and B [k][n]:
  // one chain of fused multiply-adds a segment, and the fixed tree of collectives/shard_sum.h over segments. Without segments: 0.
  void (*gemm_segments)(size_t m, size_t n, const size_t* starts, size_t segments, const float* a, size_t lda, const float* b,
                        size_t ldb, float* c, size_t ldc);
  void (*gemm_double)(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const double* a, size_t lda,
                      const double* b, size_t ldb, double* c, size_t ldc, bool accumulate);
};

// The best that this machine has.
const Kernels& Cpu();
// Of one set of instructions that the machine Supports: for tests and benchmarks.
const Kernels& KernelsOf(Instructions instructions);

}  // namespace tusk::ml
