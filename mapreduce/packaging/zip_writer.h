// ZipWriter: a zip archive whose bytes depend on nothing but its members: no times, no order but the caller's. What
// node managers unpack without any program of their machine's.
#pragma once

#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "mapreduce/task/byte_stream.h"

namespace tusk::mapreduce {

class ZipWriter {
 public:
  explicit ZipWriter(ByteSink& out) : out_(out) {}
  // A deflated member with mode 0755. Its bytes come whole: libraries are small beside memory. Below 2 GiB.
  Status Add(const std::string& name, ByteView bytes);
  // The central directory. Once, at the end.
  Status Finish();

 private:
  struct Member {
    std::string name;
    uint32_t crc = 0;
    uint32_t packed = 0;
    uint32_t size = 0;
    uint32_t offset = 0;
  };
  Status Write(ByteView bytes);

  ByteSink& out_;
  uint64_t written_ = 0;
  std::vector<Member> members_;
};

}  // namespace tusk::mapreduce
