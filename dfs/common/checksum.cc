// Checksums of chunks and the .meta header.
#include "dfs/common/checksum.h"

#include <algorithm>

namespace tusk::dfs {
namespace {
constexpr uint16_t kMetaVersion = 1;
}  // namespace

void DataChecksum::Compute(ByteView data, uint8_t* sums) const {
  if (type == ChecksumType::kNull) return;
  while (!data.empty()) {
    ByteView chunk = data.first(std::min<size_t>(bytes_per_checksum, data.size()));
    StoreBigEndian<uint32_t>(sums, CrcOf(type, chunk));
    sums += kChecksumBytes;
    data = data.subspan(chunk.size());
  }
}

std::optional<size_t> DataChecksum::FindMismatch(ByteView data, ByteView sums) const {
  if (type == ChecksumType::kNull) return std::nullopt;
  TUSK_CHECK(sums.size() >= ChecksumBytesOf(data.size()));
  const uint8_t* sum = sums.data();
  for (size_t offset = 0; offset < data.size(); offset += bytes_per_checksum, sum += kChecksumBytes) {
    ByteView chunk = data.subspan(offset, std::min<size_t>(bytes_per_checksum, data.size() - offset));
    if (CrcOf(type, chunk) != LoadBigEndian<uint32_t>(sum)) return offset;
  }
  return std::nullopt;
}

Result<DataChecksum> DataChecksum::Make(int type, uint32_t bytes_per_checksum) {
  if (type < 0 || type > 2) return Status(Code::kInvalidArgument, "unknown checksum type " + std::to_string(type));
  if (bytes_per_checksum == 0 || bytes_per_checksum > kBytesPerChecksumMax) {
    return Status(Code::kInvalidArgument, "bad bytes per checksum " + std::to_string(bytes_per_checksum));
  }
  return DataChecksum{static_cast<ChecksumType>(type), bytes_per_checksum};
}

std::array<uint8_t, kMetaHeaderBytes> EncodeMetaHeader(const DataChecksum& checksum) {
  std::array<uint8_t, kMetaHeaderBytes> header{};
  StoreBigEndian<uint16_t>(header.data(), kMetaVersion);
  header[2] = static_cast<uint8_t>(checksum.type);
  StoreBigEndian<uint32_t>(header.data() + 3, checksum.bytes_per_checksum);
  return header;
}

Result<DataChecksum> DecodeMetaHeader(ByteView header) {
  if (header.size() < kMetaHeaderBytes) return Status(Code::kCorruption, "block meta header is cut off");
  if (auto version = LoadBigEndian<uint16_t>(header.data()); version != kMetaVersion) {
    return Status(Code::kCorruption, "block meta version " + std::to_string(version) + " is not 1");
  }
  auto checksum = DataChecksum::Make(header[2], LoadBigEndian<uint32_t>(header.data() + 3));
  if (!checksum.ok()) return Status(Code::kCorruption, "block meta header: " + std::string(checksum.status().message()));
  return checksum;
}

}  // namespace tusk::dfs
