// Jobs that go wrong on purpose, for the tests of retries and commits. `test-program words IN OUT`, steered by
// test.map.failures, test.reduce.failures (attempts of task 0 that fail), test.failure (throw, crash, fail, hang), and
// test.map.sleep.ms.
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "mapreduce/api/mapreduce.h"

namespace tusk::mapreduce {
namespace {

int AttemptNumber(const std::string& id) { return std::atoi(id.c_str() + id.rfind('_') + 1); }

// Fails where the settings say so for this attempt.
template <typename Context>
void MaybeFail(Context& context, const char* key) {
  Result<int64_t> failures = context.configuration().GetInt(key, 0);
  if (context.task().task_index() != 0 || !failures.ok() || AttemptNumber(context.task().attempt_id()) >= *failures) return;
  std::string how = context.configuration().Get("test.failure", "throw");
  if (how == "crash") std::abort();
  if (how == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  if (how == "fail") return context.Fail("failed on purpose");
  throw std::runtime_error("thrown on purpose");
}

class Words : public Mapper<LongWritable, Text, Text, LongWritable> {
 public:
  void Setup(Context& context) override {
    Result<int64_t> sleep = context.configuration().GetInt("test.map.sleep.ms", 0);
    if (sleep.ok()) std::this_thread::sleep_for(std::chrono::milliseconds(*sleep));
  }
  void Map(int64_t, std::string_view line, Context& context) override {
    for (size_t at = 0; (at = line.find_first_not_of(' ', at)) != line.npos;) {
      size_t end = std::min(line.find(' ', at), line.size());
      context.Emit(line.substr(at, end - at), 1);
      at = end;
    }
  }
  void Cleanup(Context& context) override { MaybeFail(context, "test.map.failures"); }
};

class Sum : public Reducer<Text, LongWritable, Text, LongWritable> {
 public:
  void Setup(Context& context) override {
    Result<int64_t> sleep = context.configuration().GetInt("test.reduce.sleep.ms", 0);
    if (sleep.ok()) std::this_thread::sleep_for(std::chrono::milliseconds(*sleep));
  }
  void Reduce(std::string_view word, Values& counts, Context& context) override {
    int64_t sum = 0;
    for (int64_t count : counts) sum += count;
    context.Emit(word, sum);
  }
  // After everything was written: what a failed attempt leaves must not be seen.
  void Cleanup(Context& context) override { MaybeFail(context, "test.reduce.failures"); }
};

}  // namespace
}  // namespace tusk::mapreduce

int main(int argc, char** argv) {
  using namespace tusk::mapreduce;
  return RunJob(argc, argv, [](Job& job, const Arguments& arguments) {
    if (arguments.size() != 2) return tusk::Status(tusk::Code::kInvalidArgument, "test-program IN OUT");
    job.SetName("test words");
    job.SetMapper<Words>();
    job.SetReducer<Sum>();
    if (job.configuration().Get("test.combine", "true") == "true") job.SetCombiner<Sum>();
    job.AddInputPath(arguments[0]);
    job.SetOutputPath(arguments[1]);
    return tusk::Status::Ok();
  });
}
