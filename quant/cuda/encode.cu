// Encoders on the GPU: a thread is the lane of width one of quant/lanes and works on one block, so the bytes are the CPU's.
#include "base/gpu/launch.h"
#include "quant/cuda/gpu_codec.h"
#include "quant/lanes/few_bit_blocks.h"
#include "quant/lanes/float_blocks.h"
#include "quant/lanes/iq4_blocks.h"
#include "quant/lanes/k_blocks.h"
#include "quant/lanes/simple_blocks.h"

namespace tusk::quant::cuda {
namespace {

using gpu::FirstOfThread;
using gpu::StrideOfThreads;

// Weights of a thread's block come from memory into its own array; `row_means` has one number for each row, where the type looks at it.
template <typename Block, bool kWithImportance>
__global__ void EncodeKernel(const float* weights, int64_t blocks, int64_t row_blocks, const float* importance, const float* row_means, uint8_t* out) {
  for (int64_t i = static_cast<int64_t>(FirstOfThread()); i < blocks; i += static_cast<int64_t>(StrideOfThreads())) {
    float x[Block::kWeights], columns[kWithImportance ? Block::kWeights : 1];
    ScalarLane::Load(weights + i * Block::kWeights, 0, Block::kWeights, x);
    if constexpr (kWithImportance) ScalarLane::Load(importance + i % row_blocks * Block::kWeights, 0, Block::kWeights, columns);
    const float row_mean = row_means != nullptr ? row_means[i / row_blocks] : 0;
    Block::template Encode<kWithImportance>(x, columns, row_mean, out + i * Block::kBytes);
  }
}

// The mean square of each row, summed in order as the CPU does.
__global__ void RowMeansKernel(const float* weights, int64_t rows, int64_t columns, float* means) {
  for (int64_t row = static_cast<int64_t>(FirstOfThread()); row < rows; row += static_cast<int64_t>(StrideOfThreads())) {
    float sum = 0;
    for (int64_t i = 0; i < columns; ++i) sum += weights[row * columns + i] * weights[row * columns + i];
    means[row] = sum / static_cast<float>(columns);
  }
}

__global__ void FirstNotFiniteKernel(const float* weights, int64_t count, unsigned long long* first) {
  for (int64_t i = static_cast<int64_t>(FirstOfThread()); i < count; i += static_cast<int64_t>(StrideOfThreads())) {
    if ((ScalarLane::BitsOf(weights[i]) & 0x7F800000) == 0x7F800000) gpu::AtomicMin(first, static_cast<unsigned long long>(i));
  }
}

template <typename Block>
void Encode(const EncodeCall& call) {
  constexpr unsigned kThreads = 128;
  const int64_t row_blocks = call.columns / Block::kWeights, blocks = call.rows * row_blocks;
  const gpu::Extent grid = {gpu::BlocksFor(static_cast<size_t>(blocks), kThreads)}, threads = {kThreads};
  if constexpr (Block::kWeighted) {
    if (call.importance != nullptr) {
      if constexpr (Block::kRowMean) {
        gpu::Launch({gpu::BlocksFor(static_cast<size_t>(call.rows))}, {gpu::kBlock}, RowMeansKernel, call.weights, call.rows, call.columns, call.row_means);
      }
      gpu::Launch(grid, threads, EncodeKernel<Block, true>, call.weights, blocks, row_blocks, call.importance,
                  Block::kRowMean ? static_cast<const float*>(call.row_means) : nullptr, call.out);
      return;
    }
  }
  gpu::Launch(grid, threads, EncodeKernel<Block, false>, call.weights, blocks, row_blocks, static_cast<const float*>(nullptr),
              static_cast<const float*>(nullptr), call.out);
}

}  // namespace

void FindNotFinite(const float* weights, int64_t count, unsigned long long* first) {
  gpu::Launch({gpu::BlocksFor(static_cast<size_t>(count))}, {gpu::kBlock}, FirstNotFiniteKernel, weights, count, first);
}

bool EncodeOnGpu(TensorType type, const EncodeCall& call) {
  using L = ScalarLane;
  using enum TensorType;
  switch (type) {
    case kQ4_0: Encode<Q4_0<L>>(call); return true;
    case kQ4_1: Encode<Q4_1<L>>(call); return true;
    case kQ5_0: Encode<Q5_0<L>>(call); return true;
    case kQ5_1: Encode<Q5_1<L>>(call); return true;
    case kQ8_0: Encode<Q8_0<L>>(call); return true;
    case kQ2_K: Encode<Q2_K<L>>(call); return true;
    case kQ3_K: Encode<Q3_K<L>>(call); return true;
    case kQ4_K: Encode<Q4_K<L>>(call); return true;
    case kQ5_K: Encode<Q5_K<L>>(call); return true;
    case kQ6_K: Encode<Q6_K<L>>(call); return true;
    case kIQ4_NL: Encode<IQ4_NL<L>>(call); return true;
    case kIQ4_XS: Encode<IQ4_XS<L>>(call); return true;
    case kMXFP4: Encode<MXFP4<L>>(call); return true;
    case kNVFP4: Encode<NVFP4<L>>(call); return true;
    case kTQ1_0: Encode<TQ1_0<L>>(call); return true;
    case kTQ2_0: Encode<TQ2_0<L>>(call); return true;
    case kQ1_0: Encode<Q1_0<L>>(call); return true;
    case kQ2_0: Encode<Q2_0<L>>(call); return true;
    default: return false;
  }
}

}  // namespace tusk::quant::cuda
