// terasort: sorts rows by their keys; a sample of the input decides which range of keys each reduce gets.
#include <algorithm>
#include <cstdio>

#include "mapreduce/examples/examples.h"
#include "mapreduce/examples/tera_records.h"

namespace tusk::mapreduce {
namespace {

constexpr char kPartitionFile[] = "_partition.lst";
// Where the tasks find the partition file: a complete path.
constexpr char kPartitionPath[] = "tusk.examples.terasort.partitions";

class PassOn : public Mapper<Text, Text, Text, Text> {
 public:
  void Map(std::string_view key, std::string_view value, Context& context) override { context.Emit(key, value); }
};
class WriteOut : public Reducer<Text, Text, Text, Text> {
 public:
  void Reduce(std::string_view key, Values& values, Context& context) override {
    for (std::string_view value : values) context.Emit(key, value);
  }
};

// Keys below the first cut go to reduce 0, and so on; a table over the first two bytes shortens the search.
class RangePartitioner : public Partitioner<Text, Text> {
 public:
  Status Setup(TaskContext& task) override {
    ASSIGN_OR_RETURN(Location location, task.file_systems().Resolve(task.configuration().Get(kPartitionPath, "")));
    ASSIGN_OR_RETURN(std::string bytes, location.fs->ReadFile(location.path, 64 << 20));
    const uint8_t* at = AsBytes(bytes).data();
    const uint8_t* end = at + bytes.size();
    while (at != end) {
      int64_t size = 0;
      at = ReadVLong(at, end, &size);
      if (at == nullptr || size < 0 || size > end - at) return Status(Code::kCorruption, location.ToString() + " is damaged");
      cuts_.emplace_back(reinterpret_cast<const char*>(at), static_cast<size_t>(size));
      at += size;
    }
    size_t cut = 0;
    for (size_t first = 0; first <= 65536; ++first) {
      while (cut < cuts_.size() && TwoBytes(cuts_[cut]) < first) ++cut;
      starts_[first] = static_cast<uint32_t>(cut);
    }
    return Status::Ok();
  }
  int PartitionOf(std::string_view key, std::string_view, int) override {
    size_t two = TwoBytes(key);
    uint32_t at = starts_[two];
    while (at < cuts_.size() && cuts_[at] <= key) ++at;
    return static_cast<int>(at);
  }

 private:
  static size_t TwoBytes(std::string_view key) {
    size_t two = 0;
    if (!key.empty()) two = static_cast<size_t>(static_cast<uint8_t>(key[0])) << 8;
    if (key.size() > 1) two |= static_cast<uint8_t>(key[1]);
    return two;
  }
  std::vector<std::string> cuts_;
  std::vector<uint32_t> starts_ = std::vector<uint32_t>(65537);
};

// Reads keys for the sample; nothing but input needs it.
class SampleTask : public TaskContext {
 public:
  SampleTask(FileSystems& files, const Configuration& conf) : files_(files) {
    configuration_ = &conf;
    counters_ = &own_;
  }
  void SetStatus(std::string_view) override {}
  void Progress() override {}
  FileSystems& file_systems() override { return files_; }

 private:
  FileSystems& files_;
  Counters own_;
};

Status WritePartitionFile(Session& session, const std::string& input, const std::string& path, int64_t reduces) {
  Configuration conf = session.configuration();
  conf.Set("mapreduce.input.fileinputformat.inputdir", input);
  std::unique_ptr<InputFormat> format = TeraInputFormat();
  ASSIGN_OR_RETURN(std::vector<InputSplit> splits, format->Splits(conf, session.file_systems()));
  ASSIGN_OR_RETURN(int64_t sample_size, conf.GetInt("mapreduce.terasort.partitions.sample", 100'000));
  ASSIGN_OR_RETURN(int64_t places, conf.GetInt("mapreduce.terasort.num.partitions", 10));
  places = std::max<int64_t>(1, std::min<int64_t>(places, static_cast<int64_t>(splits.size())));
  std::printf("Sampling %ld splits of %zu\n", static_cast<long>(places), splits.size());
  std::vector<std::string> keys;
  SampleTask task(session.file_systems(), conf);
  size_t step = splits.size() / static_cast<size_t>(places);
  for (size_t i = 0; i < static_cast<size_t>(places) && !splits.empty(); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<RecordReader> reader, format->Open(splits[i * step], task));
    RecordView record;
    for (int64_t n = 0; n < sample_size / places; ++n) {
      ASSIGN_OR_RETURN(bool more, reader->Next(record));
      if (!more) break;
      keys.emplace_back(AsText(record.key));
    }
  }
  std::printf("Making %ld from %zu sampled records\n", static_cast<long>(reduces), keys.size());
  std::fflush(stdout);
  if (static_cast<size_t>(reduces) > keys.size() && reduces > 1) {
    return Status(Code::kInvalidArgument, "Requested more partitions than input keys (" + std::to_string(reduces) + " > " + std::to_string(keys.size()) + ")");
  }
  std::sort(keys.begin(), keys.end());
  std::string cuts;
  float width = static_cast<float>(keys.size()) / static_cast<float>(reduces);
  for (int64_t i = 1; i < reduces; ++i) {
    Text::Write(keys[static_cast<size_t>(width * static_cast<float>(i) + 0.5f)], cuts);
  }
  ASSIGN_OR_RETURN(Location location, session.file_systems().Resolve(path));
  return location.fs->WriteFile(location.path, cuts);
}

// in, out, partition file
Status ConfigureSort(Job& job, const Arguments& arguments) {
  job.SetName("TeraSort");
  job.AddInputPath(arguments[0]);
  job.SetOutputPath(arguments[1]);
  job.configuration().Set(kPartitionPath, arguments[2]);
  job.SetInputFormat(TeraInputFormat());
  job.SetOutputFormat(TeraOutputFormat());
  job.SetMapper<PassOn>();
  job.SetReducer<WriteOut>();
  job.SetPartitioner<RangePartitioner>();
  return Status::Ok();
}

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

int Drive(Session& session, const Arguments& arguments) {
  if (arguments.size() != 2) {
    std::fprintf(stderr, "Usage: terasort [-Dproperty=value] <in> <out>\n");
    return 2;
  }
  Result<int64_t> reduces = session.configuration().GetInt("mapreduce.job.reduces", 1);
  if (!reduces.ok()) return Fail(reduces.status());
  Result<Location> output = session.file_systems().Resolve(arguments[1]);
  if (!output.ok()) return Fail(output.status());
  Configuration conf = session.configuration();
  conf.Set("mapreduce.output.fileoutputformat.outputdir", arguments[1]);
  if (Status free = TeraOutputFormat()->Check(conf, session.file_systems()); !free.ok()) return Fail(free);
  std::string partitions = output->ToString() + "/" + kPartitionFile;
  Status written = WritePartitionFile(session, arguments[0], partitions, std::max<int64_t>(1, *reduces));
  if (!written.ok()) return Fail(written);
  Result<JobResult> result = session.Run("terasort", {arguments[0], arguments[1], partitions});
  if (!result.ok()) return Fail(result.status());
  return result->succeeded ? 0 : 1;
}

}  // namespace

void AddTeraSort(Program& program) {
  program.AddJob("terasort", ConfigureSort);
  program.SetDriver(Drive);
}

}  // namespace tusk::mapreduce
