// Decoders on the GPU: a thread decodes one block. Types with grids stay on the CPU.
#include "base/gpu/launch.h"
#include "quant/cuda/gpu_codec.h"
#include "quant/lanes/decode.h"

namespace tusk::quant::cuda {
namespace {

template <typename Block>
__global__ void DecodeKernel(const uint8_t* in, int64_t blocks, float* out) {
  for (int64_t i = static_cast<int64_t>(gpu::FirstOfThread()); i < blocks; i += static_cast<int64_t>(gpu::StrideOfThreads())) {
    Block::Decode(in + i * Block::kBytes, out + i * Block::kWeights);
  }
}

template <typename Block>
bool Decode(const uint8_t* in, int64_t rows, int64_t columns, float* out) {
  const int64_t blocks = rows * (columns / Block::kWeights);
  gpu::Launch({gpu::BlocksFor(static_cast<size_t>(blocks))}, {gpu::kBlock}, DecodeKernel<Block>, in, blocks, out);
  return true;
}

}  // namespace

bool DecodeOnGpu(TensorType type, const uint8_t* bytes, int64_t rows, int64_t columns, float* out) {
  using L = ScalarLane;
  using enum TensorType;
  switch (type) {
    case kF16: return Decode<F16Block<L>>(bytes, rows, columns, out);
    case kBF16: return Decode<BF16Block<L>>(bytes, rows, columns, out);
    case kQ4_0: return Decode<NibbleBlock<L, 4, false>>(bytes, rows, columns, out);
    case kQ4_1: return Decode<NibbleBlock<L, 4, true>>(bytes, rows, columns, out);
    case kQ5_0: return Decode<NibbleBlock<L, 5, false>>(bytes, rows, columns, out);
    case kQ5_1: return Decode<NibbleBlock<L, 5, true>>(bytes, rows, columns, out);
    case kQ8_0: return Decode<ByteBlock<L, 2>>(bytes, rows, columns, out);
    case kQ2_K: return Decode<Q2KBlock<L>>(bytes, rows, columns, out);
    case kQ3_K: return Decode<Q3KBlock<L>>(bytes, rows, columns, out);
    case kQ4_K: return Decode<Q45KBlock<L, 4>>(bytes, rows, columns, out);
    case kQ5_K: return Decode<Q45KBlock<L, 5>>(bytes, rows, columns, out);
    case kQ6_K: return Decode<Q6KBlock<L>>(bytes, rows, columns, out);
    case kIQ4_NL: return Decode<IQ4NLBlock<L>>(bytes, rows, columns, out);
    case kIQ4_XS: return Decode<IQ4XSBlock<L>>(bytes, rows, columns, out);
    case kMXFP4: return Decode<MXFP4Block<L>>(bytes, rows, columns, out);
    case kNVFP4: return Decode<NVFP4Block<L>>(bytes, rows, columns, out);
    case kTQ1_0: return Decode<TQ1Block<L>>(bytes, rows, columns, out);
    case kTQ2_0: return Decode<TQ2Block<L>>(bytes, rows, columns, out);
    default: return false;
  }
}

}  // namespace tusk::quant::cuda
