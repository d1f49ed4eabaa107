// Encoding and decoding of Hadoop Writables.
#include "base/core/writable.h"

#include <limits>

namespace tusk {

size_t VLongSize(int64_t value) {
  if (value >= -112 && value <= 127) return 1;
  auto magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
  return 1 + (71 - static_cast<size_t>(__builtin_clzll(magnitude | 1))) / 8;
}

size_t EncodeVLong(int64_t value, uint8_t* to) {
  size_t size = VLongSize(value);
  if (size == 1) {
    to[0] = static_cast<uint8_t>(value);
    return 1;
  }
  int count = static_cast<int>(size) - 1;
  to[0] = static_cast<uint8_t>((value < 0 ? -120 : -112) - count);
  auto magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
  for (int i = count; i >= 1; --i) {
    to[i] = static_cast<uint8_t>(magnitude);
    magnitude >>= 8;
  }
  return size;
}

int64_t DecodeVLong(const uint8_t* from) {
  size_t size = VLongSizeFromFirst(from[0]);
  if (size == 1) return static_cast<int8_t>(from[0]);
  uint64_t magnitude = 0;
  for (size_t i = 1; i < size; ++i) magnitude = magnitude << 8 | from[i];
  auto value = static_cast<int64_t>(magnitude);
  return static_cast<int8_t>(from[0]) < -120 ? ~value : value;
}

void WritableWriter::VLong(int64_t value) {
  uint8_t raw[kVLongBytesMax];
  size_t size = EncodeVLong(value, raw);
  bytes_.append(reinterpret_cast<const char*>(raw), size);
}

void WritableWriter::Text(std::string_view text) {
  TUSK_CHECK(text.size() <= std::numeric_limits<int32_t>::max());
  VInt(static_cast<int32_t>(text.size()));
  bytes_.append(text);
}

void WritableWriter::Utf(std::string_view text) {
  TUSK_CHECK(text.size() <= std::numeric_limits<uint16_t>::max());
  Short(static_cast<int16_t>(text.size()));
  bytes_.append(text);
}

Result<std::string_view> WritableReader::Raw(size_t count) {
  if (count > remaining()) return Status(Code::kEndOfFile, "a Writable ends too early");
  std::string_view bytes = AsText(bytes_.subspan(at_, count));
  at_ += count;
  return bytes;
}

template <typename Integer>
Result<Integer> WritableReader::BigEndian() {
  ASSIGN_OR_RETURN(std::string_view raw, Raw(sizeof(Integer)));
  return LoadBigEndian<Integer>(AsBytes(raw).data());
}

Result<uint8_t> WritableReader::Byte() {
  ASSIGN_OR_RETURN(std::string_view raw, Raw(1));
  return static_cast<uint8_t>(raw[0]);
}
Result<bool> WritableReader::Bool() {
  ASSIGN_OR_RETURN(uint8_t value, Byte());
  return value != 0;
}
Result<int16_t> WritableReader::Short() { return BigEndian<int16_t>(); }
Result<int32_t> WritableReader::Int() { return BigEndian<int32_t>(); }
Result<int64_t> WritableReader::Long() { return BigEndian<int64_t>(); }

Result<int64_t> WritableReader::VLong() {
  if (AtEnd()) return Status(Code::kEndOfFile, "a Writable ends too early");
  ASSIGN_OR_RETURN(std::string_view raw, Raw(VLongSizeFromFirst(bytes_[at_])));
  return DecodeVLong(AsBytes(raw).data());
}

Result<int32_t> WritableReader::VInt() {
  ASSIGN_OR_RETURN(int64_t value, VLong());
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
    return Status(Code::kCorruption, "value too long to fit in integer");
  }
  return static_cast<int32_t>(value);
}

Result<std::string> WritableReader::Text() {
  ASSIGN_OR_RETURN(int32_t length, VInt());
  if (length < 0) return Status(Code::kCorruption, "negative length " + std::to_string(length));
  ASSIGN_OR_RETURN(std::string_view text, Raw(static_cast<size_t>(length)));
  return std::string(text);
}

Result<std::string> WritableReader::Utf() {
  ASSIGN_OR_RETURN(int16_t length, Short());
  ASSIGN_OR_RETURN(std::string_view text, Raw(static_cast<uint16_t>(length)));
  return std::string(text);
}

Result<size_t> WritableReader::VCount() {
  ASSIGN_OR_RETURN(int32_t count, VInt());
  if (count < 0 || static_cast<size_t>(count) > remaining()) {
    return Status(Code::kCorruption, "impossible count " + std::to_string(count));
  }
  return static_cast<size_t>(count);
}

}  // namespace tusk
