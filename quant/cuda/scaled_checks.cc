// int8 and fp8 of the GPU beside those of the CPU: the range of every block, every code, every weight that comes back.
#include <cmath>
#include <cstring>

#include "quant/cuda/codec_checks.h"
#include "quant/cuda/device_buffer.h"
#include "quant/cuda/gpu_scaled.h"
#include "quant/testing/test_weights.h"

namespace tusk::quant {
namespace {

struct Case {
  ScaledType type;
  bool affine;
  const char* granularity;
};

size_t WrongFloats(const std::vector<float>& a, const std::vector<float>& b) {
  size_t wrong = 0;
  for (size_t i = 0; i < a.size(); ++i) wrong += std::memcmp(&a[i], &b[i], 4) == 0 || (std::isnan(a[i]) && std::isnan(b[i])) ? 0 : 1;
  return wrong;
}

void CheckCase(const Case& one, std::string_view kind, uint64_t seed, int64_t rows, int64_t columns, CodecCheckReport& report) {
  ScaledSettings settings;
  settings.type = one.type;
  settings.affine = one.affine;
  if (!SetGranularity(one.granularity, settings).ok()) return report.failures.push_back("granularity");
  const std::vector<float> weights = TestWeights(kind, rows, columns, seed);
  const Result<std::vector<BlockScale>> scales = FindScales(settings, weights, rows, columns);
  std::vector<uint8_t> expected(weights.size()), found(weights.size());
  const std::string name = std::string(NameOf(one.type)) + (one.affine ? " affine " : " ") + one.granularity + " " + std::string(kind);
  report.checks += 3;
  if (!scales.ok() || !EncodeScaled(settings, weights, rows, columns, *scales, expected).ok()) return report.failures.push_back("CPU " + name);
  std::vector<float> values(scales->size()), lows(scales->size()), highs(scales->size());
  std::vector<int8_t> zero_points(scales->size());
  for (size_t i = 0; i < scales->size(); ++i) {
    values[i] = (*scales)[i].scale;
    zero_points[i] = (*scales)[i].zero_point;
  }
  const DeviceBuffer in(weights.data(), weights.size() * 4), out(found.size()), all_scales(values.data(), values.size() * 4);
  const DeviceBuffer zeros(zero_points.data(), zero_points.size()), least(values.size() * 4), greatest(values.size() * 4), back(weights.size() * 4);
  const cuda::ScaledCall call{one.type, one.affine, rows, columns, GridOf(settings, rows, columns).value(), all_scales.As<float>(),
                              one.affine ? zeros.As<int8_t>() : nullptr};
  cuda::FindExtremesOnGpu(call, in.As<float>(), least.As<float>(), greatest.As<float>());
  gpu::CopyOut(lows.data(), least.As<float>(), lows.size() * 4);
  gpu::CopyOut(highs.data(), greatest.As<float>(), highs.size() * 4);
  size_t wrong = 0;
  for (size_t i = 0; i < lows.size(); ++i) wrong += ScaleOf(settings, {lows[i], highs[i]}) == (*scales)[i] ? 0 : 1;
  if (wrong > 0) report.failures.push_back("scales " + name + ": " + std::to_string(wrong) + " differ");
  cuda::EncodeScaledOnGpu(call, in.As<float>(), out.As<uint8_t>());
  gpu::CopyOut(found.data(), out.As<uint8_t>(), found.size());
  if (found != expected) report.failures.push_back("encode " + name);
  // Every code there is, not only those that weights become.
  const std::vector<uint8_t> codes = TestBytes(weights.size(), seed);
  std::vector<float> decoded(weights.size()), reference(weights.size());
  const DeviceBuffer bytes(codes.data(), codes.size());
  cuda::DecodeScaledOnGpu(call, bytes.As<uint8_t>(), back.As<float>());
  gpu::CopyOut(decoded.data(), back.As<float>(), decoded.size() * 4);
  if (!DecodeScaled(settings, codes, rows, columns, *scales, reference).ok()) return report.failures.push_back("CPU decode " + name);
  wrong = WrongFloats(decoded, reference);
  if (wrong > 0) report.failures.push_back("decode " + name + ": " + std::to_string(wrong) + " weights differ");
}

}  // namespace

void CheckScaledCodecs(uint64_t seed, int64_t rows, int64_t columns, CodecCheckReport& report) {
  for (const ScaledType type : {ScaledType::kInt8, ScaledType::kFp8E4M3, ScaledType::kFp8E5M2}) {
    for (const char* granularity : {"tensor", "channel", "group:100", "block:16"}) {
      for (const std::string_view kind : kWeightKinds) {
        CheckCase({type, false, granularity}, kind, seed, rows, columns, report);
        if (type == ScaledType::kInt8) CheckCase({type, true, granularity}, kind, seed, rows, columns, report);
      }
    }
  }
}

}  // namespace tusk::quant
