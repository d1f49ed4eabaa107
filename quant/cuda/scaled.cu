// Kernels of int8 and fp8: neighbouring threads have neighbouring weights of a row, so loads and stores are whole lines; the codes are those of
// quant/lanes with the lane of width one.
#include "base/gpu/launch.h"
#include "quant/cuda/gpu_scaled.h"
#include "quant/lanes/scaled_lanes.h"

namespace tusk::quant::cuda {
namespace {

using namespace gpu;  // CUDA's own words, in the emulation
using gpu::FirstOfThread;
using gpu::StrideOfThreads;

// What a kernel is told of a matrix; blocks as 32-bit numbers, whose divisions are cheap.
struct Matrix {
  int64_t rows, columns, grid_columns;
  int64_t block_rows;
  uint32_t block_columns;
  const float* scales;
  const int8_t* zero_points;   // or null
  int32_t low;                 // of int8 codes
};

Matrix MatrixOf(const ScaledCall& call) {
  return {call.rows,   call.columns,     call.grid.grid_columns, call.grid.block_rows, static_cast<uint32_t>(call.grid.block_columns),
          call.scales, call.zero_points, call.affine ? -128 : -127};
}

// visit(place of the weight, number of its block) for this thread's weights.
template <typename Visit>
__device__ inline void ForWeights(const Matrix& matrix, Visit visit) {
  for (int64_t row = blockIdx.y; row < matrix.rows; row += gridDim.y) {
    const int64_t first_block = row / matrix.block_rows * matrix.grid_columns;
    for (size_t column = FirstOfThread(); column < static_cast<size_t>(matrix.columns); column += StrideOfThreads()) {
      visit(row * matrix.columns + static_cast<int64_t>(column), first_block + static_cast<uint32_t>(column) / matrix.block_columns);
    }
  }
}

__global__ void EncodeInt8Kernel(Matrix matrix, const float* weights, uint8_t* codes) {
  ForWeights(matrix, [&](int64_t at, int64_t block) {
    const int32_t zero_point = matrix.zero_points != nullptr ? matrix.zero_points[block] : 0;
    RunLane::StoreBytes(Int8Codes::Encode<RunLane>(weights[at], matrix.scales[block], zero_point, matrix.low), codes + at);
  });
}

__global__ void DecodeInt8Kernel(Matrix matrix, const uint8_t* codes, float* weights) {
  ForWeights(matrix, [&](int64_t at, int64_t block) {
    const int32_t zero_point = matrix.zero_points != nullptr ? matrix.zero_points[block] : 0;
    weights[at] = Int8Codes::Decode<RunLane>(codes + at, matrix.scales[block], zero_point);
  });
}

template <int kMantissa>
__global__ void EncodeFp8Kernel(Matrix matrix, const float* weights, uint8_t* codes) {
  ForWeights(matrix, [&](int64_t at, int64_t block) {
    RunLane::StoreBytes(Fp8Codes<kMantissa>::template Encode<RunLane>(weights[at], matrix.scales[block]), codes + at);
  });
}

template <int kMantissa>
__global__ void DecodeFp8Kernel(Matrix matrix, const uint8_t* codes, float* weights) {
  ForWeights(matrix, [&](int64_t at, int64_t block) { weights[at] = Fp8Codes<kMantissa>::template Decode<RunLane>(codes + at, matrix.scales[block]); });
}

// A block of threads has a block of weights; minima and maxima have no order, so the bits are the CPU's.
__global__ void ExtremesKernel(Matrix matrix, int64_t blocks, const float* weights, float* lows, float* highs) {
  __shared__ float low[gpu::kBlock], high[gpu::kBlock];
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const int64_t first_row = block / matrix.grid_columns * matrix.block_rows, first_column = block % matrix.grid_columns * matrix.block_columns;
    const int64_t end_row = first_row + matrix.block_rows < matrix.rows ? first_row + matrix.block_rows : matrix.rows;
    const int64_t wide = first_column + matrix.block_columns, end_column = wide < matrix.columns ? wide : matrix.columns;
    float least = 0, greatest = 0;
    const int64_t width = end_column - first_column;
    for (int64_t at = threadIdx.x; at < (end_row - first_row) * width; at += gpu::kBlock) {
      const float x = weights[(first_row + at / width) * matrix.columns + first_column + at % width];
      least = RunLane::Min(x, least);
      greatest = RunLane::Max(x, greatest);
    }
    low[threadIdx.x] = least;
    high[threadIdx.x] = greatest;
    __syncthreads();
    for (unsigned half = gpu::kBlock / 2; half > 0; half /= 2) {
      if (threadIdx.x < half) {
        low[threadIdx.x] = RunLane::Min(low[threadIdx.x + half], low[threadIdx.x]);
        high[threadIdx.x] = RunLane::Max(high[threadIdx.x + half], high[threadIdx.x]);
      }
      __syncthreads();
    }
    if (threadIdx.x == 0) {
      lows[block] = low[0];
      highs[block] = high[0];
    }
    __syncthreads();
  }
}

template <typename Kernel, typename In, typename Out>
void Start(Kernel kernel, const ScaledCall& call, In in, Out out) {
  const gpu::Extent grid = {gpu::BlocksFor(static_cast<size_t>(call.columns)), gpu::BlocksFor(static_cast<size_t>(call.rows), 1)};
  gpu::Launch(grid, {gpu::kBlock}, kernel, MatrixOf(call), in, out);
}

}  // namespace

void EncodeScaledOnGpu(const ScaledCall& call, const float* weights, uint8_t* codes) {
  switch (call.type) {
    case ScaledType::kInt8: return Start(EncodeInt8Kernel, call, weights, codes);
    case ScaledType::kFp8E4M3: return Start(EncodeFp8Kernel<3>, call, weights, codes);
    case ScaledType::kFp8E5M2: return Start(EncodeFp8Kernel<2>, call, weights, codes);
  }
}

void DecodeScaledOnGpu(const ScaledCall& call, const uint8_t* codes, float* weights) {
  switch (call.type) {
    case ScaledType::kInt8: return Start(DecodeInt8Kernel, call, codes, weights);
    case ScaledType::kFp8E4M3: return Start(DecodeFp8Kernel<3>, call, codes, weights);
    case ScaledType::kFp8E5M2: return Start(DecodeFp8Kernel<2>, call, codes, weights);
  }
}

void FindExtremesOnGpu(const ScaledCall& call, const float* weights, float* lows, float* highs) {
  const auto blocks = call.grid.grid_rows * call.grid.grid_columns;
  gpu::Launch({gpu::BlocksFor(static_cast<size_t>(blocks), 1)}, {gpu::kBlock}, ExtremesKernel, MatrixOf(call), blocks, weights, lows, highs);
}

}  // namespace tusk::quant::cuda
