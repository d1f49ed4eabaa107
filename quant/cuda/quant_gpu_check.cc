// The codecs' part of tools/gpu_check.sh: the suite on a real GPU, then times beside a plain device copy of the same bytes. Exit 1 if a check
// fails; without a device everything is skipped, and said so.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>

#include "base/gpu/device.h"
#include "quant/cuda/codec_checks.h"
#include "quant/cuda/gpu_codec.h"
#include "quant/cuda/gpu_rows.h"
#include "quant/cuda/gpu_scaled.h"
#include "quant/testing/test_weights.h"
#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

constexpr uint64_t kSeeds[] = {1, 2};
constexpr int64_t kRows = 16384, kColumns = 8192;  // 512 MiB of floats: several times the second-level cache

double MedianMilliseconds(const std::function<void()>& work) {
  work();
  std::array<double, 5> times{};
  for (double& time : times) time = gpu::Milliseconds(work);
  std::sort(times.begin(), times.end());
  return times[2];
}

// With a scale for each row; `scales` has room for as many.
void TimeScaled(float* weights, uint8_t* codes, float* scales, double copy_bytes_a_ms) {
  const std::vector<float> ones(static_cast<size_t>(kColumns), 0.01F);
  gpu::CopyIn(scales, ones.data(), ones.size() * 4);
  cuda::ScaledCall call{ScaledType::kInt8, false, kColumns, kRows, {1, kRows, kColumns, 1}, scales, nullptr};
  for (const ScaledType type : {ScaledType::kInt8, ScaledType::kFp8E4M3, ScaledType::kFp8E5M2}) {
    call.type = type;
    const auto show = [&](double ms) {
      const double count = static_cast<double>(kRows) * static_cast<double>(kColumns);
      std::printf(" %10.2f (%5.1f %%)", count / ms * 1e-6, 100 * 5 * count / copy_bytes_a_ms / ms);
    };
    std::printf("%-8s", std::string(NameOf(type)).c_str());
    show(MedianMilliseconds([&] { cuda::EncodeScaledOnGpu(call, weights, codes); }));
    std::printf(" %20s", "");
    show(MedianMilliseconds([&] { cuda::DecodeScaledOnGpu(call, codes, weights); }));
    std::printf("\n");
  }
}

// `copy`: reading the floats and writing as many bytes as the blocks have, as two device copies would; its time is taken from a copy of all.
void TimeCodecs() {
  const std::vector<float> piece = TestWeights("student", 64, kColumns, 1), importance = TestImportance(kColumns, 2);
  constexpr size_t kWeights = static_cast<size_t>(kRows) * kColumns, kBytes = kWeights * 4;
  auto* weights = static_cast<float*>(gpu::Allocate(kBytes));
  auto* out = static_cast<uint8_t*>(gpu::Allocate(kBytes));
  auto* columns = static_cast<float*>(gpu::Allocate(importance.size() * 4));
  auto* means = static_cast<float*>(gpu::Allocate(static_cast<size_t>(kRows) * 4));
  if (weights == nullptr || out == nullptr || columns == nullptr || means == nullptr) return;
  for (int64_t row = 0; row < kRows; row += 64) gpu::CopyIn(weights + row * kColumns, piece.data(), piece.size() * 4);
  gpu::CopyIn(columns, importance.data(), importance.size() * 4);
  const double copy_bytes_a_ms = 2 * static_cast<double>(kBytes) / MedianMilliseconds([&] { gpu::CopyOnDevice(out, weights, kBytes); });
  std::printf("\ncodecs, 10^9 weights a second; in brackets the part of a device copy's speed (%.2f TB/s)\n%-8s %20s %20s %20s\n",
              copy_bytes_a_ms * 1e-9, "type", "encode", "weighted", "decode");
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.encodable || traits.block_weights == 1) continue;
    const double traffic = static_cast<double>(kBytes) + static_cast<double>(RowBytes(traits.type, kColumns).value() * kRows);
    const auto show = [&](double ms) {
      std::printf(" %10.2f (%5.1f %%)", static_cast<double>(kWeights) / ms * 1e-6, 100 * traffic / copy_bytes_a_ms / ms);
      std::fflush(stdout);
    };
    std::printf("%-8s", std::string(traits.name).c_str());
    show(MedianMilliseconds([&] { cuda::EncodeOnGpu(traits.type, {weights, kRows, kColumns, nullptr, means, out}); }));
    show(MedianMilliseconds([&] { cuda::EncodeOnGpu(traits.type, {weights, kRows, kColumns, columns, means, out}); }));
    show(MedianMilliseconds([&] { cuda::DecodeOnGpu(traits.type, out, kRows, kColumns, weights); }));
    std::printf("\n");
  }
  TimeScaled(weights, out, columns, copy_bytes_a_ms);
  for (void* memory : {static_cast<void*>(weights), static_cast<void*>(out), static_cast<void*>(columns), static_cast<void*>(means)}) gpu::Free(memory);
}

// What workers call, from host memory to host memory: a unit of a million weights, in the CPU's bytes. The number of failures.
size_t CheckRows() {
  constexpr int64_t kUnitRows = 128;
  const std::vector<float> weights = TestWeights("student", kUnitRows, kColumns, 3), importance = TestImportance(kColumns, 4);
  const Result<std::unique_ptr<RowDevice>> device = MakeGpuRows();
  if (!device.ok()) return 1;
  size_t failed = 0;
  std::printf("\nunits of a million weights from and to host memory, 10^9 weights a second\n");
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.encodable || traits.block_weights == 1) continue;
    std::vector<uint8_t> expected(static_cast<size_t>(RowBytes(traits.type, kColumns).value() * kUnitRows)), found(expected.size());
    const auto encode = [&] { return (*device)->EncodeRows(traits.type, weights.data(), kUnitRows, kColumns, importance.data(), found); };
    const bool done = encode() && EncodeRows(traits.type, weights.data(), kUnitRows, kColumns, importance.data(), expected).ok();
    const double ms = MedianMilliseconds([&] { (void)encode(); });
    failed += done && found == expected ? 0 : 1;
    std::printf("%-8s %6.2f%s\n", std::string(traits.name).c_str(), static_cast<double>(weights.size()) / ms * 1e-6, done && found == expected ? "" : "  FAILED");
  }
  if (!(*device)->failure().empty()) std::printf("FAILED: %s\n", (*device)->failure().c_str());
  return failed;
}

int Main() {
  std::string why_none;
  if (gpu::DeviceCount(&why_none) == 0) {
    std::printf("codecs: %zu tests skipped: %s\n", std::size(kSeeds) + 2, why_none.c_str());
    return 0;
  }
  size_t failed = 0;
  for (const uint64_t seed : kSeeds) {
    const CodecCheckReport report = CheckGpuCodecs(seed, 16, 5120);
    failed += report.failures.size();
    std::printf("codecs, seed %llu: %zu checks, %zu failed\n", static_cast<unsigned long long>(seed), report.checks, report.failures.size());
    for (const std::string& failure : report.failures) std::printf("  FAILED %s\n", failure.c_str());
    std::fflush(stdout);
  }
  failed += CheckRows();
  TimeCodecs();
  const std::string error = gpu::TakeError();
  if (!error.empty()) std::printf("FAILED: %s\n", error.c_str());
  return failed == 0 && error.empty() ? 0 : 1;
}

}  // namespace
}  // namespace tusk::quant

int main() { return tusk::quant::Main(); }
