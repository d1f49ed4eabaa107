// BlockSource: the bytes of a range of one block, wherever they come from: a datanode (block_reader.h) or this machine's
// own files (local/short_circuit.h).
#pragma once

#include "base/async/task.h"
#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::dfs {

class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // The next bytes, valid until the next call; empty at the end of the range. kChecksumError for bytes that do not
  // match, any other error for a source that does not deliver.
  virtual Task<Result<ByteView>> Next() = 0;
  // Reads into `out` without a copy between; nothing where the source has the bytes in a buffer of its own (then Next).
  virtual bool reads_into() const { return false; }
  // At least one byte, 0 at the end of the range. Only where reads_into(). After an error `out` holds anything.
  virtual Task<Result<size_t>> ReadInto(MutableByteView /*out*/) { co_return size_t{0}; }
  // Its failure says nothing about the replica; the same bytes are to be asked of the datanode.
  virtual bool local() const { return false; }
};

}  // namespace tusk::dfs
