// Values of GGUF metadata: made, looked at, shown.
#include <cmath>
#include <cstring>

#include "quant/io/gguf.h"

namespace tusk::quant {
namespace {

template <typename T>
GgufValue Scalar(GgufType type, T value) {
  GgufValue out;
  out.type = type;
  out.payload.resize(sizeof(T));
  std::memcpy(out.payload.data(), &value, sizeof(T));
  return out;
}

template <typename T>
GgufValue Array(GgufType element, std::span<const T> values) {
  GgufValue out;
  out.type = GgufType::kArray;
  out.element = element;
  out.count = values.size();
  out.payload.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(out.payload.data(), values.data(), values.size_bytes());
  return out;
}

void AppendString(std::vector<uint8_t>& payload, std::string_view text) {
  const uint64_t size = text.size();
  const auto* bytes = reinterpret_cast<const uint8_t*>(&size);
  payload.insert(payload.end(), bytes, bytes + sizeof(size));
  payload.insert(payload.end(), text.begin(), text.end());
}

template <typename T>
T Load(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

size_t ScalarBytes(GgufType type) {
  switch (type) {
    case GgufType::kU8: case GgufType::kI8: case GgufType::kBool: return 1;
    case GgufType::kU16: case GgufType::kI16: return 2;
    case GgufType::kU32: case GgufType::kI32: case GgufType::kF32: return 4;
    case GgufType::kU64: case GgufType::kI64: case GgufType::kF64: return 8;
    case GgufType::kString: case GgufType::kArray: return 0;
  }
  return 0;
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

std::string ScalarText(GgufType type, const uint8_t* from) {
  switch (type) {
    case GgufType::kU8: return std::to_string(from[0]);
    case GgufType::kI8: return std::to_string(static_cast<int8_t>(from[0]));
    case GgufType::kBool: return from[0] != 0 ? "true" : "false";
    case GgufType::kU16: return std::to_string(Load<uint16_t>(from));
    case GgufType::kI16: return std::to_string(Load<int16_t>(from));
    case GgufType::kU32: return std::to_string(Load<uint32_t>(from));
    case GgufType::kI32: return std::to_string(Load<int32_t>(from));
    case GgufType::kU64: return std::to_string(Load<uint64_t>(from));
    case GgufType::kI64: return std::to_string(Load<int64_t>(from));
    case GgufType::kF32: return Number(static_cast<double>(Load<float>(from)));
    case GgufType::kF64: return Number(Load<double>(from));
    case GgufType::kString: case GgufType::kArray: break;
  }
  return "";
}

}  // namespace

std::string_view NameOf(GgufType type) {
  constexpr std::string_view kNames[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"};
  return kNames[static_cast<size_t>(type)];
}

GgufValue GgufValue::U32(uint32_t value) { return Scalar(GgufType::kU32, value); }
GgufValue GgufValue::I32(int32_t value) { return Scalar(GgufType::kI32, value); }
GgufValue GgufValue::F32(float value) { return Scalar(GgufType::kF32, value); }
GgufValue GgufValue::Bool(bool value) { return Scalar(GgufType::kBool, static_cast<uint8_t>(value)); }

GgufValue GgufValue::String(std::string_view value) {
  GgufValue out;
  out.type = GgufType::kString;
  AppendString(out.payload, value);
  return out;
}

GgufValue GgufValue::Strings(std::span<const std::string> values) {
  GgufValue out;
  out.type = GgufType::kArray;
  out.element = GgufType::kString;
  out.count = values.size();
  for (const std::string& value : values) AppendString(out.payload, value);
  return out;
}

GgufValue GgufValue::I32s(std::span<const int32_t> values) { return Array(GgufType::kI32, values); }
GgufValue GgufValue::F32s(std::span<const float> values) { return Array(GgufType::kF32, values); }

std::optional<uint64_t> GgufValue::AsUnsigned() const {
  int64_t value = 0;
  switch (type) {
    case GgufType::kU8: return payload[0];
    case GgufType::kU16: return Load<uint16_t>(payload.data());
    case GgufType::kU32: return Load<uint32_t>(payload.data());
    case GgufType::kU64: return Load<uint64_t>(payload.data());
    case GgufType::kI8: value = static_cast<int8_t>(payload[0]); break;
    case GgufType::kI16: value = Load<int16_t>(payload.data()); break;
    case GgufType::kI32: value = Load<int32_t>(payload.data()); break;
    case GgufType::kI64: value = Load<int64_t>(payload.data()); break;
    default: return std::nullopt;
  }
  if (value < 0) return std::nullopt;
  return static_cast<uint64_t>(value);
}

std::optional<double> GgufValue::AsNumber() const {
  if (type == GgufType::kF32) return static_cast<double>(Load<float>(payload.data()));
  if (type == GgufType::kF64) return Load<double>(payload.data());
  const std::optional<uint64_t> whole = AsUnsigned();
  if (!whole) return std::nullopt;
  return static_cast<double>(*whole);
}

std::optional<std::string_view> GgufValue::AsString() const {
  if (type != GgufType::kString) return std::nullopt;
  return AsText(ByteView(payload).subspan(8));
}

std::vector<std::string_view> GgufValue::AsStrings() const {
  std::vector<std::string_view> texts;
  if (type != GgufType::kArray || element != GgufType::kString) return texts;
  texts.reserve(count);
  const ByteView bytes(payload);
  for (size_t at = 0; at + 8 <= bytes.size();) {
    const auto size = Load<uint64_t>(bytes.data() + at);
    texts.push_back(AsText(bytes.subspan(at + 8, size)));
    at += 8 + size;
  }
  return texts;
}

std::string GgufValue::ToText(size_t elements_max) const {
  if (type == GgufType::kString) return std::string(*AsString());
  if (type != GgufType::kArray) return ScalarText(type, payload.data());
  std::string text = "[";
  const std::vector<std::string_view> texts = AsStrings();
  for (uint64_t i = 0; i < count && i < elements_max; ++i) {
    if (i > 0) text += ", ";
    text += element == GgufType::kString ? "\"" + std::string(texts[i]) + "\""
                                         : ScalarText(element, payload.data() + i * ScalarBytes(element));
  }
  if (count > elements_max) text += ", ... " + std::to_string(count) + " of " + std::string(NameOf(element));
  return text + "]";
}

}  // namespace tusk::quant
