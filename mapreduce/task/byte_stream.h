// Byte streams of the task engine: sources that are read once from front to back, and sinks. Blocking.
#pragma once

#include <memory>
#include <string>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/env/disk.h"
#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte, at most out.size(); 0 at the end.
  virtual Result<size_t> Read(MutableByteView out) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(ByteView bytes) = 0;
};

// [offset, offset + length) of a local file; kEndOfFile where the file is shorter.
class FileRangeSource : public ByteSource {
 public:
  FileRangeSource(File& file, uint64_t offset, uint64_t length) : file_(file), at_(offset), end_(offset + length) {}
  Result<size_t> Read(MutableByteView out) override;

 private:
  File& file_;
  uint64_t at_, end_;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) : rest_(bytes) {}
  Result<size_t> Read(MutableByteView out) override;

 private:
  ByteView rest_;
};

// A file of a job's input from `offset` to its end. `soft_end` is where reads get small: what lies behind it is
// needed only for the last record.
class InputFileSource : public ByteSource {
 public:
  InputFileSource(InputFile& file, uint64_t offset, uint64_t soft_end) : file_(file), at_(offset), soft_end_(soft_end) {}
  Result<size_t> Read(MutableByteView out) override;
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  InputFile& file_;
  uint64_t at_, soft_end_;
  uint64_t bytes_read_ = 0;
};

// Appends to a local file, which it does not own.
class FileSink : public ByteSink {
 public:
  explicit FileSink(File& file, uint64_t offset = 0) : file_(file), at_(offset) {}
  Status Write(ByteView bytes) override;
  uint64_t position() const { return at_; }

 private:
  File& file_;
  uint64_t at_;
};

class StringSink : public ByteSink {
 public:
  explicit StringSink(std::string& out) : out_(out) {}
  Status Write(ByteView bytes) override {
    out_.append(AsText(bytes));
    return Status::Ok();
  }

 private:
  std::string& out_;
};

}  // namespace tusk::mapreduce
