// The packet header is written and read by hand: fixed width, and on the path of every 64 KiB.
#include "dfs/common/packet.h"

namespace tusk::dfs {
namespace {

// PacketHeaderProto: 1 offsetInBlock sfixed64, 2 seqno sfixed64, 3 lastPacketInBlock, 4 dataLen sfixed32, 5 syncBlock.
constexpr uint8_t kTagOffset = 0x09, kTagSeqno = 0x11, kTagLast = 0x18, kTagDataLength = 0x25, kTagSync = 0x28;
constexpr size_t kHeaderBytes = 25;
constexpr size_t kHeaderBytesMax = 1024;  // unknown fields of a later version fit
constexpr uint32_t kPlenOwnBytes = 4;

Status Malformed(const char* what) { return Status(Code::kCorruption, std::string("malformed packet: ") + what); }

uint64_t LoadLittle(const uint8_t* from, size_t count) {
  uint64_t value = 0;
  std::memcpy(&value, from, count);
  return value;
}

bool ReadVarint(ByteView& in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    uint8_t byte = in.front();
    in = in.subspan(1);
    *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool SkipField(ByteView& in, uint64_t tag) {
  uint64_t length = 0;
  switch (tag & 7) {
    case 0: return ReadVarint(in, &length);
    case 1: length = 8; break;
    case 2:
      if (!ReadVarint(in, &length)) return false;
      break;
    case 5: length = 4; break;
    default: return false;
  }
  if (length > in.size()) return false;
  in = in.subspan(length);
  return true;
}

Result<PacketHeader> DecodeHeader(ByteView in) {
  PacketHeader header;
  unsigned seen = 0;
  while (!in.empty()) {
    uint64_t tag = 0;
    if (!ReadVarint(in, &tag)) return Malformed("tag");
    size_t fixed = tag == kTagOffset || tag == kTagSeqno ? 8 : tag == kTagDataLength ? 4 : 0;
    if (fixed != 0) {
      if (in.size() < fixed) return Malformed("header is cut off");
      uint64_t value = LoadLittle(in.data(), fixed);
      in = in.subspan(fixed);
      if (tag == kTagOffset) header.offset_in_block = static_cast<int64_t>(value), seen |= 1;
      if (tag == kTagSeqno) header.seqno = static_cast<int64_t>(value), seen |= 2;
      if (tag == kTagDataLength) header.data_length = static_cast<uint32_t>(value), seen |= 8;
    } else if (tag == kTagLast || tag == kTagSync) {
      uint64_t value = 0;
      if (!ReadVarint(in, &value)) return Malformed("flag");
      if (tag == kTagLast) header.last_in_block = value != 0, seen |= 4;
      if (tag == kTagSync) header.sync_block = value != 0;
    } else if (!SkipField(in, tag)) {
      return Malformed("unknown field");
    }
  }
  if (seen != 15) return Malformed("a header field is missing");
  if (header.offset_in_block < 0) return Malformed("negative offset");
  return header;
}

}  // namespace

size_t EncodePacketHeader(const PacketHeader& header, size_t checksum_bytes, uint8_t* out) {
  uint8_t* at = out + kPacketLengthsBytes;
  *at++ = kTagOffset;
  std::memcpy(at, &header.offset_in_block, 8);
  at += 8;
  *at++ = kTagSeqno;
  std::memcpy(at, &header.seqno, 8);
  at += 8;
  *at++ = kTagLast;
  *at++ = header.last_in_block ? 1 : 0;
  *at++ = kTagDataLength;
  std::memcpy(at, &header.data_length, 4);
  at += 4;
  if (header.sync_block) {
    *at++ = kTagSync;
    *at++ = 1;
  }
  StoreBigEndian<uint32_t>(out, static_cast<uint32_t>(kPlenOwnBytes + checksum_bytes + header.data_length));
  StoreBigEndian<uint16_t>(out + 4, static_cast<uint16_t>(at - out - kPacketLengthsBytes));
  return static_cast<size_t>(at - out);
}

Result<std::optional<PacketView>> ParsePacket(ByteView bytes, size_t* bytes_needed) {
  *bytes_needed = kPacketLengthsBytes + kHeaderBytes;
  if (bytes.size() < kPacketLengthsBytes) return std::optional<PacketView>();
  auto plen = LoadBigEndian<uint32_t>(bytes.data());
  auto hlen = LoadBigEndian<uint16_t>(bytes.data() + 4);
  if (plen < kPlenOwnBytes || plen > kPacketBytesMax - hlen) return Malformed("payload length");
  if (hlen > kHeaderBytesMax) return Malformed("header length");
  size_t total = kPacketLengthsBytes + hlen + (plen - kPlenOwnBytes);
  *bytes_needed = total;
  if (bytes.size() < total) return std::optional<PacketView>();
  PacketView packet;
  ASSIGN_OR_RETURN(packet.header, DecodeHeader(bytes.subspan(kPacketLengthsBytes, hlen)));
  size_t payload = plen - kPlenOwnBytes;
  if (packet.header.data_length > payload) return Malformed("data length");
  packet.whole = bytes.first(total);
  size_t sums = payload - packet.header.data_length;
  packet.checksums = bytes.subspan(kPacketLengthsBytes + hlen, sums);
  packet.data = bytes.subspan(kPacketLengthsBytes + hlen + sums, packet.header.data_length);
  return std::optional<PacketView>(packet);
}

std::array<uint8_t, kPacketLengthsBytes + 25> HeartbeatPacket() {
  std::array<uint8_t, kPacketLengthsBytes + 25> bytes{};
  EncodePacketHeader({.seqno = kHeartbeatSeqno}, 0, bytes.data());
  return bytes;
}

}  // namespace tusk::dfs
