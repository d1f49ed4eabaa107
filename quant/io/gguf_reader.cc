// Reading the header of a GGUF file. Nothing is allocated for a length before the file is known to hold that many bytes.
#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "quant/io/gguf.h"
#include "quant/io/utf8.h"

namespace tusk::quant {
namespace {

constexpr uint8_t kMagic[4] = {'G', 'G', 'U', 'F'};
constexpr uint64_t kHeaderMax = uint64_t{1} << 30;  // metadata and infos together; vocabularies take some tens of MB
constexpr uint64_t kKeyMax = 65535;
constexpr uint64_t kTensorNameMax = 63;
constexpr uint64_t kDimensionsMax = 4;
constexpr uint64_t kKeyValueBytesMin = 8 + 1 + 4 + 1;      // length, one letter, type, value
constexpr uint64_t kTensorInfoBytesMin = 8 + 4 + 8 + 4 + 8;  // length, dimensions, one of them, type, offset
constexpr size_t kBuffer = 256 << 10;
constexpr size_t kShownNameMax = 96;
constexpr const char* kAlignmentKey = "general.alignment";

size_t BytesOf(uint32_t type) {
  constexpr size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < std::size(kBytes) ? kBytes[type] : 0;
}

// Reads forward through a buffer; knows the field that is being read, for messages.
class Cursor {
 public:
  explicit Cursor(const RangeReader& file) : file_(file), end_(std::min(file.size(), kHeaderMax)) {}

  uint64_t at() const { return at_; }
  uint64_t remaining() const { return end_ - at_; }

  Status Bad(const std::string& field, const std::string& why) const { return BadAt(at_, field, why); }
  Status BadAt(uint64_t offset, const std::string& field, const std::string& why) const {
    return Status(Code::kCorruption, file_.name() + ": " + field + " (at byte " + std::to_string(offset) + ") " + why);
  }

  // Whether `bytes` more can be there.
  Status Need(uint64_t bytes, const std::string& field) const {
    if (bytes <= remaining()) return Status::Ok();
    if (file_.size() > kHeaderMax && bytes <= file_.size() - at_) {
      return Bad(field, "ends behind the first " + std::to_string(kHeaderMax) + " bytes: too large a header");
    }
    return Bad(field, "wants " + std::to_string(bytes) + " bytes: truncated, the file has " + std::to_string(file_.size()));
  }

  Status Read(MutableByteView out, const std::string& field) {
    RETURN_IF_ERROR(Need(out.size(), field));
    while (!out.empty()) {
      if (at_ < buffer_begin_ || at_ >= buffer_begin_ + buffer_.size()) RETURN_IF_ERROR(Fill());
      const size_t offset = at_ - buffer_begin_;
      const size_t count = std::min(out.size(), buffer_.size() - offset);
      std::memcpy(out.data(), buffer_.data() + offset, count);
      out = out.subspan(count);
      at_ += count;
    }
    return Status::Ok();
  }

  template <typename T>
  Result<T> Number(const std::string& field) {
    T value;
    RETURN_IF_ERROR(Read({reinterpret_cast<uint8_t*>(&value), sizeof(value)}, field));
    return value;
  }

  Result<std::string> Text(const std::string& field, uint64_t size_max) {
    const uint64_t begin = at_;
    ASSIGN_OR_RETURN(const auto size, Number<uint64_t>(field + "'s length"));
    if (size > size_max) {
      return BadAt(begin, field + "'s length", "is " + std::to_string(size) + ", more than " + std::to_string(size_max));
    }
    RETURN_IF_ERROR(Need(size, field));
    std::string text(size, '\0');
    RETURN_IF_ERROR(Read({reinterpret_cast<uint8_t*>(text.data()), text.size()}, field));
    if (!IsUtf8(text)) return BadAt(begin + 8, field, "is not UTF-8");
    return text;
  }

 private:
  Status Fill() {
    buffer_begin_ = at_;
    buffer_.resize(std::min<uint64_t>(kBuffer, end_ - at_));
    return file_.ReadAt(at_, buffer_);
  }

  const RangeReader& file_;
  uint64_t end_;
  uint64_t at_ = 0;
  uint64_t buffer_begin_ = 0;
  std::vector<uint8_t> buffer_;
};

std::string Shown(const std::string& name) { return "'" + name.substr(0, kShownNameMax) + "'"; }

// One string's length and text, appended to the payload. Texts of arrays need not be UTF-8: vocabularies hold pieces of it.
Status AppendText(Cursor& cursor, const std::string& field, bool utf8, std::vector<uint8_t>& payload) {
  const uint64_t begin = cursor.at();
  ASSIGN_OR_RETURN(const auto size, cursor.Number<uint64_t>(field + "'s length"));
  RETURN_IF_ERROR(cursor.Need(size, field));
  const size_t at = payload.size();
  payload.resize(at + 8 + size);
  std::memcpy(payload.data() + at, &size, sizeof(size));
  const MutableByteView text(payload.data() + at + 8, size);
  RETURN_IF_ERROR(cursor.Read(text, field));
  if (utf8 && !IsUtf8(AsText(text))) return cursor.BadAt(begin + 8, field, "is not UTF-8");
  return Status::Ok();
}

Status ReadArray(Cursor& cursor, const std::string& field, GgufValue& value) {
  const uint64_t begin = cursor.at();
  ASSIGN_OR_RETURN(const auto element, cursor.Number<uint32_t>(field + "'s element type"));
  const bool texts = element == static_cast<uint32_t>(GgufType::kString);
  if (BytesOf(element) == 0 && !texts) {
    return cursor.BadAt(begin, field + "'s element type", "is " + std::to_string(element) + ", which arrays have not");
  }
  value.element = static_cast<GgufType>(element);
  ASSIGN_OR_RETURN(value.count, cursor.Number<uint64_t>(field + "'s count"));
  const uint64_t bytes_each = texts ? 8 : BytesOf(element);
  if (value.count > cursor.remaining() / bytes_each) {
    return cursor.BadAt(begin + 4, field + "'s count", "is " + std::to_string(value.count) +
                                                           ", more elements than the file can hold: truncated?");
  }
  if (texts) {
    for (uint64_t i = 0; i < value.count; ++i) RETURN_IF_ERROR(AppendText(cursor, field, false, value.payload));
    return Status::Ok();
  }
  value.payload.resize(value.count * bytes_each);
  return cursor.Read(value.payload, field);
}

Status ReadValue(Cursor& cursor, const std::string& field, GgufValue& value) {
  const uint64_t begin = cursor.at();
  ASSIGN_OR_RETURN(const auto type, cursor.Number<uint32_t>(field + "'s type"));
  if (type > static_cast<uint32_t>(GgufType::kF64)) {
    return cursor.BadAt(begin, field + "'s type", "is " + std::to_string(type) + ", which there is not");
  }
  value.type = static_cast<GgufType>(type);
  if (value.type == GgufType::kArray) return ReadArray(cursor, field, value);
  if (value.type == GgufType::kString) return AppendText(cursor, field, true, value.payload);
  value.payload.resize(BytesOf(type));
  RETURN_IF_ERROR(cursor.Read(value.payload, field));
  if (value.type == GgufType::kBool && value.payload[0] > 1) {
    return cursor.BadAt(begin + 4, field, "is a bool of " + std::to_string(value.payload[0]));
  }
  return Status::Ok();
}

Status ReadMetadata(Cursor& cursor, uint64_t count, GgufHeader& header) {
  std::unordered_set<std::string> keys;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t begin = cursor.at();
    const std::string number = "key " + std::to_string(i);
    ASSIGN_OR_RETURN(std::string key, cursor.Text(number, kKeyMax));
    if (key.empty()) return cursor.BadAt(begin, number, "is empty");
    if (!keys.insert(key).second) return cursor.BadAt(begin, number, "is " + Shown(key) + " once more");
    GgufValue value;
    RETURN_IF_ERROR(ReadValue(cursor, "the value of " + Shown(key), value));
    if (key == kAlignmentKey) {
      const uint64_t alignment = value.AsUnsigned().value_or(0);
      if (value.type != GgufType::kU32 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return cursor.BadAt(begin, kAlignmentKey, "is not a power of two in a u32");
      }
      header.alignment = alignment;
    }
    header.metadata.emplace_back(std::move(key), std::move(value));
  }
  return Status::Ok();
}

Status ReadShape(Cursor& cursor, const std::string& field, GgufTensor& tensor) {
  const uint64_t begin = cursor.at();
  ASSIGN_OR_RETURN(const auto dimensions, cursor.Number<uint32_t>(field + "'s count of dimensions"));
  if (dimensions == 0 || dimensions > kDimensionsMax) {
    return cursor.BadAt(begin, field + "'s count of dimensions", "is " + std::to_string(dimensions) + ", not 1 to 4");
  }
  int64_t elements = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    const uint64_t at = cursor.at();
    const std::string name = field + "'s dimension " + std::to_string(i);
    ASSIGN_OR_RETURN(const auto size, cursor.Number<int64_t>(name));
    if (size < 0) return cursor.BadAt(at, name, "is negative");
    if (__builtin_mul_overflow(elements, size, &elements)) return cursor.BadAt(at, name, "makes the tensor too large");
    tensor.dims.push_back(static_cast<uint64_t>(size));
  }
  return Status::Ok();
}

Status ReadTensorInfo(Cursor& cursor, const std::string& number, GgufTensor& tensor) {
  ASSIGN_OR_RETURN(tensor.name, cursor.Text(number + "'s name", kTensorNameMax));
  const std::string field = "tensor " + Shown(tensor.name);
  RETURN_IF_ERROR(ReadShape(cursor, field, tensor));
  const uint64_t type_at = cursor.at();
  ASSIGN_OR_RETURN(const auto type, cursor.Number<uint32_t>(field + "'s type"));
  const TypeTraits* traits = TraitsOf(static_cast<TensorType>(type));
  if (traits == nullptr) return cursor.BadAt(type_at, field + "'s type", "is " + std::to_string(type) + ", which there is not");
  tensor.type = traits->type;
  const auto block_weights = static_cast<uint64_t>(traits->block_weights);
  const auto block_bytes = static_cast<uint64_t>(traits->block_bytes);
  if (tensor.columns() % block_weights != 0) {
    return cursor.BadAt(type_at, field + "'s type", "is " + std::string(traits->name) + " in blocks of " +
                                                        std::to_string(block_weights) + ", but rows have " +
                                                        std::to_string(tensor.columns()) + " elements");
  }
  constexpr uint64_t kRowMax = std::numeric_limits<int64_t>::max();  // also where a count of rows is 0
  if (tensor.columns() / block_weights > kRowMax / block_bytes ||
      __builtin_mul_overflow(tensor.columns() / block_weights, block_bytes, &tensor.bytes) ||
      __builtin_mul_overflow(tensor.bytes, tensor.rows(), &tensor.bytes)) {
    return cursor.BadAt(type_at, field, "is too large");
  }
  return Status::Ok();
}

Status ReadTensorInfos(Cursor& cursor, uint64_t count, uint64_t file_size, GgufHeader& header) {
  std::unordered_set<std::string> names;
  std::vector<uint64_t> offsets_at;
  uint64_t expected = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t begin = cursor.at();
    const std::string number = "tensor " + std::to_string(i);
    GgufTensor tensor;
    RETURN_IF_ERROR(ReadTensorInfo(cursor, number, tensor));
    const std::string field = "tensor " + Shown(tensor.name);
    if (!names.insert(tensor.name).second) return cursor.BadAt(begin, number, "is called " + Shown(tensor.name) + " once more");
    offsets_at.push_back(cursor.at());
    ASSIGN_OR_RETURN(tensor.offset, cursor.Number<uint64_t>(field + "'s offset"));
    if (tensor.offset != expected) {
      return cursor.BadAt(offsets_at.back(), field + "'s offset", "is " + std::to_string(tensor.offset) + ", not " +
                                                                      std::to_string(expected) + ": a hole or an overlap");
    }
    if (tensor.bytes > std::numeric_limits<uint64_t>::max() / 2 - expected - header.alignment) {
      return cursor.BadAt(begin, field, "is too large");
    }
    expected = PaddedTo(expected + tensor.bytes, header.alignment);
    header.tensors.push_back(std::move(tensor));
  }
  header.data_offset = PaddedTo(cursor.at(), header.alignment);
  header.data_bytes = expected;
  for (size_t i = 0; i < header.tensors.size(); ++i) {
    const GgufTensor& tensor = header.tensors[i];
    if (file_size < header.data_offset || tensor.offset + tensor.bytes > file_size - header.data_offset) {
      return cursor.BadAt(offsets_at[i], "tensor " + Shown(tensor.name),
                          "ends at byte " + std::to_string(header.data_offset + tensor.offset + tensor.bytes) +
                              ": truncated, the file has " + std::to_string(file_size));
    }
  }
  return Status::Ok();
}

}  // namespace

bool LooksLikeGguf(const RangeReader& file) {
  uint8_t magic[4] = {};
  return file.size() >= sizeof(magic) && file.ReadAt(0, magic).ok() && std::memcmp(magic, kMagic, sizeof(magic)) == 0;
}

Result<GgufHeader> ReadGgufHeader(const RangeReader& file) {
  Cursor cursor(file);
  uint8_t magic[4];
  RETURN_IF_ERROR(cursor.Read(magic, "the magic"));
  if (std::memcmp(magic, kMagic, sizeof(magic)) != 0) return cursor.BadAt(0, "the magic", "is not GGUF");
  GgufHeader header;
  ASSIGN_OR_RETURN(header.version, cursor.Number<uint32_t>("the version"));
  if (header.version != 2 && header.version != 3) {
    return cursor.BadAt(4, "the version", "is " + std::to_string(header.version) + "; 2 and 3 are read" +
                                              ((header.version & 0xffff) == 0 ? " (a big-endian file?)" : ""));
  }
  ASSIGN_OR_RETURN(const auto tensors, cursor.Number<int64_t>("the count of tensors"));
  ASSIGN_OR_RETURN(const auto values, cursor.Number<int64_t>("the count of metadata"));
  if (tensors < 0 || static_cast<uint64_t>(tensors) > cursor.remaining() / kTensorInfoBytesMin) {
    return cursor.BadAt(8, "the count of tensors", "is " + std::to_string(tensors) + ", more than the file can hold: truncated?");
  }
  if (values < 0 || static_cast<uint64_t>(values) > cursor.remaining() / kKeyValueBytesMin) {
    return cursor.BadAt(16, "the count of metadata", "is " + std::to_string(values) + ", more than the file can hold: truncated?");
  }
  RETURN_IF_ERROR(ReadMetadata(cursor, static_cast<uint64_t>(values), header));
  RETURN_IF_ERROR(ReadTensorInfos(cursor, static_cast<uint64_t>(tensors), file.size(), header));
  return header;
}

}  // namespace tusk::quant
