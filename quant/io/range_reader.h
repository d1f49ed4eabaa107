// RangeReader: a file as the readers of model files see it. Whoever opens models brings the implementation: local files
// in tools, the DFS in quant/job, memory in tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::quant {

// One open file. Thread-safe.
class RangeReader {
 public:
  virtual ~RangeReader() = default;
  // The path, for messages.
  virtual const std::string& name() const = 0;
  virtual uint64_t size() const = 0;
  // Exactly out.size() bytes; a range that ends behind the file is kCorruption ("truncated").
  virtual Status ReadAt(uint64_t offset, MutableByteView out) const = 0;
};

// Opens a file by its path. Thread-safe.
class RangeFiles {
 public:
  virtual ~RangeFiles() = default;
  // kFileNotFound where there is none.
  virtual Result<std::shared_ptr<const RangeReader>> Open(const std::string& path) const = 0;
  virtual Result<bool> IsFolder(const std::string& path) const = 0;
  // Names in a folder, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& folder) const = 0;
};

// "NAME: truncated: FIELD wants bytes A to B, the file has N".
Status TruncatedError(const std::string& name, const std::string& field, uint64_t begin, uint64_t end, uint64_t size);

class MemoryRanges final : public RangeReader {
 public:
  MemoryRanges(std::string name, ByteView bytes) : name_(std::move(name)), bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  uint64_t size() const override { return bytes_.size(); }
  Status ReadAt(uint64_t offset, MutableByteView out) const override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
      return TruncatedError(name_, "a read", offset, offset + out.size(), bytes_.size());
    }
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return Status::Ok();
  }

 private:
  std::string name_;
  ByteView bytes_;  // the caller's
};

}  // namespace tusk::quant
