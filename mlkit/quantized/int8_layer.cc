// Codes by quant/types; dot products of int8 with AVX2 where the machine has it.
#include "mlkit/quantized/int8_layer.h"

#include <algorithm>
#include <cmath>

#include "quant/cpu/scaled_kernels.h"
#include "quant/types/scaled.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tusk::ml {
namespace {

const quant::ScaledSettings kRows;   // int8, symmetric, one scale for each row

#if defined(__x86_64__)
__attribute__((target("avx2"))) int64_t DotInt8Avx2(const uint8_t* a, const uint8_t* b, size_t count) {
  constexpr size_t kPiece = 65'536;    // a lane adds 2 * 128 * 128 for every 16: far below 2^31
  int64_t total = 0;
  size_t i = 0;
  while (i + 16 <= count) {
    const size_t end = std::min(count, i + kPiece);
    __m256i sums = _mm256_setzero_si256();
    for (; i + 16 <= end; i += 16) {
      const __m256i x = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)));
      const __m256i y = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(x, y));
    }
    int32_t lanes[8];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), sums);
    for (const int32_t lane : lanes) total += lane;
  }
  return total + DotInt8Scalar(a + i, b + i, count - i);
}
#endif

}  // namespace

int64_t DotInt8Scalar(const uint8_t* a, const uint8_t* b, size_t count) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<int8_t>(a[i]) * static_cast<int8_t>(b[i]);
  return sum;
}

int64_t DotInt8(const uint8_t* a, const uint8_t* b, size_t count) {
#if defined(__x86_64__)
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  if (wide) return DotInt8Avx2(a, b, count);
#endif
  return DotInt8Scalar(a, b, count);
}

Result<Int8Layer> Int8Layer::Make(std::span<const float> weights, std::span<const float> bias, std::vector<float> input_scale) {
  Int8Layer layer;
  const size_t outputs = bias.size();
  TUSK_CHECK(outputs > 0 && weights.size() % outputs == 0);
  layer.inputs_ = weights.size() / outputs;
  layer.bias_.assign(bias.begin(), bias.end());
  layer.input_scale_ = std::move(input_scale);
  std::vector<float> turned(weights.size());
  for (size_t input = 0; input < layer.inputs_; ++input) {
    const float size = layer.input_scale_.empty() ? 1.0F : layer.input_scale_[input];
    for (size_t output = 0; output < outputs; ++output) turned[output * layer.inputs_ + input] = weights[input * outputs + output] * size;
  }
  const auto rows = static_cast<int64_t>(outputs), columns = static_cast<int64_t>(layer.inputs_);
  ASSIGN_OR_RETURN(const std::vector<quant::BlockScale> scales, quant::FindScales(kRows, turned, rows, columns));
  layer.codes_.resize(turned.size());
  RETURN_IF_ERROR(quant::EncodeScaled(kRows, turned, rows, columns, scales, layer.codes_));
  for (const quant::BlockScale& scale : scales) layer.scales_.push_back(scale.scale);
  return layer;
}

void Int8Layer::Save(const std::string& name, Bundle& bundle) const {
  bundle.SetTensor(name + ".weight", {ElementType::kI8, {outputs(), inputs_}, codes_});
  bundle.SetFloats(name + ".weight_scale", scales_, {outputs(), 1});
  bundle.SetFloats(name + ".bias", bias_, {outputs()});
  if (!input_scale_.empty()) bundle.SetFloats(name + ".input_scale", input_scale_, {inputs_});
}

Result<Int8Layer> Int8Layer::Load(const std::string& name, const Bundle& bundle) {
  const Status bad(Code::kCorruption, name + ": weights, scales and biases do not fit each other");
  Int8Layer layer;
  const auto weight = bundle.tensors().find(name + ".weight");
  if (weight == bundle.tensors().end() || weight->second.type != ElementType::kI8 || weight->second.shape.size() != 2) {
    return Status(Code::kCorruption, name + ".weight: not a matrix of int8");
  }
  ASSIGN_OR_RETURN(layer.scales_, bundle.Floats(name + ".weight_scale"));
  ASSIGN_OR_RETURN(layer.bias_, bundle.Floats(name + ".bias"));
  layer.inputs_ = weight->second.shape[1];
  layer.codes_ = weight->second.data;
  const size_t outputs = layer.bias_.size();
  if (outputs == 0 || layer.inputs_ == 0 || weight->second.shape[0] != outputs || layer.scales_.size() != outputs) return bad;
  if (bundle.Has(name + ".input_scale")) {
    ASSIGN_OR_RETURN(layer.input_scale_, bundle.Floats(name + ".input_scale"));
    if (layer.input_scale_.size() != layer.inputs_) return bad;
    for (const float scale : layer.input_scale_) {
      if (!(scale > 0) || !std::isfinite(scale)) return Status(Code::kCorruption, name + ".input_scale: not a size");
    }
  }
  return layer;
}

Status Int8Layer::Forward(std::span<float> x, size_t rows, std::span<float> out) const {
  if (rows == 0) return Status::Ok();
  if (!input_scale_.empty()) {
    for (size_t row = 0; row < rows; ++row) {
      for (size_t column = 0; column < inputs_; ++column) x[row * inputs_ + column] /= input_scale_[column];
    }
  }
  const auto columns = static_cast<int64_t>(inputs_);
  ASSIGN_OR_RETURN(const std::vector<quant::BlockScale> scales, quant::FindScales(kRows, x, static_cast<int64_t>(rows), columns));
  std::vector<uint8_t> codes(x.size());
  RETURN_IF_ERROR(quant::EncodeScaled(kRows, x, static_cast<int64_t>(rows), columns, scales, codes));
  for (size_t row = 0; row < rows; ++row) {
    for (size_t k = 0; k < outputs(); ++k) {
      const int64_t sum = DotInt8(codes.data() + row * inputs_, codes_.data() + k * inputs_, inputs_);
      out[row * outputs() + k] = static_cast<float>(sum) * (scales[row].scale * scales_[k]) + bias_[k];
    }
  }
  return Status::Ok();
}

void Int8Layer::ForwardSparse(const SparseRow& row, std::span<float> out) const {
  const size_t count = row.columns.size();
  std::vector<float> x(row.values.begin(), row.values.end());
  for (size_t i = 0; i < count && !input_scale_.empty(); ++i) x[i] /= input_scale_[row.columns[i]];
  quant::WeightRange range;
  for (const float value : x) range = {std::min(range.low, value), std::max(range.high, value)};
  const float scale = quant::ScaleOf(kRows, range).scale;
  std::vector<uint8_t> codes(count);
  quant::BestScaledKernels().encode_int8(x.data(), count, scale, 0, -127, codes.data());
  for (size_t k = 0; k < outputs(); ++k) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; ++i) {
      sum += static_cast<int8_t>(codes[i]) * static_cast<int8_t>(codes_[k * inputs_ + row.columns[i]]);
    }
    out[k] = static_cast<float>(sum) * (scale * scales_[k]) + bias_[k];
  }
}

}  // namespace tusk::ml
