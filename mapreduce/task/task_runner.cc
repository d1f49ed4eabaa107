// Map and reduce tasks over the engine's parts.
#include "mapreduce/task/task_runner.h"

#include "mapreduce/task/counter_names.h"
#include "mapreduce/task/output_committer.h"

namespace tusk::mapreduce {

TaskAttempt::TaskAttempt(const Job& job, FileSystems& files, AttemptSpec spec) : files_(files), spec_(std::move(spec)) {
  configuration_ = &job.configuration();
  counters_ = &own_counters_;
  attempt_id_ = spec_.attempt_id;
  task_index_ = spec_.task_index;
  reduces_ = job.reduces();
}

void TaskAttempt::SetStatus(std::string_view text) {
  std::lock_guard lock(mutex_);
  status_text_ = text;
}

std::string TaskAttempt::status_text() const {
  std::lock_guard lock(mutex_);
  return status_text_;
}

Result<Codec> ShuffleCodec(const Configuration& conf) {
  ASSIGN_OR_RETURN(bool compress, conf.GetBool("mapreduce.map.output.compress", true));
  if (!compress) return Codec::kNone;
  return CodecOfClass(conf.Get("mapreduce.map.output.compress.codec", ClassOfCodec(Codec::kLz4)));
}

KeyOrder ReduceKeyOrder(const Job& job) { return KeyOrder::Of(*job.parts().map_key, job.parts().sort_compare); }

Result<Location> JobOutput(Job& job, FileSystems& files) {
  if (!job.output_format().writes_files()) return Location{};
  return files.Resolve(job.output_path());
}

namespace {

constexpr int kProgressRecords = 256;

// Passes records on, and their progress to the attempt.
class WatchedReader : public RecordReader {
 public:
  WatchedReader(std::unique_ptr<RecordReader> reader, TaskAttempt& attempt, double weight)
      : reader_(std::move(reader)), attempt_(attempt), weight_(weight) {}
  Result<bool> Next(RecordView& record) override {
    if (++count_ % kProgressRecords == 0) [[unlikely]] {
      attempt_.set_progress(reader_->progress() * weight_);
      if (attempt_.killed()) return Status(Code::kCancelled, "the attempt was killed");
    }
    return reader_->Next(record);
  }
  double progress() const override { return reader_->progress(); }
  uint64_t bytes_read() const override { return reader_->bytes_read(); }

 private:
  std::unique_ptr<RecordReader> reader_;
  TaskAttempt& attempt_;
  double weight_;
  int count_ = 0;
};

// Counts what goes to a job's output file.
class CountedWriter : public RecordSink {
 public:
  CountedWriter(RecordWriter& writer, Counter& records) : RecordSink(writer.form()), writer_(writer), records_(records) {}
  Status Take(ByteView key, ByteView value) override {
    records_.Increment();
    return writer_.Take(key, value);
  }

 private:
  RecordWriter& writer_;
  Counter& records_;
};

std::string PartName(const Configuration& conf, char kind, int index) {
  std::string number = std::to_string(index);
  if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
  // Jobs of Hadoop's older API, streaming among them, leave out what kind of task it was.
  Result<bool> is_new = conf.GetBool(kind == 'm' ? "mapred.mapper.new-api" : "mapred.reducer.new-api", true);
  std::string base = conf.Get("mapreduce.output.basename", "part") + "-";
  return is_new.ok() && !*is_new ? base + number : base + kind + "-" + number;
}

Result<std::unique_ptr<RecordWriter>> OpenOutput(Job& job, TaskAttempt& attempt, char kind) {
  ASSIGN_OR_RETURN(Location output, JobOutput(job, attempt.file_systems()));
  OutputTypes types{job.parts().output_key, job.parts().output_value};
  if (output.fs == nullptr) return job.output_format().Open(output, types, job.configuration());
  OutputCommitter committer(output, attempt.spec().app_attempt);
  std::string folder = committer.AttemptFolder(attempt.attempt_id());
  Location file{output.fs, JoinPath(folder, PartName(job.configuration(), kind, attempt.task_index()))};
  return job.output_format().Open(file, types, job.configuration());
}

// Closes the writer and counts its bytes.
Status CloseOutput(Job& job, TaskAttempt& attempt, RecordWriter& writer) {
  RETURN_IF_ERROR(writer.Close());
  attempt.GetCounter(kOutputCounters, "BYTES_WRITTEN").Increment(static_cast<int64_t>(writer.bytes_written()));
  ASSIGN_OR_RETURN(Location output, JobOutput(job, attempt.file_systems()));
  if (output.fs != nullptr) {
    attempt.GetCounter(kFileSystemCounters, std::string(output.fs->counter_name()) + "_BYTES_WRITTEN")
        .Increment(static_cast<int64_t>(writer.bytes_written()));
  }
  return Status::Ok();
}

Status CountInput(TaskAttempt& attempt, const InputSplit& split, uint64_t bytes) {
  attempt.GetCounter(kInputCounters, "BYTES_READ").Increment(static_cast<int64_t>(bytes));
  attempt.GetCounter(kTaskCounters, "SPLIT_RAW_BYTES").Increment(static_cast<int64_t>(split.path.size() + 18));
  if (split.path.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(Location location, attempt.file_systems().Resolve(split.path));
  attempt.GetCounter(kFileSystemCounters, std::string(location.fs->counter_name()) + "_BYTES_READ").Increment(static_cast<int64_t>(bytes));
  return Status::Ok();
}

Result<MapOutputOptions> OutputOptions(Job& job, TaskAttempt& attempt, Disk& disk, const std::string& folder) {
  const Configuration& conf = job.configuration();
  MapOutputOptions options;
  options.disk = &disk;
  options.folder = folder;
  options.partitions = job.reduces();
  ASSIGN_OR_RETURN(int64_t megabytes, conf.GetInt("mapreduce.task.io.sort.mb", 100));
  if (megabytes < 1 || megabytes > 2047) return Status(Code::kInvalidArgument, "Invalid \"mapreduce.task.io.sort.mb\": " + std::to_string(megabytes));
  options.buffer_bytes = static_cast<size_t>(megabytes) << 20;
  ASSIGN_OR_RETURN(int64_t factor, conf.GetInt("mapreduce.task.io.sort.factor", 10));
  options.merge_factor = static_cast<int>(std::min<int64_t>(std::max<int64_t>(factor, 2), 1000));
  ASSIGN_OR_RETURN(options.codec, ShuffleCodec(conf));
  options.order = ReduceKeyOrder(job);
  options.combiner = job.parts().combiner;
  options.combine_sorted = job.parts().combine_sorted;
  options.task = &attempt;
  return options;
}

}  // namespace

Result<MapOutputFile> RunMapTask(Job& job, TaskAttempt& attempt, const InputSplit& split, Disk& disk, const std::string& folder) {
  attempt.set_input(split.path, split.start, split.length);
  ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> opened, job.input_format().Open(split, attempt));
  bool map_only = job.reduces() == 0;
  WatchedReader reader(std::move(opened), attempt, map_only ? 1.0 : 0.667);
  Counter& records = attempt.GetCounter(kTaskCounters, "MAP_INPUT_RECORDS");
  std::unique_ptr<MapBody> mapper = job.parts().mapper();
  if (map_only) {
    ASSIGN_OR_RETURN(std::unique_ptr<RecordWriter> writer, OpenOutput(job, attempt, 'm'));
    CountedWriter counted(*writer, attempt.GetCounter(kTaskCounters, "MAP_OUTPUT_RECORDS"));
    RETURN_IF_ERROR(mapper->Run(reader, counted, attempt, records));
    RETURN_IF_ERROR(CountInput(attempt, split, reader.bytes_read()));
    RETURN_IF_ERROR(CloseOutput(job, attempt, *writer));
    attempt.set_progress(1);
    return MapOutputFile{};
  }
  ASSIGN_OR_RETURN(MapOutputOptions options, OutputOptions(job, attempt, disk, folder));
  std::unique_ptr<PartitionBody> partitioner;
  if (job.parts().partitioner && options.partitions > 1) {
    partitioner = job.parts().partitioner();
    RETURN_IF_ERROR(partitioner->Setup(attempt));
    options.partitioner = partitioner.get();
  }
  ASSIGN_OR_RETURN(std::unique_ptr<MapOutput> output, MakeMapOutput(std::move(options)));
  RETURN_IF_ERROR(mapper->Run(reader, *output, attempt, records));
  RETURN_IF_ERROR(CountInput(attempt, split, reader.bytes_read()));
  attempt.set_progress(0.667);
  ASSIGN_OR_RETURN(MapOutputFile file, output->Finish());
  attempt.set_progress(1);
  return file;
}

Status RunReduceTask(Job& job, TaskAttempt& attempt, std::vector<std::unique_ptr<IFileReader>> segments) {
  KeyOrder order = ReduceKeyOrder(job);
  MergeReader merge(std::move(segments), order);
  GroupReader groups(merge, order, job.parts().group_compare);
  ASSIGN_OR_RETURN(std::unique_ptr<RecordWriter> writer, OpenOutput(job, attempt, 'r'));
  CountedWriter counted(*writer, attempt.GetCounter(kTaskCounters, "REDUCE_OUTPUT_RECORDS"));
  std::unique_ptr<ReduceBody> reducer = job.parts().reducer();
  RETURN_IF_ERROR(reducer->Start(counted, attempt));
  Counter& group_count = attempt.GetCounter(kTaskCounters, "REDUCE_INPUT_GROUPS");
  for (;;) {
    ASSIGN_OR_RETURN(bool more, groups.NextGroup());
    if (!more) break;
    group_count.Increment();
    RETURN_IF_ERROR(reducer->Reduce(groups.key(), groups));
    RETURN_IF_ERROR(groups.status());
    if (attempt.killed()) return Status(Code::kCancelled, "the attempt was killed");
  }
  RETURN_IF_ERROR(reducer->Finish());
  attempt.GetCounter(kTaskCounters, "REDUCE_INPUT_RECORDS").Increment(static_cast<int64_t>(groups.values()));
  RETURN_IF_ERROR(CloseOutput(job, attempt, *writer));
  attempt.set_progress(1);
  return Status::Ok();
}

}  // namespace tusk::mapreduce
