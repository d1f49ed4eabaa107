// Matrix products. Both kernels compute an element as one chain of fused multiply-adds over k in order, begun with 0 or the old C:
// the CPU's definition, so the bits are the same. Sums never split over threads.
#include "base/core/half.h"
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/device/cuda/launch_internal.h"

namespace tusk::ml::cuda {
namespace {

struct Half {
  uint16_t bits;
};
struct Bfloat {
  uint16_t bits;
};
__device__ inline float ToFloat(float value) { return value; }
__device__ inline float ToFloat(Half value) { return FloatOfHalf(value.bits); }
__device__ inline float ToFloat(Bfloat value) { return FloatOfBfloat(value.bits); }

// A product as kernels see it: element (i, p) of A is a[i * a_row + p * a_k], (p, j) of B is b[p * b_k + j * b_column].
template <typename T>
struct Operands {
  size_t m, n, k;
  const T* a;
  size_t a_row, a_k;
  const T* b;
  size_t b_k, b_column;
  float* c;
  bool accumulate;
  const size_t* starts;
  size_t segments, c_stride;

  // Of one segment.
  __device__ Operands Of(size_t segment) const {
    Operands one = *this;
    if (starts != nullptr) {
      one.k = starts[segment + 1] - starts[segment];
      one.a += starts[segment] * a_k;
      one.b += starts[segment] * b_k;
      one.c += segment * c_stride;
    }
    return one;
  }
  __device__ float A(size_t i, size_t p) const { return i < m && p < k ? ToFloat(a[i * a_row + p * a_k]) : 0.0F; }
  __device__ float B(size_t p, size_t j) const { return p < k && j < n ? ToFloat(b[p * b_k + j * b_column]) : 0.0F; }
};

// --- The example. A block computes a 32x32 tile of C, a thread one element of it. Without shared memory, each element of A and B
// would be read from global memory 32 times more often: here the block reads a 32x32 tile of both once, all threads at the
// same time, and each element is then used by 32 threads.
constexpr unsigned kTile = 32;

template <typename T>
__global__ void TiledKernel(Operands<T> all) {
  __shared__ float a_tile[kTile][kTile + 1];  // one more column: reading down a column then meets 32 different banks
  __shared__ float b_tile[kTile][kTile + 1];
  const unsigned x = threadIdx.x, y = threadIdx.y;
  const size_t first_row = static_cast<size_t>(blockIdx.y) * kTile, first_column = static_cast<size_t>(blockIdx.x) * kTile;
  const size_t row = first_row + y, column = first_column + x;
  for (size_t segment = blockIdx.z; segment < all.segments; segment += gridDim.z) {
    const Operands<T> my = all.Of(segment);
    const bool inside = row < my.m && column < my.n;
    float sum = inside && my.accumulate ? my.c[row * my.n + column] : 0.0F;
    for (size_t p0 = 0; p0 < my.k; p0 += kTile) {
      // Neighbouring threads (x) read neighbouring addresses, whichever way the matrix lies; beyond the edge there are zeros.
      if (my.a_k == 1) a_tile[y][x] = my.A(first_row + y, p0 + x);
      else a_tile[x][y] = my.A(first_row + x, p0 + y);
      if (my.b_column == 1) b_tile[y][x] = my.B(p0 + y, first_column + x);
      else b_tile[x][y] = my.B(p0 + x, first_column + y);
      __syncthreads();  // the tiles are complete
      const size_t depth = my.k - p0 < kTile ? my.k - p0 : kTile;
      for (size_t p = 0; p < depth; ++p) sum = __builtin_fmaf(a_tile[y][p], b_tile[p][x], sum);
      __syncthreads();  // nobody needs them any more
    }
    if (inside) my.c[row * my.n + column] = sum;
  }
}

// --- The fast one. A block of 256 threads computes a 128x128 tile of C, a thread 8x8 elements of it in registers: rows and
// columns 4t..4t+3 of both halves of the tile, so that shared memory is read in fours without conflicts. While tile i is
// multiplied, tile i+1 travels from global memory to registers, then to the other half of the shared memory.
constexpr unsigned kSide = 128, kDepth = 8, kThreads = 256, kEach = kSide * kDepth / kThreads, kPadded = kSide + 4;

// Where element e of a tile lies: along p first where that is contiguous in memory.
__device__ inline void Place(bool along_p, unsigned e, unsigned& side, unsigned& p) {
  side = along_p ? e / kDepth : e % kSide;
  p = along_p ? e % kDepth : e / kSide;
}

template <typename T>
__device__ inline void Read(const Operands<T>& my, size_t row0, size_t column0, size_t p0, float (&a)[kEach], float (&b)[kEach]) {
  TUSK_UNROLL
  for (unsigned i = 0; i < kEach; ++i) {
    unsigned side = 0, p = 0;
    Place(my.a_k == 1, threadIdx.x + i * kThreads, side, p);
    a[i] = my.A(row0 + side, p0 + p);
    Place(my.b_column != 1, threadIdx.x + i * kThreads, side, p);
    b[i] = my.B(p0 + p, column0 + side);
  }
}

template <typename T>
__device__ inline void Keep(const Operands<T>& my, const float (&a)[kEach], const float (&b)[kEach], float (*a_tile)[kPadded],
                            float (*b_tile)[kPadded]) {
  TUSK_UNROLL
  for (unsigned i = 0; i < kEach; ++i) {
    unsigned side = 0, p = 0;
    Place(my.a_k == 1, threadIdx.x + i * kThreads, side, p);
    a_tile[p][side] = a[i];
    Place(my.b_column != 1, threadIdx.x + i * kThreads, side, p);
    b_tile[p][side] = b[i];
  }
}

__device__ inline unsigned At(unsigned t, unsigned i) { return i < 4 ? 4 * t + i : kSide / 2 + 4 * t + i - 4; }

template <typename T>
__global__ void RegisterTiledKernel(Operands<T> all) {
  __shared__ float a_tile[2][kDepth][kPadded];
  __shared__ float b_tile[2][kDepth][kPadded];
  const unsigned tx = threadIdx.x % 16, ty = threadIdx.x / 16;
  const size_t row0 = static_cast<size_t>(blockIdx.y) * kSide, column0 = static_cast<size_t>(blockIdx.x) * kSide;
  for (size_t segment = blockIdx.z; segment < all.segments; segment += gridDim.z) {
    const Operands<T> my = all.Of(segment);
    float sums[8][8];
    TUSK_UNROLL
    for (unsigned i = 0; i < 8; ++i) {
      TUSK_UNROLL
      for (unsigned j = 0; j < 8; ++j) {
        const size_t row = row0 + At(ty, i), column = column0 + At(tx, j);
        sums[i][j] = my.accumulate && row < my.m && column < my.n ? my.c[row * my.n + column] : 0.0F;
      }
    }
    float a_next[kEach], b_next[kEach];
    Read(my, row0, column0, 0, a_next, b_next);
    Keep(my, a_next, b_next, a_tile[0], b_tile[0]);
    __syncthreads();
    unsigned half = 0;
    for (size_t p0 = 0; p0 < my.k; p0 += kDepth) {
      const bool more = p0 + kDepth < my.k;
      if (more) Read(my, row0, column0, p0 + kDepth, a_next, b_next);
      const size_t left = my.k - p0;
      TUSK_UNROLL
      for (unsigned p = 0; p < kDepth; ++p) {
        if (p >= left) break;  // a zero added to a chain could change the sign of a zero
        float a[8], b[8];
        TUSK_UNROLL
        for (unsigned i = 0; i < 8; ++i) a[i] = a_tile[half][p][At(ty, i)];
        TUSK_UNROLL
        for (unsigned j = 0; j < 8; ++j) b[j] = b_tile[half][p][At(tx, j)];
        TUSK_UNROLL
        for (unsigned i = 0; i < 8; ++i) {
          TUSK_UNROLL
          for (unsigned j = 0; j < 8; ++j) sums[i][j] = __builtin_fmaf(a[i], b[j], sums[i][j]);
        }
      }
      half ^= 1;
      if (more) Keep(my, a_next, b_next, a_tile[half], b_tile[half]);  // whoever read this half is past the last barrier
      __syncthreads();
    }
    TUSK_UNROLL
    for (unsigned i = 0; i < 8; ++i) {
      TUSK_UNROLL
      for (unsigned j = 0; j < 8; ++j) {
        const size_t row = row0 + At(ty, i), column = column0 + At(tx, j);
        if (row < my.m && column < my.n) my.c[row * my.n + column] = sums[i][j];
      }
    }
    __syncthreads();
  }
}

template <typename T>
Operands<T> OperandsOf(const Product& product) {
  const bool a = product.transpose_a == Transpose::kYes, b = product.transpose_b == Transpose::kYes;
  return {product.m, product.n, product.k,
          static_cast<const T*>(product.a), a ? 1 : product.k, a ? product.m : 1,
          static_cast<const T*>(product.b), b ? 1 : product.n, b ? product.k : 1,
          product.c, product.accumulate, product.starts, product.segments, product.c_stride};
}

template <typename Start>
void ByKind(const Product& product, size_t side, Start start) {
  if (product.m == 0 || product.n == 0 || product.segments == 0) return;
  const auto blocks = [side](size_t length) { return static_cast<unsigned>((length + side - 1) / side); };
  const Extent grid{blocks(product.n), blocks(product.m), static_cast<unsigned>(product.segments < kGridMost ? product.segments : kGridMost)};
  switch (product.inputs) {
    case Scalar::kFloat: return start(grid, OperandsOf<float>(product));
    case Scalar::kHalf: return start(grid, OperandsOf<Half>(product));
    case Scalar::kBfloat: return start(grid, OperandsOf<Bfloat>(product));
  }
}

}  // namespace

void MatmulTiled(const Product& product) {
  ByKind(product, kTile, [](Extent grid, auto operands) { Launch(grid, {kTile, kTile}, TiledKernel<std::remove_cvref_t<decltype(*operands.a)>>, operands); });
}

void MatmulRegisterTiled(const Product& product) {
  ByKind(product, kSide, [](Extent grid, auto operands) { Launch(grid, {kThreads}, RegisterTiledKernel<std::remove_cvref_t<decltype(*operands.a)>>, operands); });
}

}  // namespace tusk::ml::cuda
