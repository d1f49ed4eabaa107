// Fuzz target: packets, acks and meta headers from any bytes.
#include <cstddef>
#include <cstdint>

#include "dfs/common/checksum.h"
#include "dfs/common/data_transfer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  using namespace tusk::dfs;
  tusk::ByteView input(bytes, count);
  size_t needed = 0;
  auto packet = ParsePacket(input, &needed);
  if (packet.ok() && packet->has_value()) {
    const PacketView& view = **packet;
    TUSK_CHECK(view.whole.size() <= count);
    TUSK_CHECK(view.checksums.size() + view.data.size() <= view.whole.size());
    DataChecksum checksum;
    if (checksum.ChecksumBytesOf(view.data.size()) <= view.checksums.size()) {
      (void)checksum.FindMismatch(view.data, view.checksums);
    }
  }
  (void)DecodePipelineAck(input);
  (void)DecodeMetaHeader(input);
  return 0;
}
