// The suite of codec_checks.h.
#include "quant/cuda/codec_checks.h"

#include <cmath>
#include <cstring>

#include "quant/cuda/device_buffer.h"
#include "quant/cuda/gpu_codec.h"
#include "quant/testing/test_weights.h"
#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

using Buffer = DeviceBuffer;

struct Shape {
  int64_t rows, columns;
};

void CheckEncoder(const TypeTraits& traits, std::string_view kind, bool weighted, uint64_t seed, Shape shape, CodecCheckReport& report) {
  const std::vector<float> weights = TestWeights(kind, shape.rows, shape.columns, seed), importance = TestImportance(shape.columns, seed + 1);
  std::vector<uint8_t> expected(static_cast<size_t>(RowBytes(traits.type, shape.columns).value() * shape.rows)), found(expected.size());
  const std::string name = std::string(traits.name) + " " + std::string(kind) + (weighted ? " weighted" : " plain");
  ++report.checks;
  if (!EncodeRows(traits.type, weights.data(), shape.rows, shape.columns, weighted ? importance.data() : nullptr, expected).ok()) {
    return report.failures.push_back("CPU encode " + name);
  }
  const Buffer in(weights.data(), weights.size() * 4), columns(importance.data(), importance.size() * 4), means(static_cast<size_t>(shape.rows) * 4);
  const Buffer out(found.data(), found.size());
  if (!cuda::EncodeOnGpu(traits.type, {in.As<float>(), shape.rows, shape.columns, weighted ? columns.As<float>() : nullptr, means.As<float>(), out.As<uint8_t>()})) {
    --report.checks;
    return;
  }
  gpu::CopyOut(found.data(), out.As<uint8_t>(), found.size());
  size_t wrong = 0;
  const auto block = static_cast<size_t>(traits.block_bytes);
  for (size_t at = 0; at < found.size(); at += block) wrong += std::memcmp(&found[at], &expected[at], block) != 0 ? 1 : 0;
  if (wrong > 0) report.failures.push_back("encode " + name + ": " + std::to_string(wrong) + " of " + std::to_string(found.size() / block) + " blocks differ");
}

void CheckDecoder(const TypeTraits& traits, uint64_t seed, Shape shape, CodecCheckReport& report) {
  const std::vector<uint8_t> bytes = TestBytes(static_cast<size_t>(RowBytes(traits.type, shape.columns).value() * shape.rows), seed);
  std::vector<float> expected(static_cast<size_t>(shape.rows * shape.columns)), found(expected.size());
  const Buffer in(bytes.data(), bytes.size()), out(found.size() * 4);
  if (!cuda::DecodeOnGpu(traits.type, in.As<uint8_t>(), shape.rows, shape.columns, out.As<float>())) return;
  ++report.checks;
  gpu::CopyOut(found.data(), out.As<float>(), found.size() * 4);
  size_t wrong = 0;
  if (!DecodeRows(traits.type, bytes, shape.rows, shape.columns, expected.data()).ok()) ++wrong;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool same = std::memcmp(&found[i], &expected[i], 4) == 0 || (std::isnan(found[i]) && std::isnan(expected[i]));
    wrong += same ? 0 : 1;
  }
  if (wrong > 0) report.failures.push_back("decode " + std::string(traits.name) + ": " + std::to_string(wrong) + " weights differ");
}

void CheckNotFinite(CodecCheckReport& report) {
  std::vector<float> weights(1000, 1.0F);
  weights[700] = std::nanf("");
  weights[901] = INFINITY;
  unsigned long long first = ~0ULL;
  const Buffer in(weights.data(), weights.size() * 4), place(&first, sizeof(first));
  cuda::FindNotFinite(in.As<float>(), 1000, place.As<unsigned long long>());
  gpu::CopyOut(&first, place.As<unsigned long long>(), sizeof(first));
  ++report.checks;
  if (first != 700) report.failures.push_back("the first weight that is not finite: " + std::to_string(first));
}

}  // namespace

CodecCheckReport CheckGpuCodecs(uint64_t seed, int64_t rows, int64_t columns) {
  CodecCheckReport report;
  for (const TypeTraits& traits : AllTypes()) {
    if (traits.encodable && traits.block_weights > 1) {
      for (const std::string_view kind : kWeightKinds) {
        CheckEncoder(traits, kind, false, seed, {rows, columns}, report);
        CheckEncoder(traits, kind, true, seed, {rows, columns}, report);
      }
    }
    if (traits.decodable) CheckDecoder(traits, seed, {rows, columns}, report);
  }
  CheckNotFinite(report);
  CheckScaledCodecs(seed, rows, columns, report);
  if (const std::string error = gpu::TakeError(); !error.empty()) report.failures.push_back(error);
  return report;
}

}  // namespace tusk::quant
