// All sets of instructions give equal bits, and the right values.
#include "mlkit/device/cpu/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

std::vector<Instructions> Here() {
  std::vector<Instructions> here;
  for (const auto i : {Instructions::kScalar, Instructions::kAvx2, Instructions::kAvx512}) {
    if (Supports(i)) here.push_back(i);
  }
  return here;
}

std::vector<float> Numbers(size_t count, uint64_t stream) {
  Random random(7, stream);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random.Uniform(-2, 2));
  return numbers;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = std::isnan(a[i]) && std::isnan(b[i]);
    if (!both_nan && std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) return false;
  }
  return true;
}

TEST(KernelsTest, DotsAndSumsHaveEqualBitsAtAnyLength) {
  const auto a = Numbers(300, 1), b = Numbers(300, 2);
  for (size_t count = 0; count <= 300; count += count < 70 ? 1 : 23) {
    const float want = KernelsOf(Instructions::kScalar).dot(a.data(), b.data(), count);
    double exact = 0;
    for (size_t i = 0; i < count; ++i) exact += double{a[i]} * b[i];
    EXPECT_NEAR(want, exact, 1e-4);
    for (const auto i : Here()) {
      EXPECT_EQ(std::bit_cast<uint32_t>(want), std::bit_cast<uint32_t>(KernelsOf(i).dot(a.data(), b.data(), count)))
          << NameOf(i) << " " << count;
    }
  }
}

TEST(KernelsTest, DotPutsElementIIntoLaneIMod16) {
  // 1 in lane 0 and 2^-24 in lane 0 is lost; in lane 1 it is kept by the fold only if the lanes are apart.
  std::vector<float> a(33, 0.0F), one(33, 1.0F);
  a[0] = 1.0F;
  a[16] = 0x1p-24F;
  a[32] = 0x1p-24F;
  for (const auto i : Here()) EXPECT_EQ(KernelsOf(i).dot(a.data(), one.data(), 33), 1.0F);
  a[16] = 0;
  a[1] = 0x1p-24F;   // lanes 1 and 9 meet before lane 0
  a[9] = 0x1p-24F;
  a[32] = 0;
  for (const auto i : Here()) EXPECT_EQ(KernelsOf(i).dot(a.data(), one.data(), 33), 1.0F + 0x1p-23F);
}

TEST(KernelsTest, ElementwiseFunctionsHaveEqualBitsEverywhere) {
  std::vector<float> x;
  for (uint32_t bits = 0; bits < 0xFF000000U; bits += 0x1F3A5) x.push_back(std::bit_cast<float>(bits));
  for (const float special : {0.0F, -0.0F, 1.0F, -1.0F, 88.72F, 88.73F, -87.33F, -87.34F, 0.625F}) x.push_back(special);
  x.push_back(std::numeric_limits<float>::quiet_NaN());
  x.push_back(std::numeric_limits<float>::infinity());
  x.push_back(-std::numeric_limits<float>::infinity());
  const Kernels& scalar = KernelsOf(Instructions::kScalar);
  for (const auto function : {&Kernels::exp, &Kernels::log, &Kernels::tanh, &Kernels::sigmoid}) {
    std::vector<float> want(x.size()), got(x.size());
    (scalar.*function)(x.data(), want.data(), x.size());
    for (const auto i : Here()) {
      (KernelsOf(i).*function)(x.data(), got.data(), x.size());
      EXPECT_TRUE(SameBits(want, got)) << NameOf(i);
    }
  }
}

TEST(KernelsTest, ExpLogTanhSigmoidAreRight) {
  const Kernels& cpu = Cpu();
  for (float x = -87; x < 88; x += 0.037F) {
    float y = 0;
    cpu.exp(&x, &y, 1);
    EXPECT_NEAR(y / std::exp(double{x}), 1, 3e-7) << x;
    cpu.tanh(&x, &y, 1);
    EXPECT_NEAR(y, std::tanh(double{x}), 2e-7) << x;
    cpu.sigmoid(&x, &y, 1);
    EXPECT_NEAR(y * (1 + std::exp(-double{x})), 1, 4e-7) << x;
    const float positive = std::exp(x);
    cpu.log(&positive, &y, 1);
    EXPECT_NEAR(y, std::log(double{positive}), 3e-7 * std::max(1.0F, std::abs(x))) << x;
  }
  const float edges[] = {0.0F, -1.0F, std::numeric_limits<float>::infinity(), 1e-40F};
  float logs[4];
  cpu.log(edges, logs, 4);
  EXPECT_EQ(logs[0], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(logs[1]));
  EXPECT_EQ(logs[2], std::numeric_limits<float>::infinity());
  EXPECT_NEAR(logs[3], std::log(1e-40), 1e-4);
  const float far[] = {-1000, 1000};
  float exps[2];
  cpu.exp(far, exps, 2);
  EXPECT_EQ(exps[0], 0.0F);
  EXPECT_EQ(exps[1], std::numeric_limits<float>::infinity());
}

TEST(KernelsTest, SoftmaxSumsToOneAndGivesTheLogOfTheSum) {
  for (const size_t columns : {1, 2, 10, 16, 37}) {
    auto scores = Numbers(5 * columns, 3);
    const auto original = scores;
    std::vector<float> log_sums(5);
    KernelsOf(Instructions::kScalar).softmax(scores.data(), 5, columns, log_sums.data());
    for (size_t r = 0; r < 5; ++r) {
      double sum = 0, exact = 0;
      for (size_t c = 0; c < columns; ++c) {
        sum += scores[r * columns + c];
        exact += std::exp(double{original[r * columns + c]});
      }
      EXPECT_NEAR(sum, 1, 1e-6);
      EXPECT_NEAR(log_sums[r], std::log(exact), 1e-5);
    }
    for (const auto i : Here()) {
      auto got = original;
      std::vector<float> logs(5);
      KernelsOf(i).softmax(got.data(), 5, columns, logs.data());
      EXPECT_TRUE(SameBits(scores, got));
      EXPECT_TRUE(SameBits(log_sums, logs));
    }
  }
}

// The definition: one chain of fused multiply-adds.
std::vector<float> Chains(bool ta, bool tb, size_t m, size_t n, size_t k, const std::vector<float>& a,
                          const std::vector<float>& b, std::vector<float> c) {
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      for (size_t p = 0; p < k; ++p) {
        c[i * n + j] = std::fma(ta ? a[p * m + i] : a[i * k + p], tb ? b[j * k + p] : b[p * n + j], c[i * n + j]);
      }
    }
  }
  return c;
}

TEST(KernelsTest, ProductsAreChainsOverKInOrder) {
  const struct { size_t m, n, k; } sizes[] = {{1, 1, 1}, {13, 10, 31}, {12, 32, 300}, {7, 33, 5}, {25, 70, 17},
                                              {5, 530, 9}, {3, 16, 0}, {64, 10, 100}};
  for (const auto& [m, n, k] : sizes) {
    for (int shape = 0; shape < 8; ++shape) {
      const bool ta = (shape & 1) != 0, tb = (shape & 2) != 0, accumulate = (shape & 4) != 0;
      const auto a = Numbers(m * k, 4), b = Numbers(k * n, 5), c = Numbers(m * n, 6);
      const auto want = Chains(ta, tb, m, n, k, a, b, accumulate ? c : std::vector<float>(m * n));
      for (const auto i : Here()) {
        auto got = c;
        KernelsOf(i).gemm(ta ? Transpose::kYes : Transpose::kNo, tb ? Transpose::kYes : Transpose::kNo, m, n, k, a.data(),
                          ta ? m : k, b.data(), tb ? k : n, got.data(), n, accumulate);
        EXPECT_TRUE(SameBits(want, got)) << NameOf(i) << " " << m << "x" << n << "x" << k << " shape " << shape;
      }
    }
  }
}

TEST(KernelsTest, ProductsOfSegmentsAreFoldedInTheFixedTree) {
  const size_t m = 29, n = 43, most = 7;
  for (size_t segments = 1; segments <= most; ++segments) {
    std::vector<size_t> starts = {2};
    for (size_t s = 0; s < segments; ++s) starts.push_back(starts.back() + (s == 2 ? 0 : 5 + s));
    const size_t k = starts.back();
    const auto a = Numbers(k * m, 10), b = Numbers(k * n, 11);
    std::vector<std::vector<float>> parts;
    for (size_t s = 0; s < segments; ++s) {
      std::vector<float> part(m * n);
      KernelsOf(Instructions::kScalar).gemm(Transpose::kYes, Transpose::kNo, m, n, starts[s + 1] - starts[s], a.data() + starts[s] * m,
                                            m, b.data() + starts[s] * n, n, part.data(), n, false);
      parts.push_back(std::move(part));
    }
    for (size_t step = 1; step < segments; step *= 2) {
      for (size_t s = 0; s + step < segments; s += 2 * step) {
        for (size_t i = 0; i < m * n; ++i) parts[s][i] += parts[s + step][i];
      }
    }
    for (const auto i : Here()) {
      std::vector<float> got(m * n, 99.0F);
      KernelsOf(i).gemm_segments(m, n, starts.data(), segments, a.data(), m, b.data(), n, got.data(), n);
      EXPECT_TRUE(SameBits(parts[0], got)) << NameOf(i) << " " << segments;
    }
  }
}

TEST(KernelsTest, ProductsInDoubleAreTheSameChains) {
  const size_t m = 29, n = 11, k = 301;
  Random random(3, 1);
  std::vector<double> a(m * k), b(k * n), start(m * n);
  for (auto* all : {&a, &b, &start}) {
    for (double& value : *all) value = random.Uniform(-1, 1);
  }
  auto want = start;
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      for (size_t p = 0; p < k; ++p) want[i * n + j] = std::fma(a[p * m + i], b[p * n + j], want[i * n + j]);
    }
  }
  for (const auto i : Here()) {
    auto got = start;
    KernelsOf(i).gemm_double(Transpose::kYes, Transpose::kNo, m, n, k, a.data(), m, b.data(), n, got.data(), n, true);
    EXPECT_EQ(want, got) << NameOf(i);
  }
}

TEST(KernelsTest, AxpyAndSparseFunctionsHaveEqualBits) {
  const auto x = Numbers(77, 8), y = Numbers(100, 9);
  std::vector<uint32_t> columns;
  for (uint32_t i = 0; i < 77; ++i) columns.push_back(i + i / 5);
  auto axpy = y, sparse = y;
  const Kernels& scalar = KernelsOf(Instructions::kScalar);
  scalar.axpy(0.3F, x.data(), axpy.data(), 77);
  scalar.sparse_axpy(0.3F, columns.data(), x.data(), 77, sparse.data());
  const float dot = scalar.sparse_dot(0.5F, columns.data(), x.data(), 77, y.data());
  for (const auto i : Here()) {
    auto a = y, s = y;
    KernelsOf(i).axpy(0.3F, x.data(), a.data(), 77);
    KernelsOf(i).sparse_axpy(0.3F, columns.data(), x.data(), 77, s.data());
    EXPECT_TRUE(SameBits(axpy, a));
    EXPECT_TRUE(SameBits(sparse, s));
    EXPECT_EQ(dot, KernelsOf(i).sparse_dot(0.5F, columns.data(), x.data(), 77, y.data()));
  }
}

}  // namespace
}  // namespace tusk::ml
