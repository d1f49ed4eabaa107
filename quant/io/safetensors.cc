// The header of safetensors files, both ways.
#include "quant/io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

namespace tusk::quant {
namespace {

using nlohmann::json;

constexpr uint64_t kHeaderMax = 100'000'000;  // safetensors' own bound
constexpr size_t kDimensionsMax = 16;
constexpr size_t kShownNameMax = 128;
constexpr const char* kMetadata = "__metadata__";

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  size_t size;
};
constexpr DtypeRow kDtypes[] = {
    {Dtype::kBool, "BOOL", 1}, {Dtype::kU8, "U8", 1},      {Dtype::kI8, "I8", 1},         {Dtype::kF8E5M2, "F8_E5M2", 1},
    {Dtype::kF8E4M3, "F8_E4M3", 1}, {Dtype::kF8E8M0, "F8_E8M0", 1}, {Dtype::kI16, "I16", 2}, {Dtype::kU16, "U16", 2},
    {Dtype::kF16, "F16", 2},   {Dtype::kBF16, "BF16", 2},  {Dtype::kI32, "I32", 4},       {Dtype::kU32, "U32", 4},
    {Dtype::kF32, "F32", 4},   {Dtype::kF64, "F64", 8},    {Dtype::kI64, "I64", 8},       {Dtype::kU64, "U64", 8},
};

Status Bad(const std::string& file, const std::string& why) { return Status(Code::kCorruption, file + ": " + why); }

// Where keys stand in the file, for messages: JSON's parser does not tell.
class Places {
 public:
  Places(const std::string& file, std::string_view text) : file_(file), text_(text) {}
  // `why`, and the byte of `field` of the entry `key` (of the entry itself, of the header, where that is not found).
  Status Bad(const std::string& key, std::string_view field, const std::string& why) const {
    size_t at = text_.find(json(key).dump(-1, ' ', false, json::error_handler_t::replace));
    const size_t behind = at == std::string_view::npos || field.empty() ? std::string_view::npos : text_.find("\"" + std::string(field) + "\"", at);
    if (behind != std::string_view::npos && behind < text_.find('}', at)) at = behind;
    return quant::Bad(file_, why + " (at byte " + std::to_string(at == std::string_view::npos ? 8 : 8 + at) + ")");
  }

 private:
  const std::string& file_;
  const std::string_view text_;
};

std::string FieldOf(const std::string& name) { return "tensor '" + name.substr(0, kShownNameMax) + "'"; }

bool IsUnsigned(const json& value) { return value.is_number_unsigned(); }

Status ReadShape(const Places& places, const std::string& field, const json& entry, SafetensorsEntry& tensor, uint64_t& bytes) {
  const auto shape = entry.find("shape");
  if (shape == entry.end() || !shape->is_array() || shape->size() > kDimensionsMax ||
      !std::all_of(shape->begin(), shape->end(), IsUnsigned)) {
    return places.Bad(tensor.name, "shape", field + " has no shape of at most " + std::to_string(kDimensionsMax) + " sizes");
  }
  bytes = SizeOf(tensor.dtype);
  for (const auto& dimension : *shape) {
    tensor.shape.push_back(dimension.get<uint64_t>());
    if (__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes)) return places.Bad(tensor.name, "shape", field + " has too large a shape");
  }
  return Status::Ok();
}

Status ReadEntry(const Places& places, const json& entry, uint64_t data_bytes, SafetensorsEntry& tensor) {
  const std::string field = FieldOf(tensor.name);
  if (!entry.is_object()) return places.Bad(tensor.name, "", field + " is not an object");
  const auto dtype = entry.find("dtype"), offsets = entry.find("data_offsets");
  if (dtype == entry.end() || !dtype->is_string()) return places.Bad(tensor.name, "dtype", field + " has no dtype");
  const auto& dtype_name = dtype->get_ref<const std::string&>();
  const std::optional<Dtype> known = DtypeByName(dtype_name);
  if (!known) return places.Bad(tensor.name, "dtype", field + " has the unknown dtype " + dtype_name.substr(0, 32));
  tensor.dtype = *known;
  uint64_t bytes = 0;
  RETURN_IF_ERROR(ReadShape(places, field, entry, tensor, bytes));
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 ||
      !std::all_of(offsets->begin(), offsets->end(), IsUnsigned)) {
    return places.Bad(tensor.name, "data_offsets", field + " has no data_offsets");
  }
  tensor.begin = (*offsets)[0].get<uint64_t>();
  tensor.end = (*offsets)[1].get<uint64_t>();
  if (tensor.begin > tensor.end || tensor.bytes() != bytes) {
    return places.Bad(tensor.name, "data_offsets", field + ": its shape wants " + std::to_string(bytes) + " bytes, its data_offsets are " +
                         std::to_string(tensor.begin) + " and " + std::to_string(tensor.end));
  }
  if (tensor.end > data_bytes) {
    return places.Bad(tensor.name, "data_offsets", "truncated: " + field + " ends at byte " + std::to_string(tensor.end) + " of the data, of which " +
                         std::to_string(data_bytes) + " are there");
  }
  return Status::Ok();
}

// The tensors must cover the data: no byte twice, none unused.
Status CheckCover(const Places& places, const std::string& file, std::vector<SafetensorsEntry>& tensors, uint64_t data_bytes) {
  std::sort(tensors.begin(), tensors.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t at = 0;
  for (const SafetensorsEntry& tensor : tensors) {
    if (tensor.begin != at) {
      return places.Bad(tensor.name, "data_offsets", FieldOf(tensor.name) + ": its data_offsets begin at byte " + std::to_string(tensor.begin) +
                           " of the data, not at " + std::to_string(at));
    }
    at = tensor.end;
  }
  if (at != data_bytes) return Bad(file, std::to_string(data_bytes - at) + " bytes behind the last tensor");
  return Status::Ok();
}

// The header is an object of objects of arrays: anything deeper is refused before it takes memory, as are keys that stand
// twice (JSON readers disagree on which of them counts).
class HeaderParser {
 public:
  explicit HeaderParser(const std::string& file) : file_(file) {}

  Result<json> Parse(std::string_view text) {
    json header = json::parse(
        text, [this](int depth, json::parse_event_t event, json& value) { return Accept(depth, event, value); }, false);
    if (!refusal_.empty()) return Bad(file_, refusal_);
    if (!header.is_object()) return Bad(file_, "the header (from byte 8) is not a JSON object in UTF-8");
    return header;
  }

 private:
  bool Accept(int depth, json::parse_event_t event, json& value) {
    if (!refusal_.empty()) return false;
    if (depth > 4) refusal_ = "the header (from byte 8) is nested too deeply";
    if (event == json::parse_event_t::object_start && depth < 2) keys_[depth].clear();
    if (event == json::parse_event_t::key && depth <= 2 && depth >= 1) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_[depth - 1].insert(key).second) {
        refusal_ = "the header (from byte 8) names '" + key.substr(0, kShownNameMax) + "' twice";
      }
    }
    return refusal_.empty();
  }

  const std::string& file_;
  std::set<std::string> keys_[2];
  std::string refusal_;
};

Status ReadMetadata(const Places& places, const json& entry, SafetensorsHeader& header) {
  if (!entry.is_object()) return places.Bad(kMetadata, "", "__metadata__ is not an object");
  for (const auto& [key, text] : entry.items()) {
    if (!text.is_string()) return places.Bad(kMetadata, key, "__metadata__." + key.substr(0, kShownNameMax) + " is not a text");
    header.metadata[key] = text.get<std::string>();
  }
  return Status::Ok();
}

}  // namespace

size_t SizeOf(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].size; }
std::string_view NameOf(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].name; }

std::optional<Dtype> DtypeByName(std::string_view name) {
  for (const DtypeRow& row : kDtypes) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

Result<SafetensorsHeader> ReadSafetensorsHeader(const RangeReader& file) {
  const std::string& name = file.name();
  uint64_t header_size = 0;
  if (file.size() < sizeof(header_size)) {
    return Bad(name, "truncated: " + std::to_string(file.size()) + " bytes are no safetensors file");
  }
  RETURN_IF_ERROR(file.ReadAt(0, {reinterpret_cast<uint8_t*>(&header_size), sizeof(header_size)}));
  if (header_size > kHeaderMax) {
    return Bad(name, "no safetensors file: its first 8 bytes name a header of " + std::to_string(header_size) + " bytes");
  }
  if (header_size > file.size() - 8) {
    return Bad(name, "truncated: the header has " + std::to_string(header_size) + " bytes, the file " +
                         std::to_string(file.size()));
  }
  std::string text(header_size, '\0');
  RETURN_IF_ERROR(file.ReadAt(8, {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  ASSIGN_OR_RETURN(const json parsed, HeaderParser(name).Parse(text));
  const Places places(name, text);
  SafetensorsHeader header;
  header.data_offset = 8 + header_size;
  header.data_bytes = file.size() - header.data_offset;
  for (const auto& [key, entry] : parsed.items()) {
    if (key == kMetadata) {
      RETURN_IF_ERROR(ReadMetadata(places, entry, header));
      continue;
    }
    SafetensorsEntry tensor;
    tensor.name = key;
    RETURN_IF_ERROR(ReadEntry(places, entry, header.data_bytes, tensor));
    header.tensors.push_back(std::move(tensor));
  }
  RETURN_IF_ERROR(CheckCover(places, name, header.tensors, header.data_bytes));
  return header;
}

void SortForAlignment(std::vector<SafetensorsEntry>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    const size_t size_a = SizeOf(a.dtype), size_b = SizeOf(b.dtype);
    return size_a != size_b ? size_a > size_b : a.name < b.name;
  });
}

Result<std::vector<uint8_t>> EncodeSafetensorsHeader(SafetensorsHeader& header) {
  json object = json::object();
  if (!header.metadata.empty()) object[kMetadata] = header.metadata;
  uint64_t at = 0;
  for (SafetensorsEntry& tensor : header.tensors) {
    uint64_t bytes = SizeOf(tensor.dtype);
    for (const uint64_t dimension : tensor.shape) {
      if (__builtin_mul_overflow(bytes, dimension, &bytes)) {
        return Status(Code::kInvalidArgument, FieldOf(tensor.name) + " has too large a shape");
      }
    }
    tensor.begin = at;
    if (__builtin_add_overflow(at, bytes, &at)) return Status(Code::kInvalidArgument, "the tensors are too large");
    tensor.end = at;
    if (tensor.name == kMetadata || object.contains(tensor.name)) {
      return Status(Code::kInvalidArgument, FieldOf(tensor.name) + " stands twice, or has a reserved name");
    }
    object[tensor.name] = {{"dtype", NameOf(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {tensor.begin, tensor.end}}};
  }
  std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t header_size = text.size();
  std::vector<uint8_t> bytes(8);
  std::memcpy(bytes.data(), &header_size, sizeof(header_size));
  bytes.insert(bytes.end(), text.begin(), text.end());
  header.data_offset = bytes.size();
  header.data_bytes = at;
  return bytes;
}

}  // namespace tusk::quant
