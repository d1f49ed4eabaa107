// teragen: rows of the sort benchmark, cut into as many ranges as there are maps.
#include <cstdio>

#include "mapreduce/examples/examples.h"
#include "mapreduce/examples/tera_records.h"

namespace tusk::mapreduce {
namespace {

constexpr char kRows[] = "mapreduce.terasort.num-rows";

// "1000", "10k", "3m", "1b", "2t".
Result<int64_t> ParseRows(const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  int64_t unit = rest.empty() ? 1 : rest == "k" ? 1'000 : rest == "m" ? 1'000'000 : rest == "b" ? 1'000'000'000 : rest == "t" ? 1'000'000'000'000 : 0;
  if (error != std::errc() || value < 0 || unit == 0) return Status(Code::kInvalidArgument, "For input string: \"" + text + "\"");
  return value * unit;
}

// Split i of n: the rows ceil(rows * i / n) .. ceil(rows * (i+1) / n).
class RangeFormat : public InputFormat {
 public:
  std::string_view java_class() const override { return "org.apache.hadoop.examples.terasort.TeraGen$RangeInputFormat"; }
  Result<std::vector<InputSplit>> Splits(const Configuration& conf, FileSystems&) override {
    ASSIGN_OR_RETURN(int64_t rows, conf.GetInt(kRows, 0));
    ASSIGN_OR_RETURN(int64_t maps, conf.GetInt("mapreduce.job.maps", 2));
    if (maps < 1 || maps > 100'000) return Status(Code::kInvalidArgument, "mapreduce.job.maps must be positive");
    std::fprintf(stderr, "Generating %ld using %ld\n", static_cast<long>(rows), static_cast<long>(maps));
    std::vector<InputSplit> splits;
    uint64_t start = 0;
    for (int64_t i = 1; i <= maps; ++i) {
      Uint128 product = static_cast<Uint128>(static_cast<uint64_t>(rows)) * static_cast<uint64_t>(i);
      uint64_t end = static_cast<uint64_t>((product + static_cast<uint64_t>(maps) - 1) / static_cast<uint64_t>(maps));
      splits.push_back({"", start, end - start, {}});
      start = end;
    }
    return splits;
  }
  Result<std::unique_ptr<RecordReader>> Open(const InputSplit& split, TaskContext&) override {
    return Result<std::unique_ptr<RecordReader>>(std::make_unique<Reader>(split));
  }

 private:
  class Reader : public RecordReader {
   public:
    explicit Reader(const InputSplit& split) : start_(split.start), at_(split.start), end_(split.start + split.length) {}
    Result<bool> Next(RecordView& record) override {
      if (at_ == end_) return false;
      StoreBigEndian<uint64_t>(key_, at_++);
      record = {key_, {}};
      return true;
    }
    double progress() const override { return end_ == start_ ? 1 : static_cast<double>(at_ - start_) / static_cast<double>(end_ - start_); }

   private:
    uint64_t start_, at_, end_;
    uint8_t key_[8];
  };
};

class Generate : public Mapper<LongWritable, NullWritable, Text, Text> {
 public:
  void Map(int64_t row, Null, Context& context) override {
    if (!random_) random_ = std::make_unique<TeraRandom>(static_cast<uint64_t>(row));
    uint8_t bytes[kTeraRecordBytes];
    MakeTeraRow(random_->Next(), static_cast<uint64_t>(row), bytes);
    ByteView key = ByteView(bytes).first(kTeraKeyBytes), value = ByteView(bytes).subspan(kTeraKeyBytes);
    checksum_ += TeraCrc(key, value);
    context.Emit(AsText(key), AsText(value));
  }
  void Cleanup(Context& context) override {
    context.GetCounter("org.apache.hadoop.examples.terasort.TeraGen$Counters", "CHECKSUM").Increment(static_cast<int64_t>(checksum_));
  }

 private:
  std::unique_ptr<TeraRandom> random_;
  uint64_t checksum_ = 0;
};

Status ConfigureGen(Job& job, const Arguments& arguments) {
  if (arguments.size() != 2) return Status(Code::kInvalidArgument, "teragen <num rows> <output dir>");
  ASSIGN_OR_RETURN(int64_t rows, ParseRows(arguments[0]));
  job.SetName("TeraGen");
  job.configuration().Set(kRows, std::to_string(rows));
  job.SetOutputPath(arguments[1]);
  job.SetInputFormat(std::make_unique<RangeFormat>());
  job.SetOutputFormat(TeraOutputFormat());
  job.SetMapper<Generate>();
  job.SetReduces(0);
  return Status::Ok();
}

}  // namespace

void AddTeraGen(Program& program) { program.AddJob("teragen", ConfigureGen); }

}  // namespace tusk::mapreduce
