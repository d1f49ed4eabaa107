// CRC32C (Castagnoli), the checksum of block data, of the edit log and of LevelDB. Uses the CPU's instruction.
#pragma once

#include <cstdint>

#include "base/core/bytes.h"

namespace tusk {

// The checksum of what `crc` covered followed by `bytes`; start with 0.
uint32_t Crc32c(uint32_t crc, ByteView bytes);

}  // namespace tusk
