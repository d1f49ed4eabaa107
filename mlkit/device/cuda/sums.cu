// Sums, each in an order that does not depend on how many threads there are.
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/device/cuda/launch_internal.h"

namespace tusk::ml::cuda {
namespace {

constexpr size_t kPiece = 4096;

__global__ void LaneSumsKernel(size_t lanes, const size_t* starts, size_t n, const float* x, float* out, size_t stride) {
  for (size_t i = FirstOfThread(); i < lanes * n; i += StrideOfThreads()) {
    const size_t lane = i / n, column = i % n;
    float sum = 0;
    for (size_t row = starts[lane]; row < starts[lane + 1]; ++row) sum += x[row * n + column];
    out[lane * stride + column] = sum;
  }
}

__global__ void FoldLanesKernel(size_t lanes, size_t count, float* partials, float* out) {
  for (size_t at = FirstOfThread(); at < count; at += StrideOfThreads()) {
    for (size_t step = 1; step < lanes; step *= 2) {
      for (size_t lane = 0; lane + step < lanes; lane += 2 * step) partials[lane * count + at] += partials[(lane + step) * count + at];
    }
    out[at] = lanes > 0 ? partials[at] : 0.0F;
  }
}

// A piece: thread t adds elements t, t + 256, … in order, then the threads' sums meet halves by halves.
__global__ void SumPiecesKernel(size_t count, const float* x, float* pieces) {
  __shared__ float sums[kBlock];
  const size_t pieces_count = (count + kPiece - 1) / kPiece;
  for (size_t piece = blockIdx.x; piece < pieces_count; piece += gridDim.x) {
    const size_t end = (piece + 1) * kPiece < count ? (piece + 1) * kPiece : count;
    float sum = 0;
    for (size_t i = piece * kPiece + threadIdx.x; i < end; i += kBlock) sum += x[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (unsigned half = kBlock / 2; half > 0; half /= 2) {
      if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
      __syncthreads();
    }
    if (threadIdx.x == 0) pieces[piece] = sums[0];
    __syncthreads();
  }
}

__global__ void FindNotFiniteKernel(size_t count, const float* x, uint32_t* found) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) {
    if (!(x[i] - x[i] == 0)) *found = 1;  // all writers write the same
  }
}

}  // namespace

void LaneSums(size_t lanes, const size_t* starts, size_t n, const float* x, float* out, size_t stride) {
  if (lanes * n > 0) Launch({BlocksFor(lanes * n)}, {kBlock}, LaneSumsKernel, lanes, starts, n, x, out, stride);
}

void FoldLanes(size_t lanes, size_t count, float* partials, float* out) {
  if (count > 0) Launch({BlocksFor(count)}, {kBlock}, FoldLanesKernel, lanes, count, partials, out);
}

void Sum(size_t count, const float* x, float* scratch, float* out) {
  const size_t pieces = (count + kPiece - 1) / kPiece;
  if (pieces > 0) Launch({BlocksFor(pieces, 1)}, {kBlock}, SumPiecesKernel, count, x, scratch);
  Launch({1}, {1}, FoldLanesKernel, pieces, 1, scratch, out);
}

void FindNotFinite(size_t count, const float* x, uint32_t* found) {
  if (count > 0) Launch({BlocksFor(count)}, {kBlock}, FindNotFiniteKernel, count, x, found);
}

}  // namespace tusk::ml::cuda
