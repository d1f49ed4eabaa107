// CRC32C (Castagnoli) and CRC32 (zlib's), both with the usual initial and final inversion, and their composition.
#pragma once

#include <cstdint>

#include "base/core/bytes.h"

namespace tusk::dfs {

// CRC of the bytes whose CRC is `before`, followed by `bytes`.
uint32_t Crc32c(ByteView bytes, uint32_t before = 0);
uint32_t Crc32(ByteView bytes, uint32_t before = 0);

// Which polynomial; the numbers are ChecksumTypeProto's.
enum class ChecksumType : uint8_t { kNull = 0, kCrc32 = 1, kCrc32c = 2 };

// 0 for kNull.
uint32_t CrcOf(ChecksumType type, ByteView bytes, uint32_t before = 0);

// CRC of A followed by B, from those of A and B and the length of B. O(log length).
uint32_t ComposeCrc(ChecksumType type, uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

// Composes many CRCs of pieces of one length faster than ComposeCrc, by keeping the shift.
class CrcComposer {
 public:
  CrcComposer(ChecksumType type, uint64_t piece_length);
  void AddPiece(uint32_t crc);                      // of piece_length bytes
  void AddOdd(uint32_t crc, uint64_t length);       // of any length
  uint32_t value() const { return value_; }

 private:
  ChecksumType type_;
  uint32_t shift_;
  uint32_t value_ = 0;
};

}  // namespace tusk::dfs
