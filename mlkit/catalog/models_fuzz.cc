// Model files of every algorithm of the catalog with bytes changed by the fuzzer, and any bytes as a model or a checkpoint: an error
// or a model that predicts, never a crash.
#include <cstdio>

#include "mlkit/api/checkpoint.h"
#include "mlkit/api/local_training.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/data/generators.h"

namespace tusk::ml {
namespace {

void Use(ByteView bytes) {
  const Result<Bundle> bundle = Bundle::Decode(bytes, "fuzz");
  if (!bundle.ok()) return;
  (void)Checkpoint::Load(*bundle);
  const Result<std::unique_ptr<Model>> model = LoadModel(*bundle);
  if (!model.ok()) return;
  (void)(*model)->Describe();
  if (!Bundle::Decode((*model)->Save().Encode(), "again").ok()) __builtin_trap();
  Block block;
  block.rows = 2;
  block.columns = (*model)->schema().columns;
  if (block.columns > 1000 || (*model)->outputs() > 1000) return;
  block.dense.assign(2 * block.columns, 1.0F);
  std::vector<float> scores(2 * (*model)->outputs());
  (void)(*model)->Scores(block, scores);
}

using Settings = std::map<std::string, std::string>;

std::vector<uint8_t> Trained(const std::string& algorithm, const std::string& data, const Settings& settings) {
  const auto die = [&](const Status& why) {
    std::fprintf(stderr, "%s: %s\n", algorithm.c_str(), why.ToString().c_str());
    __builtin_trap();
  };
  Result<std::unique_ptr<Dataset>> rows = MakeGenerator({.name = data, .rows = 60, .shards = 2, .columns = 3, .classes = 3});
  if (!rows.ok()) die(rows.status());
  const std::shared_ptr<const Dataset> shared = std::move(*rows);   // shared: the trainer reshards it
  const Result<std::unique_ptr<Algorithm>> trainer = MakeCheckedAlgorithm(algorithm, settings, shared->schema());
  if (!trainer.ok()) die(trainer.status());
  const Result<std::unique_ptr<Model>> model = TrainLocally(**trainer, ShardsFor(**trainer, shared), {.threads = 1, .seed = 1});
  if (!model.ok()) die(model.status());
  return (*model)->Save().Encode();
}

const std::vector<std::vector<uint8_t>>& Models() {
  static const std::vector<std::vector<uint8_t>> models = {
      Trained("softmax", "blobs", {{"epochs", "1"}}),
      Trained("mlp", "blobs", {{"epochs", "1"}, {"hidden", "4"}}),
      Trained("linear", "regression", {{"epochs", "1"}}),
      Trained("gbdt", "blobs", {{"trees", "2"}, {"leaves", "4"}}),
      Trained("forest", "blobs", {{"trees", "2"}}),
      Trained("tree", "regression", {}),
      Trained("adaboost", "blobs", {{"trees", "2"}}),
      Trained("bagging", "blobs", {{"trees", "2"}}),
  };
  return models;
}

// Pairs of position and new byte; the header, where most is decided, is hit as often as the rest.
void Changed(const uint8_t* data, size_t size) {
  if (size < 2) return;
  std::vector<uint8_t> bytes = Models()[data[0] % Models().size()];
  const size_t head = std::min<size_t>(bytes.size(), 8 + bytes[0] + 256 * bytes[1]);
  if (data[1] % 8 == 7) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), data[1]));
  for (size_t i = 2; i + 3 < size && !bytes.empty(); i += 4) {
    const size_t place = data[i] % 128 + 128U * data[i + 1] + 32768U * (data[i + 2] % 4);
    const size_t at = data[i] < 128 ? place % head : place % bytes.size();
    if (at < bytes.size()) bytes[at] = data[i + 3];
  }
  Use(bytes);
}

}  // namespace

static void Fuzz(const uint8_t* data, size_t size) {
  Changed(data, size);
  Use({data, size});
}

}  // namespace tusk::ml

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tusk::ml::Fuzz(data, size);
  return 0;
}
