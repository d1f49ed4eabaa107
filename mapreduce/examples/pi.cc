// pi: estimates Pi from points of a Halton sequence, as Hadoop's example does, so the estimate has the same digits.
#include <chrono>
#include <cstdio>

#include "mapreduce/examples/examples.h"

namespace tusk::mapreduce {
namespace {

// Points of the two-dimensional Halton sequence (bases 2 and 3) from `start` on.
class HaltonSequence {
 public:
  explicit HaltonSequence(int64_t start) : index_(start) {
    for (int i = 0; i < 2; ++i) {
      int64_t k = start;
      x_[i] = 0;
      for (int j = 0; j < kDigits[i]; ++j) {
        q_[i][j] = (j == 0 ? 1.0 : q_[i][j - 1]) / kBase[i];
        d_[i][j] = static_cast<int>(k % kBase[i]);
        k = (k - d_[i][j]) / kBase[i];
        x_[i] += d_[i][j] * q_[i][j];
      }
    }
  }
  const double* Next() {
    ++index_;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < kDigits[i]; ++j) {
        ++d_[i][j];
        x_[i] += q_[i][j];
        if (d_[i][j] < kBase[i]) break;
        d_[i][j] = 0;
        x_[i] -= (j == 0 ? 1.0 : q_[i][j - 1]);
      }
    }
    return x_;
  }

 private:
  static constexpr int kBase[2] = {2, 3};
  static constexpr int kDigits[2] = {63, 40};
  int64_t index_;
  double x_[2];
  double q_[2][63];
  int d_[2][63];
};

class CountInside : public Mapper<LongWritable, LongWritable, BooleanWritable, LongWritable> {
 public:
  void Map(int64_t offset, int64_t size, Context& context) override {
    HaltonSequence points(offset);
    int64_t inside = 0, outside = 0;
    for (int64_t i = 0; i < size; ++i) {
      const double* point = points.Next();
      double x = point[0] - 0.5, y = point[1] - 0.5;
      if (x * x + y * y > 0.25) {
        ++outside;
      } else {
        ++inside;
      }
      if (i % 1000 == 999) context.SetStatus("Generated " + std::to_string(i + 1) + " samples.");
    }
    context.Emit(true, inside);
    context.Emit(false, outside);
  }
};

class SumInside : public Reducer<BooleanWritable, LongWritable, LongWritable, LongWritable> {
 public:
  void Reduce(bool is_inside, Values& counts, Context&) override {
    for (int64_t count : counts) (is_inside ? inside_ : outside_) += count;
  }
  void Cleanup(Context& context) override { context.Emit(inside_, outside_); }

 private:
  int64_t inside_ = 0, outside_ = 0;
};

// One record (offset, size) per map; no files.
class SampleFormat : public InputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.mapreduce.lib.input.SequenceFileInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems&) override {
    ASSIGN_OR_RETURN(int64_t maps, conf.GetInt("tusk.examples.pi.maps", 1));
    ASSIGN_OR_RETURN(int64_t samples, conf.GetInt("tusk.examples.pi.samples", 1));
    std::vector<InputSplit> splits;
    for (int64_t i = 0; i < maps; ++i) splits.push_back({"", static_cast<uint64_t>(i * samples), static_cast<uint64_t>(samples), {}});
    return splits;
  }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext&) override {
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<Reader>(split));
  }

 private:
  class Reader : public RecordReader {
   public:
    explicit Reader(const InputSplit& split) {
      StoreBigEndian<uint64_t>(key_, split.start);
      StoreBigEndian<uint64_t>(value_, split.length);
    }
    Result<bool> Next(RecordView& record) override {
      if (done_) return false;
      done_ = true;
      record = {key_, value_};
      return true;
    }
    double progress() const override { return done_ ? 1 : 0; }

   private:
    uint8_t key_[8], value_[8];
    bool done_ = false;
  };
};

// maps, samples per map, output folder
Status ConfigurePi(Job& job, const Arguments& arguments) {
  job.SetName("QuasiMonteCarlo");
  job.configuration().Set("tusk.examples.pi.maps", arguments[0]);
  job.configuration().Set("tusk.examples.pi.samples", arguments[1]);
  job.SetInputFormat(std::make_unique<SampleFormat>());
  job.SetMapper<CountInside>();
  job.SetReducer<SumInside>();
  job.SetReduces(1);
  job.SetOutputFormat(SequenceFileOutputFormat());
  job.SetOutputPath(arguments[2]);
  return Status::Ok();
}

// inside / total * 4 with 20 decimals, rounded half up, as Hadoop's BigDecimal arithmetic gives it.
std::string Estimate(uint64_t inside, uint64_t total) {
  unsigned __int128 rest = static_cast<unsigned __int128>(inside) * 4;
  std::string digits = std::to_string(static_cast<uint64_t>(rest / total)) + ".";
  rest %= total;
  for (int i = 0; i < 20; ++i) {
    rest *= 10;
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest / total)));
    rest %= total;
  }
  return digits;
}

Result<std::pair<int64_t, int64_t>> ReadCounts(Session& session, const std::string& folder) {
  ASSIGN_OR_RETURN(Location location, session.file_systems().Resolve(folder + "/part-r-00000"));
  ASSIGN_OR_RETURN(std::string bytes, location.fs->ReadFile(location.path, 1 << 20));
  // One record of two longs at the end of the file.
  if (bytes.size() < 24) return Status(Code::kCorruption, location.path + " holds no record");
  const uint8_t* record = AsBytes(bytes).data() + bytes.size() - 16;
  return std::pair(LoadBigEndian<int64_t>(record), LoadBigEndian<int64_t>(record + 8));
}

int Drive(Session& session, const Arguments& arguments) {
  int64_t maps = 0, samples = 0;
  bool parsed = arguments.size() == 2;
  if (parsed) {
    auto number = [](const std::string& text, int64_t& value) {
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc() && end == text.data() + text.size() && value > 0;
    };
    parsed = number(arguments[0], maps) && number(arguments[1], samples);
  }
  if (!parsed) {
    std::fprintf(stderr, "Usage: org.apache.hadoop.examples.QuasiMonteCarlo <nMaps> <nSamples>\n");
    return 2;
  }
  std::printf("Number of Maps  = %ld\nSamples per Map = %ld\n", static_cast<long>(maps), static_cast<long>(samples));
  for (int64_t i = 0; i < maps; ++i) std::printf("Wrote input for Map #%ld\n", static_cast<long>(i));
  std::printf("Starting Job\n");
  std::fflush(stdout);
  auto start = std::chrono::steady_clock::now();
  std::string folder = "QuasiMonteCarlo_" + std::to_string(start.time_since_epoch().count());
  Result<JobResult> result = session.Run("pi", {arguments[0], arguments[1], folder + "/out"});
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  bool succeeded = result.ok() && result->succeeded;
  if (!result.ok()) std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  if (succeeded) {
    std::printf("Job Finished in %.3f seconds\n", seconds.count());
    Result<std::pair<int64_t, int64_t>> counts = ReadCounts(session, folder + "/out");
    succeeded = counts.ok();
    if (counts.ok()) {
      std::printf("Estimated value of Pi is %s\n",
                  Estimate(static_cast<uint64_t>(counts->first), static_cast<uint64_t>(maps) * static_cast<uint64_t>(samples)).c_str());
    }
  }
  if (Result<Location> location = session.file_systems().Resolve(folder); location.ok()) (void)location->fs->Remove(location->path);
  return succeeded ? 0 : 1;
}

}  // namespace

void AddPi(Program& program) {
  program.AddJob("pi", ConfigurePi);
  program.SetDriver(Drive);
}

}  // namespace tusk::mapreduce
