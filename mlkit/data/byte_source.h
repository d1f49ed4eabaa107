// ByteSource: files as data sets read them, wherever they are. Who opens data sets brings the implementation: local files
// and hdfs:// in mlkit/job, memory in tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

// One open file; used by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // All of `out`; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, MutableByteView out) = 0;
};

// Thread-safe.
class ByteSources {
 public:
  struct Entry {
    std::string path;
    uint64_t size = 0;
  };
  virtual ~ByteSources() = default;
  // The files that `path` means: a file itself; a folder's files without those that begin with '_' or '.'; the matches
  // of a pattern. Sorted by path; kFileNotFound where there are none.
  virtual Result<std::vector<Entry>> Find(const std::string& path) = 0;
  virtual Result<std::unique_ptr<ByteSource>> Open(const std::string& path) = 0;
};

// Bytes that are in memory; shared with whoever else reads them.
class MemoryByteSource final : public ByteSource {
 public:
  explicit MemoryByteSource(std::shared_ptr<const std::vector<uint8_t>> bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_->size(); }
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    if (offset >= bytes_->size()) return size_t{0};
    const size_t count = std::min<size_t>(out.size(), bytes_->size() - offset);
    std::memcpy(out.data(), bytes_->data() + offset, count);
    return count;
  }

 private:
  std::shared_ptr<const std::vector<uint8_t>> bytes_;
};

}  // namespace tusk::ml
