// SequenceSplit: the records of a SequenceFile that belong to one split, for every input format that reads such files.
#pragma once

#include <memory>

#include "mapreduce/api/formats.h"
#include "mapreduce/task/sequence_file.h"

namespace tusk::mapreduce {

// A split owns the records between the first sync mark at or after its start and the first at or after its end.
class SequenceSplit {
 public:
  static Result<std::unique_ptr<SequenceSplit>> Open(const InputSplit& split, TaskContext& task);
  const SequenceHeader& header() const { return reader_->header(); }
  // Framed; valid until the next Next. False after the split's last record.
  Result<bool> Next(ByteView& key, ByteView& value);
  double progress() const;  // 0 to 1
  uint64_t bytes_read() const { return reader_->bytes_read(); }

 private:
  SequenceSplit(std::unique_ptr<SequenceReader> reader, const InputSplit& split)
      : reader_(std::move(reader)), start_(split.start), end_(split.start + split.length) {}

  std::unique_ptr<SequenceReader> reader_;
  uint64_t start_, end_;
};

}  // namespace tusk::mapreduce
