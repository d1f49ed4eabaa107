// Bundle as bytes: safetensors, larger elements first (so that every tensor is aligned), then by name.
#include "mlkit/api/bundle.h"

#include <algorithm>
#include <cstring>

#include "quant/io/safetensors.h"

namespace tusk::ml {
namespace {

using quant::Dtype;

struct TypeRow {
  ElementType type;
  Dtype dtype;
};
constexpr TypeRow kTypes[] = {
    {ElementType::kF32, Dtype::kF32}, {ElementType::kF64, Dtype::kF64}, {ElementType::kI8, Dtype::kI8},
    {ElementType::kU8, Dtype::kU8},   {ElementType::kI16, Dtype::kI16}, {ElementType::kI32, Dtype::kI32},
    {ElementType::kI64, Dtype::kI64}, {ElementType::kU32, Dtype::kU32}, {ElementType::kU64, Dtype::kU64},
    {ElementType::kBF16, Dtype::kBF16}, {ElementType::kF16, Dtype::kF16},
};

const TypeRow& RowOf(ElementType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row;
  }
  return kTypes[0];
}

template <typename T>
Tensor MakeTensor(ElementType type, std::span<const T> values, std::vector<uint64_t> shape) {
  Tensor tensor;
  tensor.type = type;
  tensor.shape = shape.empty() ? std::vector<uint64_t>{values.size()} : std::move(shape);
  tensor.data.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), values.size_bytes());
  return tensor;
}

template <typename T>
Result<std::vector<T>> ReadTensor(const std::map<std::string, Tensor>& tensors, const std::string& name,
                                  ElementType type) {
  const auto it = tensors.find(name);
  if (it == tensors.end()) return Status(Code::kInvalidArgument, "tensor '" + name + "' is missing");
  if (it->second.type != type) {
    return Status(Code::kInvalidArgument, "tensor '" + name + "' is of type " + std::string(quant::NameOf(RowOf(it->second.type).dtype)) +
                                              ", not " + std::string(quant::NameOf(RowOf(type).dtype)));
  }
  std::vector<T> values(it->second.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), it->second.data.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

size_t SizeOf(ElementType type) { return quant::SizeOf(RowOf(type).dtype); }

Result<std::string> Bundle::Text(const std::string& name) const {
  const auto it = texts_.find(name);
  if (it == texts_.end()) return Status(Code::kInvalidArgument, "text '" + name + "' is missing");
  return it->second;
}

void Bundle::SetFloats(std::string name, std::span<const float> values, std::vector<uint64_t> shape) {
  SetTensor(std::move(name), MakeTensor(ElementType::kF32, values, std::move(shape)));
}
void Bundle::SetDoubles(std::string name, std::span<const double> values, std::vector<uint64_t> shape) {
  SetTensor(std::move(name), MakeTensor(ElementType::kF64, values, std::move(shape)));
}
void Bundle::SetIntegers(std::string name, std::span<const int32_t> values, std::vector<uint64_t> shape) {
  SetTensor(std::move(name), MakeTensor(ElementType::kI32, values, std::move(shape)));
}
void Bundle::SetLongs(std::string name, std::span<const int64_t> values, std::vector<uint64_t> shape) {
  SetTensor(std::move(name), MakeTensor(ElementType::kI64, values, std::move(shape)));
}

Result<std::vector<float>> Bundle::Floats(const std::string& name) const {
  return ReadTensor<float>(tensors_, name, ElementType::kF32);
}
Result<std::vector<double>> Bundle::Doubles(const std::string& name) const {
  return ReadTensor<double>(tensors_, name, ElementType::kF64);
}
Result<std::vector<int32_t>> Bundle::Integers(const std::string& name) const {
  return ReadTensor<int32_t>(tensors_, name, ElementType::kI32);
}
Result<std::vector<int64_t>> Bundle::Longs(const std::string& name) const {
  return ReadTensor<int64_t>(tensors_, name, ElementType::kI64);
}

void Bundle::Merge(const std::string& prefix, const Bundle& other) {
  for (const auto& [name, tensor] : other.tensors_) tensors_[prefix + "/" + name] = tensor;
  for (const auto& [name, text] : other.texts_) texts_[prefix + "/" + name] = text;
}

Bundle Bundle::Part(const std::string& prefix) const {
  const std::string start = prefix + "/";
  Bundle part;
  for (auto it = tensors_.lower_bound(start); it != tensors_.end() && it->first.starts_with(start); ++it) {
    part.tensors_[it->first.substr(start.size())] = it->second;
  }
  for (auto it = texts_.lower_bound(start); it != texts_.end() && it->first.starts_with(start); ++it) {
    part.texts_[it->first.substr(start.size())] = it->second;
  }
  return part;
}

std::vector<uint8_t> Bundle::Encode() const {
  quant::SafetensorsHeader header;
  header.metadata = texts_;
  for (const auto& [name, tensor] : tensors_) {
    header.tensors.push_back({.name = name, .dtype = RowOf(tensor.type).dtype, .shape = tensor.shape});
  }
  quant::SortForAlignment(header.tensors);
  Result<std::vector<uint8_t>> encoded = quant::EncodeSafetensorsHeader(header);
  std::vector<uint8_t> bytes = std::move(encoded).value();  // names are a map's, shapes those of data that is in memory
  bytes.reserve(bytes.size() + header.data_bytes);
  for (const quant::SafetensorsEntry& entry : header.tensors) {
    const std::vector<uint8_t>& data = tensors_.at(entry.name).data;
    bytes.insert(bytes.end(), data.begin(), data.end());
  }
  return bytes;
}

Result<Bundle> Bundle::Decode(ByteView bytes, std::string_view what) {
  ASSIGN_OR_RETURN(quant::SafetensorsHeader header, quant::ReadSafetensorsHeader(quant::MemoryRanges(std::string(what), bytes)));
  Bundle bundle;
  bundle.texts_ = std::move(header.metadata);
  const ByteView data = bytes.subspan(header.data_offset);
  for (quant::SafetensorsEntry& entry : header.tensors) {
    const auto row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.dtype == entry.dtype; });
    if (row == std::end(kTypes)) {
      return Status(Code::kCorruption, std::string(what) + ": tensor '" + entry.name + "' has the dtype " +
                                           std::string(quant::NameOf(entry.dtype)) + ", of which models have none");
    }
    const ByteView part = data.subspan(entry.begin, entry.bytes());
    bundle.tensors_[entry.name] = {row->type, std::move(entry.shape), {part.begin(), part.end()}};
  }
  return bundle;
}

}  // namespace tusk::ml
