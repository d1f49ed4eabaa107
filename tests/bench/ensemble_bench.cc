// ensemble_bench: trains and evaluates on rows in a raw file, for tools/bench.sh and the comparison with peers.
//   ensemble_bench ALGORITHM TRAIN TEST OUT threads=N [setting=value …]
// A file is u64 rows, columns, classes, then floats [rows][columns], then labels [rows]. OUT gets the scores or probabilities of
// TEST as floats. Prints one JSON object: seconds of training and of prediction.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "mlkit/api/local_training.h"
#include "mlkit/catalog/catalog.h"


namespace tusk::ml {
namespace {

double Now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Block ReadRows(const char* path, Schema& schema) {
  FILE* file = std::fopen(path, "rb");
  uint64_t head[3] = {};
  if (file == nullptr || std::fread(head, sizeof head, 1, file) != 1) {
    std::fprintf(stderr, "%s cannot be read\n", path);
    std::exit(1);
  }
  Block block;
  block.rows = head[0];
  block.columns = head[1];
  block.dense.resize(head[0] * head[1]);
  block.labels.resize(head[0]);
  block.origin = path;
  if (std::fread(block.dense.data(), 4, block.dense.size(), file) != block.dense.size() ||
      std::fread(block.labels.data(), 4, block.rows, file) != block.rows) {
    std::fprintf(stderr, "%s is cut off\n", path);
    std::exit(1);
  }
  (void)std::fclose(file);
  schema.rows = head[0];
  schema.columns = head[1];
  schema.classes = head[2];
  for (uint64_t k = 0; k < head[2]; ++k) schema.class_labels.push_back(std::to_string(k));
  return block;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

int Run(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "ensemble_bench ALGORITHM TRAIN TEST OUT [threads=N] [setting=value ...]\n");
    return 2;
  }
  Parameters parameters;
  size_t threads = 1;
  for (int i = 5; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) return Fail(Status(Code::kInvalidArgument, argument + ": setting=value is wanted"));
    if (argument.starts_with("threads=")) {
      threads = std::strtoul(argument.c_str() + equals + 1, nullptr, 10);
    } else {
      parameters.Set(argument.substr(0, equals), argument.substr(equals + 1));
    }
  }
  Schema schema, test_schema;
  std::vector<Block> blocks;
  blocks.push_back(ReadRows(argv[2], schema));
  const Block test = ReadRows(argv[3], test_schema);
  const std::shared_ptr<const Dataset> dataset = MakeInMemoryDataset(schema, std::move(blocks));
  auto algorithm = MakeAlgorithm(argv[1], parameters, schema);
  if (!algorithm.ok()) return Fail(algorithm.status());
  if (const Status status = parameters.Check(); !status.ok()) return Fail(status);
  const double begin = Now(), cpu_begin = Now(CLOCK_PROCESS_CPUTIME_ID);
  LocalTrainingOptions options;
  options.threads = threads;
  options.seed = 1;
  double first_step = 0;
  std::string oob;
  options.on_step = [&](uint64_t step, const StepReport& report) {
    if (step == 1) first_step = Now() - begin;
    if (report.figures.contains("oob_score")) oob = ", \"oob_score\": " + std::to_string(report.figures.at("oob_score"));
    return Status::Ok();
  };
  auto model = TrainLocally(**algorithm, dataset, options);
  if (!model.ok()) return Fail(model.status());
  const double train = Now() - begin, train_cpu = Now(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
  const bool regression = schema.classes == 0;
  std::vector<float> out(test.rows * (regression ? 1 : schema.classes));
  const double predict_begin = Now(CLOCK_PROCESS_CPUTIME_ID);
  const Status status = regression ? (*model)->Scores(test, out) : (*model)->Probabilities(test, out);
  if (!status.ok()) return Fail(status);
  const double predict = Now(CLOCK_PROCESS_CPUTIME_ID) - predict_begin;
  FILE* file = std::fopen(argv[4], "wb");
  if (file == nullptr || std::fwrite(out.data(), 4, out.size(), file) != out.size() || std::fclose(file) != 0) return 1;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"train_s\": %.4f, \"first_step_s\": %.4f, \"train_cpu_s\": %.3f, \"predict_cpu_s\": %.4f, \"rss_mb\": %.1f%s}\n", train,
              first_step, train_cpu, predict,
              static_cast<double>(usage.ru_maxrss) / 1024, oob.c_str());
  return 0;
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) { return tusk::ml::Run(argc, argv); }
