// Fashion-MNIST: seconds of training until the test accuracy is reached (softmax), and seconds an epoch (mlp). The clock stops
// while the test rows are predicted.
//
//     mlkit_fashion_bench softmax|mlp FOLDER THREADS [name=value ...]      settings as in `tusk ml train`; target=0.845
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "mlkit/api/local_training.h"
#include "mlkit/sgd/linear_trainers.h"
#include "mlkit/sgd/network/mlp_trainer.h"

namespace tusk::ml {
namespace {

Result<std::unique_ptr<Algorithm>> MakeSoftmax(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(LinearSettings settings, ReadLinearSettings("softmax", parameters, schema));
  return MakeLinearTrainer(std::move(settings));
}


double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<uint8_t> ReadGzip(const std::string& path, size_t head) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot read %s (Debian: dataset-fashion-mnist)\n", path.c_str());
    std::exit(2);
  }
  std::vector<uint8_t> bytes(64 << 20);
  bytes.resize(static_cast<size_t>(gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()))));
  gzclose(file);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(head));
  return bytes;
}

Block ReadRows(const std::string& folder, const std::string& name) {
  const auto pixels = ReadGzip(folder + "/" + name + "-images-idx3-ubyte.gz", 16);
  const auto labels = ReadGzip(folder + "/" + name + "-labels-idx1-ubyte.gz", 8);
  Block block;
  block.rows = labels.size();
  block.columns = 784;
  block.origin = name;
  for (const uint8_t pixel : pixels) block.dense.push_back(static_cast<float>(pixel) / 255.0F);
  for (const uint8_t label : labels) block.labels.push_back(static_cast<float>(label));
  return block;
}

double Accuracy(const Model& model, const Block& test) {
  std::vector<float> classes(test.rows);
  if (!Predict(model, test, classes).ok()) return 0;
  size_t right = 0;
  for (size_t r = 0; r < test.rows; ++r) right += classes[r] == test.labels[r] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(test.rows);
}

int Run(const std::string& algorithm, const std::string& folder, size_t threads, Parameters parameters) {
  const double target = parameters.GetNumber("target", 0.845, 0, 1);
  const Block test = ReadRows(folder, "t10k");
  Schema schema;
  schema.classes = 10;
  for (int c = 0; c < 10; ++c) schema.class_labels.push_back(std::to_string(c));
  std::shared_ptr<const Dataset> whole = MakeInMemoryDataset(schema, {ReadRows(folder, "train")});
  auto made = algorithm == "mlp" ? MakeMlp(parameters, whole->schema()) : MakeSoftmax(parameters, whole->schema());
  const Status good = made.ok() ? parameters.Check() : made.status();
  if (!good.ok()) return std::fprintf(stderr, "%s\n", good.ToString().c_str()), 2;
  Algorithm& trainer = **made;
  const auto data = ShardsFor(trainer, whole);
  std::vector<Block> blocks;
  for (size_t s = 0; s < data->shards(); ++s) blocks.push_back(data->Load(s).value());
  const std::shared_ptr<const Dataset> loaded = MakeInMemoryDataset(schema, std::move(blocks));
  LocalTrainingOptions options;
  options.threads = threads;
  double wall = 0, cpu = 0, wall_begin = 0, cpu_begin = 0, epochs = 0;
  const auto start = [&] {
    wall_begin = Seconds(CLOCK_MONOTONIC);
    cpu_begin = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  };
  options.on_step = [&](uint64_t step, const StepReport& report) -> Status {
    if (step == 1) start();  // the first step is not counted: it brings caches and threads up
    if (!report.figures.contains("loss")) return Status::Ok();
    wall += Seconds(CLOCK_MONOTONIC) - wall_begin;
    cpu += Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
    ++epochs;
    const double accuracy = Accuracy(*trainer.Finish().value(), test);
    std::printf("epoch %2.0f: %.4f s wall, %.4f s CPU, loss %.4f, test accuracy %.4f\n", epochs, wall, cpu, report.figures.at("loss"), accuracy);
    if (accuracy >= target) return Status(Code::kCancelled, "reached");
    start();
    return Status::Ok();
  };
  const auto model = TrainLocally(trainer, loaded, options);
  if (!model.ok() && model.status().code() != Code::kCancelled) return std::fprintf(stderr, "%s\n", model.status().ToString().c_str()), 1;
  std::printf("%s: %s %.4f after %.0f epochs: %.4f s wall, %.4f s CPU; an epoch: %.4f s wall, %.4f s CPU\n", algorithm.c_str(),
              model.ok() ? "did not reach" : "reached", target, epochs, wall, cpu, wall / epochs, cpu / epochs);
  return 0;
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "mlkit_fashion_bench softmax|mlp FOLDER THREADS [name=value ...]\n"), 2;
  tusk::ml::Parameters parameters;
  for (int i = 4; i < argc; ++i) {
    const std::string text = argv[i];
    parameters.Set(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
  }
  return tusk::ml::Run(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10), std::move(parameters));
}
