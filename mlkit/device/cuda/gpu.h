// The GPU as the host calls it: memory of the device and kernels on it, queued one after the other. Plain C++: nvcc compiles the
// .cu files behind it, and the emulation (base/gpu) stands for them in tests. Results have the bits of the CPU's kernels
// (mlkit/device/cpu/kernels.h): the same functions are compiled for both, products are chains of fused multiply-adds over k.
// Pointers are device memory unless said otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/gpu/device.h"
#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml::cuda {

// --- device and memory: base/gpu
using gpu::Allocate;
using gpu::CopyIn;
using gpu::CopyOut;
using gpu::DeviceCount;
using gpu::DeviceName;
using gpu::Free;
using gpu::Milliseconds;
using gpu::TakeError;

// --- matrix products
enum class Scalar : uint8_t { kFloat, kHalf, kBfloat };

// C [m][n] (+)= A * B, row-major without gaps; A is [m][k] or transposed [k][m], B [k][n] or [n][k]. Elements of A and B are
// `inputs` (16-bit ones as uint16_t), C and the sums are float.
struct Product {
  Transpose transpose_a = Transpose::kNo, transpose_b = Transpose::kNo;
  size_t m = 0, n = 0, k = 0;
  const void* a = nullptr;
  const void* b = nullptr;
  float* c = nullptr;
  bool accumulate = false;
  Scalar inputs = Scalar::kFloat;
  // With segments: product s takes rows [starts[s], starts[s + 1]) of A (transposed) and B alone, and goes to c + s * c_stride.
  const size_t* starts = nullptr;
  size_t segments = 1, c_stride = 0;
};
void MatmulTiled(const Product& product);          // the example to read: one element a thread, 32x32 tiles in shared memory
void MatmulRegisterTiled(const Product& product);  // 8x8 elements a thread, two tiles of 128x128x8 in turn
bool MatmulCublas(const Product& product, std::string* why_not);  // false: no library, or segments; own order of sums

// --- elementwise
void Fill(float* to, size_t count, float value);
void RepeatRow(size_t rows, size_t n, const float* row, float* out);
enum class Function : uint8_t { kRelu, kGelu, kTanh, kSigmoid, kExp, kLog };
void Apply(Function function, size_t count, const float* x, float* y);
// d *= derivative (relu, gelu, tanh, sigmoid) at x, where y = f(x).
void ApplySlope(Function function, size_t count, const float* x, const float* y, float* d);
void Multiply(size_t count, const float* x, const float* factor, float* out);
void Scale(size_t count, float factor, float* x);
void ToScalar(Scalar kind, size_t count, const float* x, uint16_t* out);
void FromScalar(Scalar kind, size_t count, const uint16_t* x, float* out);

// --- sums. Lanes: rows [starts[i], starts[i + 1]).
// out[i * stride + c] = the sum of column c over lane i's rows, one after the other.
void LaneSums(size_t lanes, const size_t* starts, size_t n, const float* x, float* out, size_t stride);
// out = the sum over lanes of partials [lanes][count] in the fixed tree; partials are overwritten.
void FoldLanes(size_t lanes, size_t count, float* partials, float* out);
// One number: blocks of 4096 in one tree each, then the blocks in the fixed tree. `scratch` has ceil(count / 4096) floats.
void Sum(size_t count, const float* x, float* scratch, float* out);
void FindNotFinite(size_t count, const float* x, uint32_t* found);  // *found = 1 if any is; else unchanged

// --- losses: scores [rows][classes] become scale * weight * gradient; losses[row] = weight * loss. `weights` may be null.
void CrossEntropy(size_t rows, size_t classes, const float* labels, const float* weights, float scale, float* scores, double* losses);
void SquaredError(size_t rows, const float* labels, const float* weights, float scale, float* scores, double* losses);
void LaneLosses(size_t lanes, const size_t* starts, const double* losses, double* out);

// mask[row][c] as TensorBackend::DropoutMask; numbers: the lanes' names.
void DropoutMask(size_t lanes, const size_t* numbers, const size_t* starts, size_t columns, float rate, uint64_t seed, uint64_t stream,
                 float* mask);

}  // namespace tusk::ml::cuda
