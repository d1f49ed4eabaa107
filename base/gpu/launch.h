// How kernels are written and started. Compiled by nvcc, the words are CUDA's. Compiled by any other compiler they are a small
// emulation: the blocks of a grid one after the other, a block's threads as fibers that change at __syncthreads(), so that every
// kernel runs in the unit tests of a machine without a GPU. Kernels keep to what both have: shared arrays and __syncthreads().
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#include <cuda_runtime.h>
#else
#include <functional>
#endif

namespace tusk::gpu {

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

inline constexpr unsigned kBlock = 256;        // threads of a block of elementwise kernels
// Blocks of a grid in y and z, and enough of them in x: kernels go on in strides, which the emulation tries with few.
#ifdef __CUDACC__
inline constexpr unsigned kGridMost = 65535;
#else
inline constexpr unsigned kGridMost = 3;
#endif

inline unsigned BlocksFor(size_t count, size_t block = kBlock) {
  const size_t blocks = (count + block - 1) / block;
  return blocks < kGridMost ? static_cast<unsigned>(blocks) : kGridMost;
}

#ifdef __CUDACC__

#define TUSK_UNROLL _Pragma("unroll")  // arrays of a thread are registers only where every index is a constant
void NoteError(cudaError_t error);

template <typename... Parameters, typename... Arguments>
void Launch(Extent grid, Extent block, void (*kernel)(Parameters...), Arguments... arguments) {
  kernel<<<dim3(grid.x, grid.y, grid.z), dim3(block.x, block.y, block.z)>>>(static_cast<Parameters>(arguments)...);
  NoteError(cudaGetLastError());
}

// The first element of this thread and the distance to its next one, of kernels with one-dimensional grids.
__device__ inline size_t FirstOfThread() { return static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline size_t StrideOfThreads() { return static_cast<size_t>(gridDim.x) * blockDim.x; }
__device__ inline void AtomicMin(unsigned long long* least, unsigned long long value) { atomicMin(least, value); }

#else

#define __global__
#define __device__
#define __shared__ static
#define TUSK_UNROLL
extern Extent threadIdx, blockIdx, blockDim, gridDim;
void __syncthreads();
void RunGrid(Extent grid, Extent block, const std::function<void()>& thread);

template <typename... Parameters, typename... Arguments>
void Launch(Extent grid, Extent block, void (*kernel)(Parameters...), Arguments... arguments) {
  RunGrid(grid, block, [&] { kernel(static_cast<Parameters>(arguments)...); });
}

inline size_t FirstOfThread() { return static_cast<size_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
inline size_t StrideOfThreads() { return static_cast<size_t>(gridDim.x) * blockDim.x; }
inline void AtomicMin(unsigned long long* least, unsigned long long value) { *least = value < *least ? value : *least; }

#endif

}  // namespace tusk::gpu
