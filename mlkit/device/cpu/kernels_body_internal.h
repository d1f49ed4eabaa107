// The kernels' bodies, over a vector type: what every set of instructions shares, so that the bits are one definition. Tails
// run over ScalarVector, which computes the same elementwise.
#pragma once

#include "mlkit/device/cpu/functions_internal.h"
#include "mlkit/device/cpu/kernels.h"
#include "mlkit/device/cpu/kernels_internal.h"
#include "mlkit/device/cpu/vector_internal.h"

namespace tusk::ml {
namespace {

constexpr size_t kLanes = 16;

// Elementwise application of a body to whole vectors and then the tail.
#define TUSK_ELEMENTWISE(name, Body)                                          \
  template <typename V>                                                       \
  void name(const float* x, float* y, size_t count) {                        \
    size_t i = 0;                                                             \
    for (; i + V::kWidth <= count; i += V::kWidth) V::Store(y + i, Body<V>(V::Load(x + i))); \
    for (; i < count; ++i) y[i] = Body<ScalarVector>(x[i]);                   \
  }
TUSK_ELEMENTWISE(Exp, ExpOf)
TUSK_ELEMENTWISE(Log, LogOf)
TUSK_ELEMENTWISE(Tanh, TanhOf)
TUSK_ELEMENTWISE(Sigmoid, SigmoidOf)
#undef TUSK_ELEMENTWISE

inline float FoldLanes(float* lanes) {
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <typename V>
float Dot(const float* a, const float* b, size_t count) {
  constexpr size_t kVectors = kLanes / V::kWidth;
  typename V::Floats sums[kVectors];
  for (auto& sum : sums) sum = V::Set(0.0F);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t v = 0; v < kVectors; ++v) {
      sums[v] = V::Fma(V::Load(a + i + v * V::kWidth), V::Load(b + i + v * V::kWidth), sums[v]);
    }
  }
  float lanes[kLanes];
  for (size_t v = 0; v < kVectors; ++v) V::Store(lanes + v * V::kWidth, sums[v]);
  for (size_t lane = 0; i < count; ++i, ++lane) lanes[lane] = __builtin_fmaf(a[i], b[i], lanes[lane]);
  return FoldLanes(lanes);
}

// Sum in the same 16 lanes.
template <typename V>
float Sum(const float* a, size_t count) {
  constexpr size_t kVectors = kLanes / V::kWidth;
  typename V::Floats sums[kVectors];
  for (auto& sum : sums) sum = V::Set(0.0F);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t v = 0; v < kVectors; ++v) sums[v] = V::Add(sums[v], V::Load(a + i + v * V::kWidth));
  }
  float lanes[kLanes];
  for (size_t v = 0; v < kVectors; ++v) V::Store(lanes + v * V::kWidth, sums[v]);
  for (size_t lane = 0; i < count; ++i, ++lane) lanes[lane] += a[i];
  return FoldLanes(lanes);
}

template <typename V>
void Axpy(float a, const float* x, float* y, size_t count) {
  const auto factor = V::Set(a);
  size_t i = 0;
  for (; i + V::kWidth <= count; i += V::kWidth) V::Store(y + i, V::Fma(factor, V::Load(x + i), V::Load(y + i)));
  for (; i < count; ++i) y[i] = __builtin_fmaf(a, x[i], y[i]);
}

template <typename V>
void AddTo(const float* x, float* y, size_t count) {
  size_t i = 0;
  for (; i + V::kWidth <= count; i += V::kWidth) V::Store(y + i, V::Add(V::Load(y + i), V::Load(x + i)));
  for (; i < count; ++i) y[i] += x[i];
}

template <typename V>
void Scale(float a, float* y, size_t count) {
  const auto factor = V::Set(a);
  size_t i = 0;
  for (; i + V::kWidth <= count; i += V::kWidth) V::Store(y + i, V::Mul(factor, V::Load(y + i)));
  for (; i < count; ++i) y[i] *= a;
}

template <typename V>
float SparseDot(float start, const uint32_t* columns, const float* values, size_t count, const float* weights) {
  float sum = start;
  for (size_t i = 0; i < count; ++i) sum = __builtin_fmaf(values[i], weights[columns[i]], sum);
  return sum;
}

template <typename V>
void SparseAxpy(float a, const uint32_t* columns, const float* values, size_t count, float* weights) {
  for (size_t i = 0; i < count; ++i) weights[columns[i]] = __builtin_fmaf(a, values[i], weights[columns[i]]);
}

template <typename V>
void Softmax(float* scores, size_t rows, size_t columns, float* log_sums) {
  for (size_t r = 0; r < rows; ++r) {
    float* row = scores + r * columns;
    float most = row[0];
    for (size_t c = 1; c < columns; ++c) most = row[c] > most ? row[c] : most;
    for (size_t c = 0; c < columns; ++c) row[c] -= most;
    Exp<V>(row, row, columns);
    const float sum = Sum<V>(row, columns);
    for (size_t c = 0; c < columns; ++c) row[c] /= sum;
    if (log_sums != nullptr) log_sums[r] = most + LogOf<ScalarVector>(sum);
  }
}

// --- matrix product ------------------------------------------------------------------------------------------------

constexpr size_t kBlockK = 256;      // a strip of B of this depth stays in the first cache
constexpr size_t kBlockColumns = 512;

// C tile of Rows x (Vectors * width) += A strip * packed B strip, begun with 0 (`fresh`) or with C. a(i, k) is
// a[i * a_row + k * a_k].
template <typename V, size_t Rows, size_t Vectors, typename E = typename V::Element>
void Tile(size_t depth, const E* a, size_t a_row, size_t a_k, const E* b, E* c, size_t ldc, bool fresh) {
  typename V::Vector sums[Rows][Vectors];
  for (size_t i = 0; i < Rows; ++i) {
    for (size_t v = 0; v < Vectors; ++v) sums[i][v] = fresh ? V::Set(E{0}) : V::Load(c + i * ldc + v * V::kWidth);
  }
  for (size_t p = 0; p < depth; ++p) {
    typename V::Vector row[Vectors];
    for (size_t v = 0; v < Vectors; ++v) row[v] = V::Load(b + v * V::kWidth);
    b += Vectors * V::kWidth;
    for (size_t i = 0; i < Rows; ++i) {
      const auto left = V::Set(a[i * a_row]);
      for (size_t v = 0; v < Vectors; ++v) sums[i][v] = V::Fma(left, row[v], sums[i][v]);
    }
    a += a_k;
  }
  for (size_t i = 0; i < Rows; ++i) {
    for (size_t v = 0; v < Vectors; ++v) V::Store(c + i * ldc + v * V::kWidth, sums[i][v]);
  }
}

template <typename E>
using TileFunction = void (*)(size_t, const E*, size_t, size_t, const E*, E*, size_t, bool);

// tiles[rows - 1][vectors - 1]
template <typename V, size_t RowsMax>
struct Tiles {
  TileFunction<typename V::Element> table[RowsMax][2];
  constexpr Tiles() : table{} { Fill<RowsMax>(); }
  template <size_t Rows>
  constexpr void Fill() {
    table[Rows - 1][0] = &Tile<V, Rows, 1>;
    table[Rows - 1][1] = &Tile<V, Rows, 2>;
    if constexpr (Rows > 1) Fill<Rows - 1>();
  }
};

// Strip of columns [0, columns) of B (at most `width`), rows [0, depth): [depth][width], zeros behind.
template <typename E>
void PackB(const E* b, size_t b_k, size_t b_column, size_t depth, size_t columns, size_t width, E* packed) {
  if (b_column == 1) {
    for (size_t p = 0; p < depth; ++p, packed += width) {
      const E* from = b + p * b_k;
      for (size_t j = 0; j < columns; ++j) packed[j] = from[j];
      for (size_t j = columns; j < width; ++j) packed[j] = E{0};
    }
    return;
  }
  for (size_t j = 0; j < width; ++j) {
    for (size_t p = 0; p < depth; ++p) packed[p * width + j] = j < columns ? b[p * b_k + j * b_column] : E{0};
  }
}

// Of a transposed A: [depth][rows].
template <typename E>
void PackA(const E* a, size_t a_k, size_t depth, size_t rows, E* packed) {
  for (size_t p = 0; p < depth; ++p) {
    for (size_t i = 0; i < rows; ++i) packed[p * rows + i] = a[i + p * a_k];
  }
}

// One tile whose right edge may lie inside a vector.
template <typename V, size_t RowsMax, typename E = typename V::Element>
void EdgeTile(TileFunction<E> tile, size_t rows, size_t columns, size_t width, size_t depth, const E* a, size_t a_row,
              size_t a_k, const E* b, E* c, size_t ldc, bool fresh) {
  if (columns == width) return tile(depth, a, a_row, a_k, b, c, ldc, fresh);
  E buffer[RowsMax * 2 * V::kWidth];
  if (!fresh) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < width; ++j) buffer[i * width + j] = j < columns ? c[i * ldc + j] : E{0};
    }
  }
  tile(depth, a, a_row, a_k, b, buffer, width, fresh);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) c[i * ldc + j] = buffer[i * width + j];
  }
}

template <typename V, size_t RowsMax, typename E = typename V::Element>
void Gemm(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const E* a, size_t lda,
          const E* b, size_t ldb, E* c, size_t ldc, bool accumulate) {
  static constexpr Tiles<V, RowsMax> kTiles;
  constexpr size_t kTileColumns = 2 * V::kWidth;
  static_assert(kBlockK * kBlockColumns * sizeof(E) <= kPackingBytes);
  E* const packed_b = static_cast<E*>(PackingBuffer());
  alignas(64) E packed_a[RowsMax * kBlockK];
  const size_t a_row = transpose_a == Transpose::kNo ? lda : 1, a_k = transpose_a == Transpose::kNo ? 1 : lda;
  const size_t b_k = transpose_b == Transpose::kNo ? ldb : 1, b_column = transpose_b == Transpose::kNo ? 1 : ldb;
  if (k == 0 && !accumulate) {
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < n; ++j) c[i * ldc + j] = E{0};
    }
  }
  for (size_t j0 = 0; j0 < n; j0 += kBlockColumns) {
    const size_t columns = n - j0 < kBlockColumns ? n - j0 : kBlockColumns;
    for (size_t k0 = 0; k0 < k; k0 += kBlockK) {
      const size_t depth = k - k0 < kBlockK ? k - k0 : kBlockK;
      for (size_t j = 0; j < columns; j += kTileColumns) {
        const size_t width = columns - j <= V::kWidth ? V::kWidth : kTileColumns;
        PackB(b + k0 * b_k + (j0 + j) * b_column, b_k, b_column, depth, columns - j < width ? columns - j : width, width,
              packed_b + j * depth);
      }
      const bool fresh = k0 == 0 && !accumulate;
      const bool pack_a = a_row == 1 && columns > 2 * kTileColumns;  // rows are streams that need none; else reuse must pay
      for (size_t i = 0; i < m; i += RowsMax) {
        const size_t rows = m - i < RowsMax ? m - i : RowsMax;
        const E* left = a + i * a_row + k0 * a_k;
        if (pack_a) PackA(left, a_k, depth, rows, packed_a);
        for (size_t j = 0; j < columns; j += kTileColumns) {
          const size_t rest = columns - j, width = rest <= V::kWidth ? V::kWidth : kTileColumns;
          EdgeTile<V, RowsMax>(kTiles.table[rows - 1][width / V::kWidth - 1], rows, rest < width ? rest : width, width, depth,
                               pack_a ? packed_a : left, pack_a ? 1 : a_row, pack_a ? rows : a_k, packed_b + j * depth,
                               c + i * ldc + j0 + j, ldc, fresh);
        }
      }
    }
  }
}

constexpr size_t kTreeDepthMax = 24;

// One tile of gemm_segments: subtrees of segments wait on a stack until their sibling is there, as digits of a binary counter.
template <typename V, size_t RowsMax, typename E = typename V::Element>
void SegmentsTile(TileFunction<E> tile, size_t rows, size_t columns, size_t width, const size_t* starts, size_t segments,
                  const E* a, size_t lda, const E* packed_b, E* c, size_t ldc) {
  constexpr size_t kTile = RowsMax * 2 * V::kWidth;
  E stack[kTreeDepthMax][kTile];
  size_t waiting = 0;
  const auto join = [&] {
    const E* right = stack[waiting - 1];
    E* left = stack[waiting - 2];
    for (size_t i = 0; i < rows * width; i += V::kWidth) V::Store(left + i, V::Add(V::Load(left + i), V::Load(right + i)));
    --waiting;
  };
  for (size_t s = 0; s < segments; ++s) {
    const size_t begin = starts[s], depth = starts[s + 1] - begin;
    tile(depth, a + begin * lda, 1, lda, packed_b + (begin - starts[0]) * width, stack[waiting++], width, true);
    for (size_t digit = s + 1; digit % 2 == 0; digit /= 2) join();
  }
  while (waiting > 1) join();
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) c[i * ldc + j] = stack[0][i * width + j];
  }
}

template <typename V, size_t RowsMax, typename E = typename V::Element>
void GemmSegments(size_t m, size_t n, const size_t* starts, size_t segments, const E* a, size_t lda, const E* b, size_t ldb, E* c,
                  size_t ldc) {
  static constexpr Tiles<V, RowsMax> kTiles;
  constexpr size_t kTileColumns = 2 * V::kWidth;
  static_assert(kBlockK * kBlockColumns * sizeof(E) <= kPackingBytes);
  E* const packed_b = static_cast<E*>(PackingBuffer());
  const size_t depth = segments == 0 ? 0 : starts[segments] - starts[0];
  if (depth == 0) {
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < n; ++j) c[i * ldc + j] = E{0};
    }
    return;
  }
  if (depth * kTileColumns > kBlockK * kBlockColumns) __builtin_trap();  // kSegmentRowsMax, checked by callers
  size_t block = kBlockK * kBlockColumns / depth / kTileColumns * kTileColumns;
  for (size_t j0 = 0; j0 < n; j0 += block) {
    const size_t columns = n - j0 < block ? n - j0 : block;
    for (size_t j = 0; j < columns; j += kTileColumns) {
      const size_t width = columns - j <= V::kWidth ? V::kWidth : kTileColumns;
      PackB(b + starts[0] * ldb + j0 + j, ldb, size_t{1}, depth, columns - j < width ? columns - j : width, width, packed_b + j * depth);
    }
    for (size_t i = 0; i < m; i += RowsMax) {
      const size_t rows = m - i < RowsMax ? m - i : RowsMax;
      for (size_t j = 0; j < columns; j += kTileColumns) {
        const size_t rest = columns - j, width = rest <= V::kWidth ? V::kWidth : kTileColumns;
        SegmentsTile<V, RowsMax>(kTiles.table[rows - 1][width / V::kWidth - 1], rows, rest < width ? rest : width, width, starts,
                                 segments, a + i, lda, packed_b + j * depth, c + i * ldc + j0 + j, ldc);
      }
    }
  }
}

template <typename V, typename D, size_t RowsMax>
constexpr Kernels MakeKernels() {
  return {&Dot<V>,     &Axpy<V>, &AddTo<V>, &Scale<V>,   &SparseDot<V>, &SparseAxpy<V>,
          &Exp<V>,     &Log<V>,  &Tanh<V>,  &Sigmoid<V>, &Softmax<V>,   &Gemm<V, RowsMax>,
          &GemmSegments<V, RowsMax>, &Gemm<D, RowsMax>};
}

}  // namespace
}  // namespace tusk::ml
