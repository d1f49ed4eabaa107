// Views over bytes and big-endian integers, as Hadoop's Java streams write them.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <bit>

namespace tusk {

using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename Int>
inline Int LoadBigEndian(const uint8_t* from) {
  Int value;
  std::memcpy(&value, from, sizeof(value));
  if constexpr (sizeof(Int) == 2) return static_cast<Int>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(Int) == 4) return static_cast<Int>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(Int) == 8) return static_cast<Int>(__builtin_bswap64(static_cast<uint64_t>(value)));
}

template <typename Int>
inline void StoreBigEndian(uint8_t* to, Int value) {
  Int swapped = value;
  if constexpr (sizeof(Int) == 2) swapped = static_cast<Int>(__builtin_bswap16(static_cast<uint16_t>(value)));
  if constexpr (sizeof(Int) == 4) swapped = static_cast<Int>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(Int) == 8) swapped = static_cast<Int>(__builtin_bswap64(static_cast<uint64_t>(value)));
  std::memcpy(to, &swapped, sizeof(swapped));
}

static_assert(std::endian::native == std::endian::little, "tusk runs on little-endian machines");

}  // namespace tusk
