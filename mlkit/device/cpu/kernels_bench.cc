// GFLOP/s of the matrix product against a loop of nothing but fused multiply-adds, and against Eigen.
#include <Eigen/Dense>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "mlkit/device/cpu/kernels.h"

namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Median GFLOP/s of 7 runs of `body`, which does `flops` operations.
template <typename Body>
double Measure(double flops, Body body) {
  std::vector<double> rates;
  const int repeat = static_cast<int>(std::max(1.0, 1e9 / flops));
  for (int run = 0; run < 7; ++run) {
    const double start = CpuSeconds();
    for (int i = 0; i < repeat; ++i) body();
    rates.push_back(flops * repeat / (CpuSeconds() - start) * 1e-9);
  }
  std::sort(rates.begin(), rates.end());
  return rates[3];
}

// 24 independent chains of 16-wide FMAs with every operand in the first cache: a product as small as a tile, very deep.
double Roof(const tusk::ml::Kernels& kernels) {
  static std::vector<float> a(12 * 256, 1.0F), b(32 * 256, 1.0F), c(12 * 32);
  return Measure(2.0 * 12 * 32 * 256, [&] {
    kernels.gemm(tusk::ml::Transpose::kYes, tusk::ml::Transpose::kNo, 12, 32, 256, a.data(), 12, b.data(), 32, c.data(), 32, false);
  });
}

}  // namespace

int main() {
  using tusk::ml::Instructions;
  using tusk::ml::Transpose;
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const struct { size_t m, n, k; bool ta, tb; const char* what; } cases[] = {
      {128, 512, 784, false, false, "mlp forward 1"},  {784, 512, 128, true, false, "mlp gradient 1"},
      {128, 784, 512, false, true, "mlp backward 1"},  {128, 10, 784, false, false, "softmax scores"},
      {784, 10, 128, true, false, "softmax gradient"}, {512, 512, 512, false, false, "square 512"}};
  for (const auto instructions : {Instructions::kAvx2, Instructions::kAvx512}) {
    if (!Supports(instructions)) continue;
    const auto& kernels = tusk::ml::KernelsOf(instructions);
    std::printf("%s: one tile from the first cache %.1f GFLOP/s\n", std::string(NameOf(instructions)).c_str(), Roof(kernels));
    for (const auto& one : cases) {
      std::vector<float> a(one.m * one.k, 0.5F), b(one.n * one.k, 0.25F), c(one.m * one.n);
      const double rate = Measure(2.0 * static_cast<double>(one.m * one.n * one.k), [&] {
        kernels.gemm(one.ta ? Transpose::kYes : Transpose::kNo, one.tb ? Transpose::kYes : Transpose::kNo, one.m, one.n, one.k,
                     a.data(), one.ta ? one.m : one.k, b.data(), one.tb ? one.k : one.n, c.data(), one.n, false);
      });
      std::printf("  %-18s %4zux%4zux%4zu  %7.1f GFLOP/s\n", one.what, one.m, one.n, one.k, rate);
    }
    std::vector<float> a(784 * 128, 0.5F), b(512 * 128, 0.25F), c(784 * 512);
    const std::vector<size_t> starts = {0, 16, 32, 48, 64, 80, 96, 112, 128};
    std::printf("  mlp gradient 1 over 8 lanes              %7.1f GFLOP/s\n", Measure(2.0 * 784 * 512 * 128, [&] {
      kernels.gemm_segments(784, 512, starts.data(), 8, a.data(), 784, b.data(), 512, c.data(), 512);
    }));
  }
  std::printf("Eigen\n");
  for (const auto& one : cases) {
    const Eigen::Index m = static_cast<Eigen::Index>(one.m), n = static_cast<Eigen::Index>(one.n), k = static_cast<Eigen::Index>(one.k);
    Matrix a = Matrix::Constant(one.ta ? k : m, one.ta ? m : k, 0.5F), b = Matrix::Constant(one.tb ? n : k, one.tb ? k : n, 0.25F), c(m, n);
    const double rate = Measure(2.0 * static_cast<double>(one.m * one.n * one.k), [&] {
      if (one.ta) c.noalias() = a.transpose() * b;
      else if (one.tb) c.noalias() = a * b.transpose();
      else c.noalias() = a * b;
    });
    std::printf("  %-18s %4zux%4zux%4zu  %7.1f GFLOP/s\n", one.what, one.m, one.n, one.k, rate);
  }
}
