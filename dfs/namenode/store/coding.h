// Bytes of the namenode's own records: varints, zigzag, length-prefixed strings, big-endian keys. Every read is
// bounded; a record that ends early or says a length beyond its end makes the reader fail once and for all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/bytes.h"

namespace tusk::dfs {

inline void AppendVarint(std::string& to, uint64_t value) {
  while (value >= 0x80) {
    to.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<char>(value));
}
inline void AppendZigzag(std::string& to, int64_t value) {
  AppendVarint(to, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}
inline void AppendBytes(std::string& to, std::string_view bytes) {
  AppendVarint(to, bytes.size());
  to.append(bytes);
}
template <typename Int>
void AppendBigEndian(std::string& to, Int value) {
  uint8_t raw[sizeof(Int)];
  StoreBigEndian(raw, value);
  to.append(reinterpret_cast<const char*>(raw), sizeof(Int));
}

class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Fail();
      uint8_t byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) return Fail();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Fail();
  }
  int64_t Zigzag() {
    uint64_t raw = Varint();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }
  std::string_view Bytes() {
    uint64_t length = Varint();
    return Take(length);
  }
  std::string_view Take(uint64_t length) {
    if (length > rest_.size()) {
      Fail();
      return {};
    }
    std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }
  template <typename Int>
  Int BigEndian() {
    std::string_view raw = Take(sizeof(Int));
    return raw.empty() ? Int{} : LoadBigEndian<Int>(reinterpret_cast<const uint8_t*>(raw.data()));
  }
  bool ok() const { return ok_; }
  // Everything was read and nothing was missing.
  bool AtEnd() const { return ok_ && rest_.empty(); }
  size_t remaining() const { return rest_.size(); }

 private:
  uint64_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tusk::dfs
