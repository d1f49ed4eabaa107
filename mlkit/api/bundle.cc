// Bundle as bytes: safetensors. Data is laid out by size of element (largest first, so that every tensor is aligned), then
// by name; the header is padded to 8 bytes.
#include "mlkit/api/bundle.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

namespace tusk::ml {
namespace {

constexpr uint64_t kHeaderMax = 100'000'000;  // safetensors' own bound
constexpr size_t kDimensionsMax = 16;
constexpr const char* kMetadata = "__metadata__";

struct TypeRow {
  ElementType type;
  const char* name;
  size_t size;
};
constexpr TypeRow kTypes[] = {
    {ElementType::kF32, "F32", 4}, {ElementType::kF64, "F64", 8}, {ElementType::kI8, "I8", 1},
    {ElementType::kU8, "U8", 1},   {ElementType::kI16, "I16", 2}, {ElementType::kI32, "I32", 4},
    {ElementType::kI64, "I64", 8}, {ElementType::kU32, "U32", 4}, {ElementType::kU64, "U64", 8},
    {ElementType::kBF16, "BF16", 2}, {ElementType::kF16, "F16", 2},
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
    return Status(Code::kInvalidArgument, "tensor '" + name + "' is of type " + RowOf(it->second.type).name + ", not " +
                                              RowOf(type).name);
  }
  std::vector<T> values(it->second.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), it->second.data.data(), values.size() * sizeof(T));
  return values;
}

std::vector<std::pair<const std::string*, const Tensor*>> LayoutOrder(const std::map<std::string, Tensor>& tensors) {
  std::vector<std::pair<const std::string*, const Tensor*>> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(&name, &tensor);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const size_t size_a = SizeOf(a.second->type), size_b = SizeOf(b.second->type);
    return size_a != size_b ? size_a > size_b : *a.first < *b.first;
  });
  return order;
}

// Where a tensor's bytes lie in the data part.
struct Extent {
  uint64_t begin = 0, end = 0;
  std::string name;
};

Status Bad(std::string_view what, const std::string& why) {
  return Status(Code::kCorruption, std::string(what) + ": " + why);
}

bool IsUnsigned(const nlohmann::json& value) { return value.is_number_unsigned(); }

// The entry `name`: its type and shape into `tensor`, its place into `extent`.
Status ReadEntry(std::string_view what, const std::string& name, const nlohmann::json& entry, uint64_t data_size,
                 Tensor& tensor, Extent& extent) {
  const std::string field = "tensor '" + name + "'";
  if (!entry.is_object()) return Bad(what, field + " is not an object");
  const auto dtype = entry.find("dtype"), shape = entry.find("shape"), offsets = entry.find("data_offsets");
  if (dtype == entry.end() || !dtype->is_string()) return Bad(what, field + " has no dtype");
  const auto& dtype_name = dtype->get_ref<const std::string&>();
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const TypeRow& row) { return dtype_name == row.name; });
  if (type == std::end(kTypes)) return Bad(what, field + " has the unknown dtype " + dtype_name.substr(0, 32));
  tensor.type = type->type;
  if (shape == entry.end() || !shape->is_array() || shape->size() > kDimensionsMax ||
      !std::all_of(shape->begin(), shape->end(), IsUnsigned)) {
    return Bad(what, field + " has no shape of at most " + std::to_string(kDimensionsMax) + " sizes");
  }
  uint64_t size = type->size;
  for (const auto& dimension : *shape) {
    tensor.shape.push_back(dimension.get<uint64_t>());
    if (__builtin_mul_overflow(size, tensor.shape.back(), &size)) return Bad(what, field + " has too large a shape");
  }
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 ||
      !std::all_of(offsets->begin(), offsets->end(), IsUnsigned)) {
    return Bad(what, field + " has no data_offsets");
  }
  extent = {(*offsets)[0].get<uint64_t>(), (*offsets)[1].get<uint64_t>(), name};
  if (extent.begin > extent.end || extent.end - extent.begin != size) {
    return Bad(what, field + ": its shape wants " + std::to_string(size) + " bytes, its offsets are " +
                         std::to_string(extent.begin) + " and " + std::to_string(extent.end));
  }
  if (extent.end > data_size) {
    return Bad(what, "truncated: " + field + " ends at byte " + std::to_string(extent.end) + " of the data, of which " +
                         std::to_string(data_size) + " are there");
  }
  return Status::Ok();
}

// The extents must cover the data without gap or overlap: no byte twice, none unused.
Status CheckCover(std::string_view what, std::vector<Extent>& extents, uint64_t data_size) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t at = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != at) {
      return Bad(what, "tensor '" + extent.name + "' begins at byte " + std::to_string(extent.begin) + " of the data, not at " +
                           std::to_string(at));
    }
    at = extent.end;
  }
  if (at != data_size) return Bad(what, std::to_string(data_size - at) + " bytes behind the last tensor");
  return Status::Ok();
}

// The header is an object of objects of arrays: anything deeper is refused before it takes memory.
nlohmann::json ParseHeader(std::string_view text) {
  bool deep = false;
  nlohmann::json header = nlohmann::json::parse(
      text,
      [&deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > 4) deep = true;
        return !deep;
      },
      false);
  return deep ? nlohmann::json(nlohmann::json::value_t::discarded) : header;
}

}  // namespace

size_t SizeOf(ElementType type) { return RowOf(type).size; }

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
  nlohmann::json header = nlohmann::json::object();
  if (!texts_.empty()) header[kMetadata] = texts_;
  const auto order = LayoutOrder(tensors_);
  uint64_t data_size = 0;
  for (const auto& [name, tensor] : order) {
    header[*name] = {{"dtype", RowOf(tensor->type).name},
                     {"shape", tensor->shape},
                     {"data_offsets", {data_size, data_size + tensor->data.size()}}};
    data_size += tensor->data.size();
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t header_size = text.size();
  std::vector<uint8_t> bytes;
  bytes.reserve(8 + header_size + data_size);
  bytes.resize(8);
  std::memcpy(bytes.data(), &header_size, 8);
  bytes.insert(bytes.end(), text.begin(), text.end());
  for (const auto& [name, tensor] : order) bytes.insert(bytes.end(), tensor->data.begin(), tensor->data.end());
  return bytes;
}

Result<Bundle> Bundle::Decode(ByteView bytes, std::string_view what) {
  uint64_t header_size = 0;
  if (bytes.size() < 8) return Bad(what, "truncated: " + std::to_string(bytes.size()) + " bytes are no safetensors file");
  std::memcpy(&header_size, bytes.data(), 8);
  if (header_size > kHeaderMax) {
    return Bad(what, "no safetensors file: its first 8 bytes name a header of " + std::to_string(header_size) + " bytes");
  }
  if (header_size > bytes.size() - 8) {
    return Bad(what, "truncated: the header has " + std::to_string(header_size) + " bytes, the file " +
                         std::to_string(bytes.size()));
  }
  const nlohmann::json header = ParseHeader(AsText(bytes.subspan(8, header_size)));
  if (!header.is_object()) return Bad(what, "the header (from byte 8) is not a JSON object");
  const ByteView data = bytes.subspan(8 + header_size);
  Bundle bundle;
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) {
      if (!entry.is_object()) return Bad(what, "__metadata__ is not an object");
      for (const auto& [key, text] : entry.items()) {
        if (!text.is_string()) return Bad(what, "__metadata__." + key + " is not a text");
        bundle.texts_[key] = text.get<std::string>();
      }
      continue;
    }
    Tensor tensor;
    Extent extent;
    RETURN_IF_ERROR(ReadEntry(what, name, entry, data.size(), tensor, extent));
    extents.push_back(std::move(extent));
    bundle.tensors_[name] = std::move(tensor);
  }
  RETURN_IF_ERROR(CheckCover(what, extents, data.size()));
  for (const Extent& extent : extents) {
    const ByteView part = data.subspan(extent.begin, extent.end - extent.begin);
    bundle.tensors_[extent.name].data.assign(part.begin(), part.end());
  }
  return bundle;
}

}  // namespace tusk::ml
