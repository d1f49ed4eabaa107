// What those who move megabytes ask for beyond Stream and File: several pieces at a time. Where a stream or a file
// cannot (simulation), the same comes about piece by piece.
#pragma once

#include <cstdint>
#include <span>

#include "base/env/disk.h"
#include "base/env/network.h"

namespace tusk {

// A Stream that can wait for more than the first byte.
class BulkReads {
 public:
  virtual ~BulkReads() = default;
  // Returns when about `bytes` can be read at once, when the peer has closed, or after `patience`.
  virtual Task<void> AwaitBytes(size_t bytes, Duration patience) = 0;
};

// For readers that have taken what there was, so that they are not woken for every segment. A hint: the read says what
// there is. Returns at once for streams that have no BulkReads.
Task<void> AwaitBytes(Stream& stream, size_t bytes, Duration patience);

// Writes all of `parts`, one behind the other, or fails: in the pieces that cost the page cache least.
Status WritePartsAt(File& file, uint64_t offset, std::span<const ByteView> parts);

}  // namespace tusk
