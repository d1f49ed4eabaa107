// Counts words: what a user's own program looks like. Built by itself: see CMakeLists.txt here.
#include <tusk/mapreduce/api/mapreduce.h>

#include <algorithm>

using namespace tusk::mapreduce;

class Tokenize : public Mapper<LongWritable, Text, Text, IntWritable> {
 public:
  void Map(int64_t, std::string_view line, Context& context) override {
    size_t at = 0;
    while ((at = line.find_first_not_of(" \t\r\f", at)) != line.npos) {
      size_t end = std::min(line.find_first_of(" \t\r\f", at), line.size());
      context.Emit(line.substr(at, end - at), 1);
      at = end;
    }
  }
};

class Sum : public Reducer<Text, IntWritable, Text, IntWritable> {
 public:
  void Reduce(std::string_view word, Values& counts, Context& context) override {
    int32_t sum = 0;
    for (int32_t count : counts) sum += count;
    context.Emit(word, sum);
  }
};

int main(int argc, char** argv) {
  return RunJob(argc, argv, [](Job& job, const Arguments& arguments) {
    if (arguments.size() != 2) return tusk::Status(tusk::Code::kInvalidArgument, "Usage: word_count <in> <out>");
    job.SetName("my word count");
    job.SetMapper<Tokenize>();
    job.SetCombiner<Sum>();
    job.SetReducer<Sum>();
    job.AddInputPath(arguments[0]);
    job.SetOutputPath(arguments[1]);
    return tusk::Status::Ok();
  });
}
