// The three encodings.
#include "mlkit/compression/gradient_codec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/core/half.h"

namespace tusk::ml {
namespace {

constexpr size_t kHeadBytes = 9;
constexpr size_t kInt8Block = 256;

template <typename T>
void Append(std::vector<uint8_t>& bytes, const T* values, size_t count) {
  const auto* from = reinterpret_cast<const uint8_t*>(values);
  bytes.insert(bytes.end(), from, from + count * sizeof(T));
}

template <typename T>
T Load(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

Status CheckFinite(std::span<const float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Status(Code::kInvalidArgument, "the gradient's entry " + std::to_string(i) + " is not finite; is the learning rate too large?");
    }
  }
  return Status::Ok();
}

Status EncodeHalves(std::span<const float> values, std::vector<uint8_t>& bytes) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t half = HalfOf(values[i]);
    if ((half & 0x7FFF) == 0x7C00) {
      return Status(Code::kInvalidArgument, "the gradient's entry " + std::to_string(i) + " is beyond fp16's range of 65504");
    }
    Append(bytes, &half, 1);
  }
  return Status::Ok();
}

void EncodeInt8(std::span<const float> values, std::vector<uint8_t>& bytes) {
  for (size_t begin = 0; begin < values.size(); begin += kInt8Block) {
    const auto block = values.subspan(begin, std::min(kInt8Block, values.size() - begin));
    float largest = 0;
    for (float value : block) largest = std::max(largest, std::fabs(value));
    Append(bytes, &largest, 1);
    for (float value : block) {
      const auto code = static_cast<int8_t>(largest > 0 ? std::nearbyint(static_cast<double>(value) * 127 / largest) : 0);
      Append(bytes, &code, 1);
    }
  }
}

void EncodeTopK(std::span<const float> values, size_t keep, std::vector<uint8_t>& bytes) {
  std::vector<uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  keep = std::min(keep, values.size());
  if (keep < order.size()) {
    std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(keep), order.end(), [&](uint32_t a, uint32_t b) {
      const float fa = std::fabs(values[a]), fb = std::fabs(values[b]);
      return fa > fb || (fa == fb && a < b);
    });
    order.resize(keep);
  }
  std::sort(order.begin(), order.end());
  Append(bytes, order.data(), order.size());
  for (uint32_t number : order) Append(bytes, &values[number], 1);
}

Status Corrupt(const std::string& what) { return Status(Code::kCorruption, "encoded gradient: " + what); }

Status AddInt8(ByteView payload, float scale, std::span<float> sum) {
  const size_t blocks = (sum.size() + kInt8Block - 1) / kInt8Block;
  if (payload.size() != sum.size() + 4 * blocks) return Corrupt("int8 payload of " + std::to_string(payload.size()) + " bytes");
  for (size_t begin = 0; begin < sum.size(); begin += kInt8Block) {
    const float unit = scale * (Load<float>(payload.data()) / 127);
    payload = payload.subspan(4);
    const size_t count = std::min(kInt8Block, sum.size() - begin);
    for (size_t i = 0; i < count; ++i) sum[begin + i] += unit * static_cast<float>(static_cast<int8_t>(payload[i]));
    payload = payload.subspan(count);
  }
  return Status::Ok();
}

Status AddTopK(ByteView payload, float scale, std::span<float> sum) {
  if (payload.size() % 8 != 0) return Corrupt("top-k payload of " + std::to_string(payload.size()) + " bytes");
  const size_t count = payload.size() / 8;
  uint64_t least = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto number = Load<uint32_t>(payload.data() + 4 * i);
    if (number < least || number >= sum.size()) return Corrupt("entry number " + std::to_string(number) + " out of order or range");
    least = uint64_t{number} + 1;
    sum[number] += scale * Load<float>(payload.data() + 4 * (count + i));
  }
  return Status::Ok();
}

}  // namespace

Result<GradientCodec> GradientCodecOf(const std::string& name) {
  if (name == "none") return GradientCodec::kNone;
  if (name == "fp16") return GradientCodec::kFloat16;
  if (name == "int8") return GradientCodec::kInt8;
  if (name == "topk") return GradientCodec::kTopK;
  return Status(Code::kInvalidArgument, "no gradient codec '" + name + "'; known are none fp16 int8 topk");
}

Result<std::vector<uint8_t>> EncodeGradient(GradientCodec codec, std::span<const float> values, size_t keep) {
  RETURN_IF_ERROR(CheckFinite(values));
  if (values.size() > UINT32_MAX) return Status(Code::kInvalidArgument, "a gradient of more than 2^32 entries");
  std::vector<uint8_t> bytes;
  const auto kind = static_cast<uint8_t>(codec);
  const uint64_t length = values.size();
  Append(bytes, &kind, 1);
  Append(bytes, &length, 1);
  switch (codec) {
    case GradientCodec::kNone: Append(bytes, values.data(), values.size()); break;
    case GradientCodec::kFloat16: RETURN_IF_ERROR(EncodeHalves(values, bytes)); break;
    case GradientCodec::kInt8: EncodeInt8(values, bytes); break;
    case GradientCodec::kTopK: EncodeTopK(values, keep, bytes); break;
  }
  return bytes;
}

Status AddDecodedGradient(ByteView bytes, float scale, std::span<float> sum) {
  if (bytes.size() < kHeadBytes) return Corrupt("of " + std::to_string(bytes.size()) + " bytes has no head");
  const auto length = Load<uint64_t>(bytes.data() + 1);
  if (length != sum.size()) {
    return Corrupt("has " + std::to_string(length) + " entries where " + std::to_string(sum.size()) + " are wanted");
  }
  const ByteView payload = bytes.subspan(kHeadBytes);
  switch (static_cast<GradientCodec>(bytes[0])) {
    case GradientCodec::kNone:
      if (payload.size() != 4 * sum.size()) return Corrupt("payload of " + std::to_string(payload.size()) + " bytes");
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += scale * Load<float>(payload.data() + 4 * i);
      return Status::Ok();
    case GradientCodec::kFloat16:
      if (payload.size() != 2 * sum.size()) return Corrupt("fp16 payload of " + std::to_string(payload.size()) + " bytes");
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += scale * FloatOfHalf(Load<uint16_t>(payload.data() + 2 * i));
      return Status::Ok();
    case GradientCodec::kInt8: return AddInt8(payload, scale, sum);
    case GradientCodec::kTopK: return AddTopK(payload, scale, sum);
  }
  return Corrupt("codec " + std::to_string(bytes[0]) + " is not known");
}

}  // namespace tusk::ml
