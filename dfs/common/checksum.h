// DataChecksum: which checksum of how many bytes a block has, and the 7-byte header of .meta files that says so.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "dfs/common/crc.h"

namespace tusk::dfs {

inline constexpr uint32_t kChecksumBytes = 4;  // one stored CRC, big-endian
inline constexpr uint32_t kBytesPerChecksumMax = 1 << 24;

struct DataChecksum {
  ChecksumType type = ChecksumType::kCrc32c;
  uint32_t bytes_per_checksum = 512;

  bool operator==(const DataChecksum&) const = default;
  // 4, or 0 for kNull.
  uint32_t checksum_bytes() const { return type == ChecksumType::kNull ? 0 : kChecksumBytes; }
  // Chunks that `data_length` bytes from a chunk boundary make; the last one may be partial.
  uint64_t ChunksOf(uint64_t data_length) const {
    return data_length / bytes_per_checksum + (data_length % bytes_per_checksum != 0);
  }
  uint64_t ChecksumBytesOf(uint64_t data_length) const { return ChunksOf(data_length) * checksum_bytes(); }
  // Writes ChecksumBytesOf(data.size()) bytes to `sums`.
  void Compute(ByteView data, uint8_t* sums) const;
  // The offset in `data` of the first chunk whose sum differs; nothing if all are right. `sums` holds at least
  // ChecksumBytesOf(data.size()) bytes.
  std::optional<size_t> FindMismatch(ByteView data, ByteView sums) const;

  // From a peer's numbers; kInvalidArgument for an unknown type or a chunk size of 0 or beyond the limit.
  static Result<DataChecksum> Make(int type, uint32_t bytes_per_checksum);
};

// .meta: int16 version 1, type byte, int32 bytes per checksum; then one CRC per chunk.
inline constexpr size_t kMetaHeaderBytes = 7;
std::array<uint8_t, kMetaHeaderBytes> EncodeMetaHeader(const DataChecksum& checksum);
Result<DataChecksum> DecodeMetaHeader(ByteView header);

}  // namespace tusk::dfs
