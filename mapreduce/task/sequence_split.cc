// Where a split's records begin and end.
#include "mapreduce/task/sequence_split.h"

#include <algorithm>

namespace tusk::mapreduce {

Result<std::unique_ptr<SequenceSplit>> SequenceSplit::Open(const InputSplit& split, TaskContext& task) {
  ASSIGN_OR_RETURN(Location location, task.file_systems().Resolve(split.path));
  ASSIGN_OR_RETURN(std::unique_ptr<InputFile> file, location.fs->Open(location.path));
  ASSIGN_OR_RETURN(std::unique_ptr<SequenceReader> reader, SequenceReader::Open(std::move(file)));
  if (split.start > reader->position()) RETURN_IF_ERROR(reader->Sync(split.start));
  return std::unique_ptr<SequenceSplit>(new SequenceSplit(std::move(reader), split));
}

Result<bool> SequenceSplit::Next(ByteView& key, ByteView& value) {
  if (start_ >= end_) return false;
  uint64_t before = reader_->position();
  ASSIGN_OR_RETURN(bool more, reader_->Next(key, value));
  return more && (before < end_ || !reader_->sync_seen());
}

double SequenceSplit::progress() const {
  if (end_ <= start_ || reader_->position() <= start_) return 0;
  return std::min(1.0, static_cast<double>(reader_->position() - start_) / static_cast<double>(end_ - start_));
}

}  // namespace tusk::mapreduce
