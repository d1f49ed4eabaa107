// ReduceInput: the sorted segments that a reduce task has got, kept in memory while they fit and merged to disk where
// they do not, until few enough are left to be merged in one pass.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapreduce/task/merge.h"

namespace tusk::mapreduce {

struct ReduceInputOptions {
  Disk* disk = nullptr;
  std::string folder;  // for merged segments
  KeyOrder order;
  Codec codec = Codec::kNone;
  size_t merge_factor = 100;         // segments that one merge reads
  size_t memory_bytes = 256 << 20;   // segments kept in memory
};

class ReduceInput {
 public:
  explicit ReduceInput(ReduceInputOptions options) : options_(std::move(options)) {}
  // A whole segment as it was fetched. Its CRC is verified here.
  Status AddMemory(std::string segment);
  // A segment in a local file that lives until the readers are gone.
  Status AddFile(const std::string& path, uint64_t start, uint64_t length);
  // Readers over everything, at most merge_factor of them.
  Result<std::vector<std::unique_ptr<IFileReader>>> Finish();
  size_t memory_used() const { return memory_used_; }

 private:
  struct Segment {
    std::string path;
    uint64_t start = 0;
    uint64_t length = 0;
  };
  Result<std::unique_ptr<IFileReader>> Open(const Segment& segment);
  Status SpillMemory();
  // Merges `readers` to one new file.
  Status MergeToDisk(std::vector<std::unique_ptr<IFileReader>> readers);

  ReduceInputOptions options_;
  std::vector<std::unique_ptr<IFileReader>> memory_;
  size_t memory_used_ = 0;
  std::vector<Segment> disk_;
  int merges_ = 0;
};

}  // namespace tusk::mapreduce
