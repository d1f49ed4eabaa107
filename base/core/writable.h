// Hadoop's Writable encoding: variable-length integers, Text, and DataOutput's big-endian values. Used by tokens,
// SequenceFile, IFile, job.split and the HDTS credentials file.
//
// VLong: -112..127 are one byte; otherwise a first byte of -113..-120 (positive) or -121..-128 (negative, value
// complemented) says how many big-endian bytes follow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk {

inline constexpr size_t kVLongBytesMax = 9;

// Bytes that the encoding of `value` takes, 1..9.
size_t VLongSize(int64_t value);
// Bytes of an encoding that starts with `first`, 1..9.
inline size_t VLongSizeFromFirst(uint8_t first) {
  int value = static_cast<int8_t>(first);
  if (value >= -112) return 1;
  return static_cast<size_t>(value < -120 ? -119 - value : -111 - value);
}
// Writes VLongSize(value) bytes to `to`; gives their number.
size_t EncodeVLong(int64_t value, uint8_t* to);
// Reads VLongSizeFromFirst(*from) bytes, which must be there.
int64_t DecodeVLong(const uint8_t* from);

class WritableWriter {
 public:
  void Byte(uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void Bool(bool value) { Byte(value ? 1 : 0); }
  void Short(int16_t value) { BigEndian(value); }
  void Int(int32_t value) { BigEndian(value); }
  void Long(int64_t value) { BigEndian(value); }
  void VInt(int32_t value) { VLong(value); }
  void VLong(int64_t value);
  void Raw(std::string_view bytes) { bytes_.append(bytes); }
  // Text: vint length and bytes; also byte arrays of tokens.
  void Text(std::string_view text);
  // DataOutput.writeUTF for text of ASCII or BMP characters: 16-bit length and bytes; at most 65535 bytes.
  void Utf(std::string_view text);

  const std::string& bytes() const& { return bytes_; }
  std::string bytes() && { return std::move(bytes_); }
  void Clear() { bytes_.clear(); }

 private:
  template <typename Integer>
  void BigEndian(Integer value) {
    uint8_t raw[sizeof(value)];
    StoreBigEndian(raw, value);
    bytes_.append(reinterpret_cast<const char*>(raw), sizeof(raw));
  }
  std::string bytes_;
};

// Reads from bytes that outlive it. Truncated input is kEndOfFile, impossible input kCorruption.
class WritableReader {
 public:
  explicit WritableReader(ByteView bytes) : bytes_(bytes) {}
  explicit WritableReader(std::string_view bytes) : bytes_(AsBytes(bytes)) {}

  Result<uint8_t> Byte();
  Result<bool> Bool();
  Result<int16_t> Short();
  Result<int32_t> Int();
  Result<int64_t> Long();
  // kCorruption where the value does not fit an int.
  Result<int32_t> VInt();
  Result<int64_t> VLong();
  // A view into the input.
  Result<std::string_view> Raw(size_t count);
  // kCorruption for a negative length.
  Result<std::string> Text();
  Result<std::string> Utf();
  // A VInt that counts things of at least one byte each: never negative, never more than bytes are left.
  Result<size_t> VCount();

  size_t position() const { return at_; }
  size_t remaining() const { return bytes_.size() - at_; }
  bool AtEnd() const { return remaining() == 0; }

 private:
  template <typename Integer>
  Result<Integer> BigEndian();
  ByteView bytes_;
  size_t at_ = 0;
};

}  // namespace tusk
