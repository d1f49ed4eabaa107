// Packets of the data transfer protocol (hdfs-wire §3.2): PLEN int32, HLEN int16, header, checksums, data. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::dfs {

inline constexpr int64_t kHeartbeatSeqno = -1;
inline constexpr int64_t kUnknownSeqno = -2;
inline constexpr size_t kPacketLengthsBytes = 6;  // PLEN and HLEN
inline constexpr size_t kPacketBytesMax = 16 << 20;  // dfs.data.transfer.max.packet.size; PLEN + HLEN
// Room that EncodePacketHeader may use, lengths included.
inline constexpr size_t kPacketHeaderRoom = kPacketLengthsBytes + 27;

struct PacketHeader {
  int64_t offset_in_block = 0;
  int64_t seqno = 0;
  bool last_in_block = false;
  uint32_t data_length = 0;
  bool sync_block = false;

  bool operator==(const PacketHeader&) const = default;
  bool is_heartbeat() const { return seqno == kHeartbeatSeqno; }
};

// Writes PLEN, HLEN and the header to `out` (kPacketHeaderRoom bytes); returns how many: 31, or 33 with sync_block.
size_t EncodePacketHeader(const PacketHeader& header, size_t checksum_bytes, uint8_t* out);

// Where the parts of one packet lie.
struct PacketView {
  PacketHeader header;
  ByteView whole;      // from PLEN to the last byte of data
  ByteView checksums;
  ByteView data;
};

// The packet that starts at bytes[0], or nothing while it is incomplete (then *bytes_needed is how many bytes, at
// least, must be there before it is worth trying again). kCorruption for lengths that no packet has.
Result<std::optional<PacketView>> ParsePacket(ByteView bytes, size_t* bytes_needed);

// A heartbeat of a writer or a reader that keeps the connection awake: 31 bytes, no data.
std::array<uint8_t, kPacketLengthsBytes + 25> HeartbeatPacket();

}  // namespace tusk::dfs
