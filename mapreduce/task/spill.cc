// Spill files and their merge.
#include "mapreduce/task/spill.h"

#include "mapreduce/task/counter_names.h"

namespace tusk::mapreduce {

Result<std::unique_ptr<SpillWriter>> SpillWriter::Create(Disk& disk, std::string path, int partitions, Codec codec) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk.Open(path, OpenMode::kCreateTruncate));
  return std::unique_ptr<SpillWriter>(new SpillWriter(std::move(file), std::move(path), partitions, codec));
}

Status SpillWriter::EndSegment() {
  uint64_t start = segments_.empty() ? 0 : segments_.back().start + segments_.back().part_length;
  ASSIGN_OR_RETURN(SegmentIndex index, segment_->Finish());
  index.start = start;
  segments_.push_back(index);
  segment_.reset();
  return Status::Ok();
}

Status SpillWriter::StartSegment(int partition) {
  TUSK_CHECK(partition > partition_ && partition <= partitions_) << "records out of order";
  while (partition_ < partition) {
    if (segment_) RETURN_IF_ERROR(EndSegment());
    ++partition_;
    if (partition_ < partitions_) segment_ = std::make_unique<IFileWriter>(sink_, codec_);
  }
  return Status::Ok();
}

Result<MapOutputFile> SpillWriter::Finish() {
  RETURN_IF_ERROR(StartSegment(partitions_));
  return MapOutputFile{path_, segments_};
}

Result<std::unique_ptr<SpillWriter>> SpillSet::Start() {
  return SpillWriter::Create(*options_.disk, JoinPath(options_.folder, "spill" + std::to_string(started_++) + ".out"),
                             options_.partitions, options_.codec);
}

Status SpillSet::Add(std::unique_ptr<SpillWriter> spill) {
  ASSIGN_OR_RETURN(MapOutputFile file, spill->Finish());
  options_.task->GetCounter(kTaskCounters, "SPILLED_RECORDS").Increment(static_cast<int64_t>(spill->records()));
  options_.task->GetCounter(kFileSystemCounters, "FILE_BYTES_WRITTEN").Increment(static_cast<int64_t>(spill->bytes()));
  spills_.push_back(std::move(file));
  return Status::Ok();
}

namespace {
constexpr uint32_t kRecordsPerSign = 1 << 16;  // after so many records a merge says that it is alive

// Gives what a combiner emits to a spill.
class SpillSink : public RecordSink {
 public:
  explicit SpillSink(SpillWriter& spill) : RecordSink(Form::kFramed), spill_(spill) {}
  void set_partition(int partition) { partition_ = partition; }
  Status Take(ByteView key, ByteView value) override { return spill_.Append(partition_, key, value); }

 private:
  SpillWriter& spill_;
  int partition_ = 0;
};

}  // namespace

Status CombineGroups(GroupReader& groups, ReduceBody& combiner) {
  for (;;) {
    ASSIGN_OR_RETURN(bool more, groups.NextGroup());
    if (!more) return Status::Ok();
    RETURN_IF_ERROR(combiner.Reduce(groups.key(), groups));
  }
}

Result<MapOutputFile> SpillSet::Merge(const std::vector<MapOutputFile>& inputs, const std::string& path, bool combine) {
  std::vector<std::unique_ptr<File>> files;
  for (const MapOutputFile& input : inputs) {
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, options_.disk->Open(input.path, OpenMode::kRead));
    files.push_back(std::move(file));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> out, SpillWriter::Create(*options_.disk, path, options_.partitions, options_.codec));
  SpillSink sink(*out);
  std::unique_ptr<ReduceBody> combiner;
  if (combine) {
    combiner = options_.combiner();
    RETURN_IF_ERROR(combiner->Start(sink, *options_.task));
  }
  for (int partition = 0; partition < options_.partitions; ++partition) {
    std::vector<std::unique_ptr<IFileReader>> readers;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const SegmentIndex& segment = inputs[i].segments[static_cast<size_t>(partition)];
      readers.push_back(IFileReader::Open(std::make_unique<FileRangeSource>(*files[i], segment.start, segment.part_length),
                                          segment.part_length, options_.codec));
    }
    MergeReader merge(std::move(readers), options_.order);
    sink.set_partition(partition);
    if (combiner) {
      GroupReader groups(merge, options_.order, nullptr);
      RETURN_IF_ERROR(CombineGroups(groups, *combiner));
      continue;
    }
    for (uint32_t count = 0;; ++count) {
      ASSIGN_OR_RETURN(bool more, merge.Next());
      if (!more) break;
      if (count % kRecordsPerSign == 0) options_.task->Progress();
      RETURN_IF_ERROR(out->Append(partition, merge.key(), merge.value()));
    }
  }
  if (combiner) RETURN_IF_ERROR(combiner->Finish());
  ASSIGN_OR_RETURN(MapOutputFile merged, out->Finish());
  options_.task->GetCounter(kTaskCounters, "SPILLED_RECORDS").Increment(static_cast<int64_t>(out->records()));
  options_.task->GetCounter(kFileSystemCounters, "FILE_BYTES_WRITTEN").Increment(static_cast<int64_t>(out->bytes()));
  for (const MapOutputFile& input : inputs) RETURN_IF_ERROR(options_.disk->RemoveFile(input.path));
  return merged;
}

Result<MapOutputFile> SpillSet::Finish() {
  std::string path = JoinPath(options_.folder, "file.out");
  if (spills_.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> empty, Start());
    RETURN_IF_ERROR(Add(std::move(empty)));
  }
  bool combine = options_.combiner && !options_.combine_sorted && spills_.size() >= 3;
  size_t factor = static_cast<size_t>(std::max(2, options_.merge_factor));
  int pass = 0;
  while (spills_.size() > factor) {  // neighbours only, so that equal keys stay in order
    std::vector<MapOutputFile> merged;
    for (size_t at = 0; at < spills_.size(); at += factor) {
      std::vector<MapOutputFile> some(spills_.begin() + static_cast<ptrdiff_t>(at),
                                      spills_.begin() + static_cast<ptrdiff_t>(std::min(at + factor, spills_.size())));
      if (some.size() > 1) {
        ASSIGN_OR_RETURN(some.front(), Merge(some, JoinPath(options_.folder, "merge" + std::to_string(pass++) + ".out"), combine));
      }
      merged.push_back(std::move(some.front()));
    }
    spills_ = std::move(merged);
  }
  MapOutputFile output;
  if (spills_.size() == 1) {
    output = std::move(spills_.front());
    RETURN_IF_ERROR(options_.disk->Rename(output.path, path));
    output.path = path;
  } else {
    ASSIGN_OR_RETURN(output, Merge(spills_, path, combine));
  }
  std::string index = EncodeSpillIndex(output.segments);
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, options_.disk->Open(path + ".index", OpenMode::kCreateTruncate));
  RETURN_IF_ERROR(file->WriteAt(0, AsBytes(index)));
  uint64_t materialized = 0;
  for (const SegmentIndex& segment : output.segments) materialized += segment.part_length;
  options_.task->GetCounter(kTaskCounters, "MAP_OUTPUT_MATERIALIZED_BYTES").Set(static_cast<int64_t>(materialized));
  return output;
}

}  // namespace tusk::mapreduce
