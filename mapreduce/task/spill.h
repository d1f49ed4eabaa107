// Spills: sorted files that a map task writes when its buffer is full, and their merge to the task's output.
#pragma once

#include <string>
#include <vector>

#include "mapreduce/task/map_output.h"

namespace tusk::mapreduce {

// Writes records that come in order of (partition, key) to one spill file.
class SpillWriter {
 public:
  static Result<std::unique_ptr<SpillWriter>> Create(Disk& disk, std::string path, int partitions, Codec codec);
  Status Append(int partition, ByteView key, ByteView value) {
    if (partition != partition_ || !segment_) RETURN_IF_ERROR(StartSegment(partition));
    ++records_;
    return segment_->Append(key, value);
  }
  Status AppendEncoded(int partition, ByteView record) {
    if (partition != partition_ || !segment_) RETURN_IF_ERROR(StartSegment(partition));
    ++records_;
    return segment_->AppendEncoded(record);
  }
  Result<MapOutputFile> Finish();
  uint64_t records() const { return records_; }
  uint64_t bytes() const { return sink_.position(); }

 private:
  SpillWriter(std::unique_ptr<File> file, std::string path, int partitions, Codec codec)
      : file_(std::move(file)), sink_(*file_), path_(std::move(path)), partitions_(partitions), codec_(codec) {}
  // Ends the current segment and writes empty ones up to `partition`.
  Status StartSegment(int partition);
  Status EndSegment();

  std::unique_ptr<File> file_;
  FileSink sink_;
  std::string path_;
  int partitions_;
  Codec codec_;
  int partition_ = -1;
  std::unique_ptr<IFileWriter> segment_;
  std::vector<SegmentIndex> segments_;
  uint64_t records_ = 0;
};

// Keeps a task's spills; Finish merges them.
class SpillSet {
 public:
  explicit SpillSet(const MapOutputOptions& options) : options_(options) {}
  Result<std::unique_ptr<SpillWriter>> Start();
  Status Add(std::unique_ptr<SpillWriter> spill);
  // One file: the only spill renamed, or the merge of all. At least three spills are combined again.
  Result<MapOutputFile> Finish();

 private:
  Result<MapOutputFile> Merge(const std::vector<MapOutputFile>& inputs, const std::string& path, bool combine);

  const MapOutputOptions& options_;
  std::vector<MapOutputFile> spills_;
  int started_ = 0;
};

// Runs `combiner` over every group of `groups`; what it emits goes to `out`.
Status CombineGroups(GroupReader& groups, ReduceBody& combiner);

}  // namespace tusk::mapreduce
