// wordcount: how often each word (between white space, as java.util.StringTokenizer cuts) stands in the input.
#include "mapreduce/examples/examples.h"

namespace tusk::mapreduce {
namespace {

class Tokenizer : public Mapper<LongWritable, Text, Text, IntWritable> {
 public:
  void Map(int64_t, std::string_view line, Context& context) override {
    const char* at = line.data();
    const char* end = at + line.size();
    for (;;) {
      while (at != end && IsSpace(*at)) ++at;
      if (at == end) return;
      const char* start = at;
      while (at != end && !IsSpace(*at)) ++at;
      context.Emit(std::string_view(start, static_cast<size_t>(at - start)), 1);
    }
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
};

class IntSum : public Reducer<Text, IntWritable, Text, IntWritable> {
 public:
  void Reduce(std::string_view word, Values& counts, Context& context) override {
    int32_t sum = 0;
    for (int32_t count : counts) sum += count;
    context.Emit(word, sum);
  }
};

Status ConfigureCount(Job& job, const Arguments& arguments) {
  if (arguments.size() < 2) return Status(Code::kInvalidArgument, "Usage: wordcount <in> [<in>...] <out>");
  job.SetName("word count");
  job.SetMapper<Tokenizer>();
  job.SetCombiner<IntSum>();
  job.SetReducer<IntSum>();
  for (size_t i = 0; i + 1 < arguments.size(); ++i) job.AddInputPath(arguments[i]);
  job.SetOutputPath(arguments.back());
  return Status::Ok();
}

}  // namespace

void AddWordCount(Program& program) { program.AddJob("wordcount", ConfigureCount); }

}  // namespace tusk::mapreduce
