// TUSK_HOST_DEVICE: marks a function that nvcc compiles for the GPU too, so that both sides share one definition of its result.
#pragma once

#ifdef __CUDACC__
#define TUSK_HOST_DEVICE __host__ __device__
#else
#define TUSK_HOST_DEVICE
#endif
