// The words of base/gpu/launch.h in this room's namespace.
#pragma once

#include "base/gpu/launch.h"

namespace tusk::ml::cuda {

using gpu::BlocksFor;
using gpu::Extent;
using gpu::FirstOfThread;
using gpu::kBlock;
using gpu::kGridMost;
using gpu::Launch;
using gpu::StrideOfThreads;
#ifndef __CUDACC__
using gpu::__syncthreads;
using gpu::blockDim;
using gpu::blockIdx;
using gpu::gridDim;
using gpu::threadIdx;
#endif

}  // namespace tusk::ml::cuda
