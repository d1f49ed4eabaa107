// grep: counts what matches a regular expression, most frequent first. Two jobs: search, then sort by count.
#include <cstdio>
#include <regex>

#include "mapreduce/examples/examples.h"

namespace tusk::mapreduce {
namespace {

constexpr char kPattern[] = "mapreduce.mapper.regex";
constexpr char kGroup[] = "mapreduce.mapper.regexmapper..group";

bool IsPlain(std::string_view pattern) { return pattern.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos; }

class Search : public Mapper<LongWritable, Text, Text, LongWritable> {
 public:
  void Setup(Context& context) override {
    pattern_ = context.configuration().Get(kPattern, "");
    plain_ = IsPlain(pattern_) && !pattern_.empty();
    Result<int64_t> group = context.configuration().GetInt(kGroup, 0);
    group_ = group.ok() ? static_cast<size_t>(std::max<int64_t>(*group, 0)) : 0;
    if (!plain_) regex_.assign(pattern_, std::regex::ECMAScript | std::regex::optimize);
  }
  void Map(int64_t, std::string_view line, Context& context) override {
    if (plain_) {
      for (size_t at = line.find(pattern_); at != line.npos; at = line.find(pattern_, at + pattern_.size())) {
        context.Emit(pattern_, 1);
      }
      return;
    }
    for (std::cregex_iterator match(line.data(), line.data() + line.size(), regex_), end; match != end; ++match) {
      if (group_ < match->size()) {
        const auto& part = (*match)[group_];
        context.Emit(std::string_view(part.first, static_cast<size_t>(part.length())), 1);
      }
    }
  }

 private:
  std::string pattern_;
  std::regex regex_;
  bool plain_ = false;
  size_t group_ = 0;
};

class LongSum : public Reducer<Text, LongWritable, Text, LongWritable> {
 public:
  void Reduce(std::string_view key, Values& counts, Context& context) override {
    int64_t sum = 0;
    for (int64_t count : counts) sum += count;
    context.Emit(key, sum);
  }
};

class Invert : public Mapper<Text, LongWritable, LongWritable, Text> {
 public:
  void Map(std::string_view key, int64_t count, Context& context) override { context.Emit(count, key); }
};

class Rows : public Reducer<LongWritable, Text, LongWritable, Text> {
 public:
  void Reduce(int64_t count, Values& keys, Context& context) override {
    for (std::string_view key : keys) context.Emit(count, key);
  }
};

struct Decreasing {
  static int Compare(ByteView a, ByteView b) { return LongWritable::Compare(b, a); }
};

// search: in, temporary folder, pattern [, group]
Status ConfigureSearch(Job& job, const Arguments& arguments) {
  job.SetName("grep-search");
  job.configuration().Set(kPattern, arguments[2]);
  if (arguments.size() > 3) job.configuration().Set(kGroup, arguments[3]);
  job.AddInputPath(arguments[0]);
  job.SetOutputPath(arguments[1]);
  job.SetMapper<Search>();
  job.SetCombiner<LongSum>();
  job.SetReducer<LongSum>();
  job.SetOutputFormat(SequenceFileOutputFormat());
  return Status::Ok();
}

// sort: temporary folder, out
Status ConfigureSort(Job& job, const Arguments& arguments) {
  job.SetName("grep-sort");
  job.AddInputPath(arguments[0]);
  job.SetOutputPath(arguments[1]);
  job.SetInputFormat(SequenceFileInputFormat());
  job.SetMapper<Invert>();
  job.SetReducer<Rows>();
  job.SetReduces(1);
  job.SetSortOrder<LongWritable, Decreasing>();
  return Status::Ok();
}

int Drive(Session& session, const Arguments& arguments) {
  if (arguments.size() < 3) {
    std::fprintf(stderr, "Grep <inDir> <outDir> <regex> [<group>]\n");
    return 2;
  }
  // As Hadoop: a fresh name beside the working folder, removed at the end.
  Result<Location> output = session.file_systems().Resolve(arguments[1]);
  if (!output.ok()) {
    std::fprintf(stderr, "%s\n", output.status().ToString().c_str());
    return 1;
  }
  std::string temporary = output->ToString() + "-grep-temp";
  Arguments search = arguments;
  search[1] = temporary;
  Result<JobResult> result = session.Run("grep-search", search);
  if (result.ok() && result->succeeded) result = session.Run("grep-sort", {temporary, arguments[1]});
  if (Result<Location> location = session.file_systems().Resolve(temporary); location.ok()) {
    (void)location->fs->Remove(location->path);
  }
  if (!result.ok()) std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  return result.ok() && result->succeeded ? 0 : 1;
}

}  // namespace

void AddGrep(Program& program) {
  program.AddJob("grep-search", ConfigureSearch);
  program.AddJob("grep-sort", ConfigureSort);
  program.SetDriver(Drive);
}

}  // namespace tusk::mapreduce
