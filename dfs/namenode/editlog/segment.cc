// Encoding and checking of segment headers and frames.
#include "dfs/namenode/editlog/segment.h"

#include <charconv>
#include <cstdio>

#include "base/core/crc32c.h"
#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kSegmentMagic = "TUSKEDIT";
constexpr uint32_t kFrameMagic = 0x54454446;  // "TEDF"
constexpr std::string_view kNamePrefix = "edits_";

uint32_t FrameChecksum(const SegmentHeader& segment, std::string_view head, std::string_view payload) {
  uint8_t salt[8];
  StoreBigEndian(salt, segment.salt);
  uint32_t crc = Crc32c(0, ByteView(salt, sizeof(salt)));
  crc = Crc32c(crc, AsBytes(head));
  return Crc32c(crc, AsBytes(payload));
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string bytes(kSegmentMagic);
  AppendBigEndian(bytes, header.level);
  AppendBigEndian(bytes, header.namespace_id);
  AppendBigEndian(bytes, header.epoch);
  AppendBigEndian(bytes, static_cast<uint64_t>(header.first_txid));
  AppendBigEndian(bytes, header.salt);
  bytes.resize(kSegmentHeaderBytes - 4, '\0');
  AppendBigEndian(bytes, Crc32c(0, AsBytes(bytes)));
  return bytes;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view bytes, const std::string& path) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) {
    return Status(Code::kCorruption, path + " does not start as an edit log segment");
  }
  RecordReader reader(bytes.substr(kSegmentMagic.size()));
  SegmentHeader header;
  header.level = reader.BigEndian<uint32_t>();
  header.namespace_id = reader.BigEndian<uint32_t>();
  header.epoch = reader.BigEndian<uint64_t>();
  header.first_txid = static_cast<Txid>(reader.BigEndian<uint64_t>());
  header.salt = reader.BigEndian<uint64_t>();
  uint32_t stored = LoadBigEndian<uint32_t>(reinterpret_cast<const uint8_t*>(bytes.data()) + kSegmentHeaderBytes - 4);
  if (stored != Crc32c(0, AsBytes(bytes.substr(0, kSegmentHeaderBytes - 4)))) {
    return Status(Code::kCorruption, path + ": the segment header's checksum is wrong");
  }
  if (header.level > kEditLogLevel) {
    return Status(Code::kIncorrectVersion,
                  path + " has edit log level " + std::to_string(header.level) +
                      ", written by a newer namenode; this one reads level " + std::to_string(kEditLogLevel) +
                      " and lower. Start the newer software on this folder.");
  }
  return header;
}

void AppendFrame(std::string& to, const SegmentHeader& segment, const Frame& frame) {
  std::string head;
  AppendBigEndian(head, kFrameMagic);
  AppendBigEndian(head, static_cast<uint32_t>(frame.payload.size()));
  AppendBigEndian(head, static_cast<uint64_t>(frame.first_txid));
  AppendBigEndian(head, frame.record_count);
  uint32_t crc = FrameChecksum(segment, head, frame.payload);
  to.append(head);
  AppendBigEndian(to, crc);
  to.append(frame.payload);
}

std::optional<Frame> DecodeFrame(std::string_view bytes, const SegmentHeader& segment) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  RecordReader reader(bytes);
  if (reader.BigEndian<uint32_t>() != kFrameMagic) return std::nullopt;
  uint32_t length = reader.BigEndian<uint32_t>();
  Frame frame;
  frame.first_txid = static_cast<Txid>(reader.BigEndian<uint64_t>());
  frame.record_count = reader.BigEndian<uint32_t>();
  uint32_t crc = reader.BigEndian<uint32_t>();
  if (length > kFramePayloadBytesMax || length > reader.remaining()) return std::nullopt;
  frame.payload = reader.Take(length);
  if (crc != FrameChecksum(segment, bytes.substr(0, kFrameHeaderBytes - 4), frame.payload)) return std::nullopt;
  return frame;
}

std::string SegmentName(Txid first_txid) {
  char name[32];
  std::snprintf(name, sizeof(name), "edits_%019lld", static_cast<long long>(first_txid));
  return name;
}

std::optional<Txid> ParseSegmentName(std::string_view name) {
  if (!name.starts_with(kNamePrefix) || name.size() != kNamePrefix.size() + 19) return std::nullopt;
  Txid txid = 0;
  auto [end, error] = std::from_chars(name.data() + kNamePrefix.size(), name.data() + name.size(), txid);
  if (error != std::errc() || end != name.data() + name.size() || txid < 1) return std::nullopt;
  return txid;
}

}  // namespace tusk::dfs
