// One element, one thread: the functions are those of the CPU's kernels.
#include "mlkit/api/random.h"
#include "base/core/half.h"
#include "mlkit/device/cpu/functions_internal.h"
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/device/cuda/launch_internal.h"
#include "mlkit/tensor/gelu.h"

namespace tusk::ml::cuda {
namespace {

__global__ void FillKernel(float* to, size_t count, float value) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) to[i] = value;
}

__global__ void RepeatRowKernel(size_t count, size_t n, const float* row, float* out) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) out[i] = row[i % n];
}

__device__ inline float Of(Function function, float x) {
  switch (function) {
    case Function::kRelu: return x > 0 ? x : 0.0F;
    case Function::kGelu: return GeluOf(x, TanhOf<ScalarVector>(GeluInner(x)));
    case Function::kTanh: return TanhOf<ScalarVector>(x);
    case Function::kSigmoid: return SigmoidOf<ScalarVector>(x);
    case Function::kExp: return ExpOf<ScalarVector>(x);
    case Function::kLog: return LogOf<ScalarVector>(x);
  }
  return 0;
}

__global__ void ApplyKernel(Function function, size_t count, const float* x, float* y) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) y[i] = Of(function, x[i]);
}

__device__ inline float Through(Function function, float x, float y, float d) {
  switch (function) {
    case Function::kRelu: return y > 0 ? d : 0.0F;
    case Function::kGelu: return d * GeluSlope(x, TanhOf<ScalarVector>(GeluInner(x)));
    case Function::kTanh: return d * (1 - y * y);
    case Function::kSigmoid: return d * (y * (1 - y));
    case Function::kExp: return d * y;
    case Function::kLog: return d / x;
  }
  return 0;
}

__global__ void ApplySlopeKernel(Function function, size_t count, const float* x, const float* y, float* d) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) d[i] = Through(function, x[i], y[i], d[i]);
}

__global__ void MultiplyKernel(size_t count, const float* x, const float* factor, float* out) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) out[i] = x[i] * factor[i];
}

__global__ void ScaleKernel(size_t count, float factor, float* x) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) x[i] *= factor;
}

__global__ void ToScalarKernel(bool half, size_t count, const float* x, uint16_t* out) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) out[i] = half ? HalfOf(x[i]) : BfloatOf(x[i]);
}

__global__ void FromScalarKernel(bool half, size_t count, const uint16_t* x, float* out) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) out[i] = half ? FloatOfHalf(x[i]) : FloatOfBfloat(x[i]);
}

// A number of a lane is a pure function of its place, so every thread asks for its own.
__global__ void DropoutKernel(size_t lanes, const size_t* numbers, const size_t* starts, size_t columns, uint32_t limit, float keep,
                              uint64_t seed, uint64_t stream, float* mask) {
  for (size_t lane = blockIdx.y; lane < lanes; lane += gridDim.y) {
    const uint64_t own = uint64_t{0xd207} << 48 ^ static_cast<uint64_t>(numbers[lane]) << 32 ^ stream;
    const size_t begin = starts[lane] * columns, count = (starts[lane + 1] - starts[lane]) * columns;
    for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) {
      const uint64_t block = i >> 2;
      const auto words = Philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), static_cast<uint32_t>(own),
                                     static_cast<uint32_t>(own >> 32)},
                                    {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
      mask[begin + i] = words[i & 3] < limit ? 0.0F : keep;
    }
  }
}

template <typename... Parameters, typename... Arguments>
void Each(size_t count, void (*kernel)(Parameters...), Arguments... arguments) {
  if (count > 0) Launch({BlocksFor(count)}, {kBlock}, kernel, arguments...);
}

}  // namespace

void Fill(float* to, size_t count, float value) { Each(count, FillKernel, to, count, value); }
void RepeatRow(size_t rows, size_t n, const float* row, float* out) { Each(rows * n, RepeatRowKernel, rows * n, n, row, out); }
void Apply(Function function, size_t count, const float* x, float* y) { Each(count, ApplyKernel, function, count, x, y); }
void ApplySlope(Function function, size_t count, const float* x, const float* y, float* d) {
  Each(count, ApplySlopeKernel, function, count, x, y, d);
}
void Multiply(size_t count, const float* x, const float* factor, float* out) { Each(count, MultiplyKernel, count, x, factor, out); }
void Scale(size_t count, float factor, float* x) { Each(count, ScaleKernel, count, factor, x); }
void ToScalar(Scalar kind, size_t count, const float* x, uint16_t* out) {
  Each(count, ToScalarKernel, kind == Scalar::kHalf, count, x, out);
}
void FromScalar(Scalar kind, size_t count, const uint16_t* x, float* out) {
  Each(count, FromScalarKernel, kind == Scalar::kHalf, count, x, out);
}

void DropoutMask(size_t lanes, const size_t* numbers, const size_t* starts, size_t columns, float rate, uint64_t seed, uint64_t stream,
                 float* mask) {
  if (lanes == 0 || columns == 0) return;
  const auto limit = static_cast<uint32_t>(static_cast<double>(rate) * 4294967296.0);
  Launch({8, static_cast<unsigned>(lanes < kGridMost ? lanes : kGridMost)}, {kBlock}, DropoutKernel, lanes, numbers, starts, columns, limit,
         1 / (1 - rate), seed, stream, mask);
}

}  // namespace tusk::ml::cuda
