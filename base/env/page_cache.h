// Bringing ranges of files into memory before they are sent.
#pragma once

#include <cstdint>

#include "base/env/disk.h"

namespace tusk {

// Reads what is not in memory yet of the range, so that a Stream::SendFile of it does not wait for the disk. Blocks;
// cheap where all is in memory. Errors show in the reading that follows. Nothing for files without a descriptor.
void PopulatePageCache(File& file, uint64_t offset, uint64_t length);

// Reads all of `out` if that needs no disk. False: it may, or the file ends before, or has no descriptor.
bool ReadIfInMemory(File& file, uint64_t offset, MutableByteView out);

}  // namespace tusk
