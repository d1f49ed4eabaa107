// The program of tools/gpu_check.sh: the suite on a real GPU, then times. Exit 1 if a check fails; without a device everything is
// skipped, and said so.
#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "mlkit/api/random.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/device/cuda/device_checks.h"
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/tensor/cpu_backend.h"
#include "mlkit/tensor/tape.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kSeeds[] = {1, 2, 3};
constexpr size_t kShapes[6][3] = {{512, 512, 512},    {1024, 1024, 1024}, {2048, 2048, 2048},
                                  {4096, 4096, 4096}, {8192, 8192, 8192}, {60000, 256, 784}};

std::vector<float> Numbers(size_t count, uint64_t stream) {
  Random random(7, stream);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random.Uniform(-0.1, 0.1));
  return numbers;
}

// The median of five, after one to warm up.
double MedianMilliseconds(const std::function<void()>& work) {
  work();
  std::array<double, 5> times{};
  for (double& time : times) time = cuda::Milliseconds(work);
  std::sort(times.begin(), times.end());
  return times[2];
}

float* Upload(const std::vector<float>& host) {
  auto* memory = static_cast<float*>(cuda::Allocate(host.size() * sizeof(float)));
  cuda::CopyIn(memory, host.data(), host.size() * sizeof(float));
  return memory;
}

void TimeProducts() {
  std::printf("\nmatrix products, TFLOP/s (medians of 5)\n%18s %10s %10s %10s %10s %10s\n", "m x n x k", "tiled", "registers", "cuBLAS", "cuBLAS16",
              "cuBLASbf");
  for (const auto& [m, n, k] : kShapes) {
    float *a = Upload(Numbers(m * k, 1)), *b = Upload(Numbers(k * n, 2)), *c = Upload(std::vector<float>(m * n));
    cuda::Product p{.m = m, .n = n, .k = k, .a = a, .b = b, .c = c};
    const double flops = 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    const auto rate = [&](const std::function<void()>& work) { return flops / MedianMilliseconds(work) / 1e9; };
    const double tiled = rate([&] { cuda::MatmulTiled(p); }), registers = rate([&] { cuda::MatmulRegisterTiled(p); });
    double cublas[3] = {0, 0, 0};
    auto *a16 = static_cast<uint16_t*>(cuda::Allocate(m * k * 2)), *b16 = static_cast<uint16_t*>(cuda::Allocate(k * n * 2));
    for (const cuda::Scalar kind : {cuda::Scalar::kFloat, cuda::Scalar::kHalf, cuda::Scalar::kBfloat}) {
      cuda::Product q = p;
      q.inputs = kind;
      if (kind != cuda::Scalar::kFloat) {
        cuda::ToScalar(kind, m * k, a, a16);
        cuda::ToScalar(kind, k * n, b, b16);
        q.a = a16;
        q.b = b16;
      }
      if (cuda::MatmulCublas(q, nullptr)) cublas[static_cast<int>(kind)] = rate([&] { cuda::MatmulCublas(q, nullptr); });
    }
    std::printf("%6zu x%5zu x%5zu %9.2f %10.2f %10.2f %10.2f %10.2f\n", m, n, k, tiled, registers, cublas[0], cublas[1], cublas[2]);
    std::fflush(stdout);
    for (void* memory : {static_cast<void*>(a), static_cast<void*>(b), static_cast<void*>(c), static_cast<void*>(a16), static_cast<void*>(b16)}) {
      cuda::Free(memory);
    }
  }
}

// 60000 rows of 784 -> 256 -> 10 in batches of 512, Adam: one epoch's milliseconds and its last loss.
void TimeEpoch(const char* name, TensorBackend& backend) {
  constexpr size_t kRows = 60000, kBatch = 512, kInputs = 784, kHidden = 256, kClasses = 10;
  constexpr size_t kWeights = kInputs * kHidden + kHidden * kClasses, kAll = kWeights + kHidden + kClasses;
  std::vector<float*> memory;
  const auto upload = [&](const std::vector<float>& host) {
    memory.push_back(backend.Allocate(host.size()).value());
    backend.Upload(host, memory.back());
    return memory.back();
  };
  const std::vector<float> x = Numbers(kRows * kInputs, 3);
  std::vector<float> labels(kRows);
  for (size_t i = 0; i < kRows; ++i) labels[i] = x[i * kInputs] > 0 ? 1.0F : 0.0F;
  float *rows = upload(x), *classes = upload(labels), *parameters = upload(Numbers(kAll, 4)), *gradients = upload(std::vector<float>(kAll));
  float* const slots[] = {upload(std::vector<float>(kAll)), upload(std::vector<float>(kAll))};
  const auto adam = MakeGradientOptimizer("adam", {});
  double loss = 0;
  uint64_t step = 0;
  const auto epoch = [&] {
    Tape tape(backend);
    for (size_t at = 0; at + kBatch <= kRows; at += kBatch) {
      LaneRows lanes;
      for (size_t lane = 0; lane < 16; ++lane) {
        lanes.numbers.push_back(lane);
        lanes.starts.push_back((lane + 1) * kBatch / 16);
      }
      std::vector<double> losses(16);
      tape.Begin(lanes, parameters, gradients, 0);
      Tape::Value v = tape.Linear(tape.Input(rows + at * kInputs, kInputs), {0, kInputs, kHidden}, {kWeights, 1, kHidden}).value();
      v = tape.Linear(tape.Activate(v, Activation::kRelu).value(), {kInputs * kHidden, kHidden, kClasses}, {kWeights + kHidden, 1, kClasses}).value();
      tape.CrossEntropy(v, classes + at, nullptr, losses);
      if (!tape.Backward().ok()) return;
      backend.Update(*adam, {.rate = 1e-3F, .step = ++step}, kAll, 1.0F / kBatch, parameters, gradients, slots);
      loss = 0;
      for (const double one : losses) loss += one / kBatch;
    }
  };
  epoch();
  const double milliseconds = cuda::Milliseconds(epoch);
  std::printf("%24s %10.1f ms, loss %.9f\n", name, milliseconds, loss);
  std::fflush(stdout);
  for (float* one : memory) backend.Free(one);
}

void TimeEpochs() {
  std::printf("\nan epoch of a perceptron 784-256-10, 60000 rows, batches of 512 (the second epoch; equal bits: equal losses)\n");
  const size_t threads = std::max(1U, std::thread::hardware_concurrency());
  ThreadPool pool(threads);
  TimeEpoch(("CPU, " + std::to_string(threads) + " threads").c_str(), *MakeCpuBackend(pool));
  const std::pair<const char*, CudaOptions> kinds[] = {
      {"GPU, the CPU's bits", {}},
      {"GPU, cuBLAS", {.cublas = true}},
      {"GPU, fp16", {.precision = Precision::kFloat16, .cublas = true}},
      {"GPU, bf16", {.precision = Precision::kBfloat16, .cublas = true}},
  };
  for (const auto& [name, options] : kinds) {
    if (auto backend = MakeCudaBackend(options); backend.ok()) TimeEpoch(name, **backend);
  }
}

int Main() {
  const Result<std::string> device = CudaDeviceName();
  if (!device.ok()) {
    std::printf("%zu tests skipped: %s\n", kDeviceCheckGroups * std::size(kSeeds) + std::size(kShapes) + 1, std::string(device.status().message()).c_str());
    return 0;
  }
  std::printf("device: %s\n", device->c_str());
  size_t failed = 0;
  for (const uint64_t seed : kSeeds) {
    const CheckReport report = CheckDevice(seed, true);
    failed += report.failures.size();
    std::printf("seed %llu: %zu checks, %zu failed\n", static_cast<unsigned long long>(seed), report.checks, report.failures.size());
    for (const std::string& failure : report.failures) std::printf("  FAILED %s\n", failure.c_str());
    for (const std::string& note : report.notes) std::printf("  %s\n", note.c_str());
    std::fflush(stdout);
  }
  TimeProducts();
  TimeEpochs();
  const std::string error = cuda::TakeError();
  if (!error.empty()) std::printf("FAILED: %s\n", error.c_str());
  return failed == 0 && error.empty() ? 0 : 1;
}

}  // namespace
}  // namespace tusk::ml

int main() { return tusk::ml::Main(); }
