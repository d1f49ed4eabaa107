// Keeping and merging a reduce task's segments.
#include "mapreduce/task/reduce_input.h"

namespace tusk::mapreduce {

namespace {
// A file segment whose file the source owns.
class OwnedFileSource : public ByteSource {
 public:
  OwnedFileSource(std::unique_ptr<File> file, uint64_t start, uint64_t length)
      : file_(std::move(file)), range_(*file_, start, length) {}
  Result<size_t> Read(MutableByteView out) override { return range_.Read(out); }

 private:
  std::unique_ptr<File> file_;
  FileRangeSource range_;
};
}  // namespace

Status ReduceInput::AddMemory(std::string segment) {
  size_t size = segment.size();
  ASSIGN_OR_RETURN(std::unique_ptr<IFileReader> reader, IFileReader::OpenMemory(std::move(segment), options_.codec));
  memory_.push_back(std::move(reader));
  memory_used_ += size;
  return memory_used_ > options_.memory_bytes ? SpillMemory() : Status::Ok();
}

Status ReduceInput::AddFile(const std::string& path, uint64_t start, uint64_t length) {
  disk_.push_back({path, start, length});
  return Status::Ok();
}

Status ReduceInput::SpillMemory() {
  std::vector<std::unique_ptr<IFileReader>> readers;
  readers.swap(memory_);
  memory_used_ = 0;
  return MergeToDisk(std::move(readers));
}

Status ReduceInput::MergeToDisk(std::vector<std::unique_ptr<IFileReader>> readers) {
  std::string path = JoinPath(options_.folder, "reduce_merge" + std::to_string(merges_++) + ".out");
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, options_.disk->Open(path, OpenMode::kCreateTruncate));
  FileSink sink(*file);
  IFileWriter writer(sink, options_.codec);
  MergeReader merge(std::move(readers), options_.order);
  for (;;) {
    ASSIGN_OR_RETURN(bool more, merge.Next());
    if (!more) break;
    RETURN_IF_ERROR(writer.Append(merge.key(), merge.value()));
  }
  ASSIGN_OR_RETURN(SegmentIndex index, writer.Finish());
  disk_.push_back({path, 0, index.part_length});
  return Status::Ok();
}

Result<std::unique_ptr<IFileReader>> ReduceInput::Open(const Segment& segment) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, options_.disk->Open(segment.path, OpenMode::kRead));
  return IFileReader::Open(std::make_unique<OwnedFileSource>(std::move(file), segment.start, segment.length), segment.length, options_.codec);
}

Result<std::vector<std::unique_ptr<IFileReader>>> ReduceInput::Finish() {
  size_t factor = std::max<size_t>(2, options_.merge_factor);
  if (memory_.size() > factor) RETURN_IF_ERROR(SpillMemory());
  while (disk_.size() + memory_.size() > factor && disk_.size() > 1) {
    size_t count = std::min({factor, disk_.size(), disk_.size() + memory_.size() - factor + 1});
    std::vector<std::unique_ptr<IFileReader>> readers;
    for (size_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(std::unique_ptr<IFileReader> reader, Open(disk_[i]));
      readers.push_back(std::move(reader));
    }
    disk_.erase(disk_.begin(), disk_.begin() + static_cast<ptrdiff_t>(count));
    RETURN_IF_ERROR(MergeToDisk(std::move(readers)));
  }
  std::vector<std::unique_ptr<IFileReader>> readers = std::move(memory_);
  memory_.clear();
  for (const Segment& segment : disk_) {
    ASSIGN_OR_RETURN(std::unique_ptr<IFileReader> reader, Open(segment));
    readers.push_back(std::move(reader));
  }
  return readers;
}

}  // namespace tusk::mapreduce
