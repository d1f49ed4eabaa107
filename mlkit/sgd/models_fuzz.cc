// Any bytes as a model file of a linear model or a perceptron: an error or a model that predicts, never a crash.
#include <cstddef>
#include <cstdint>

#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/network/network_model.h"

namespace tusk::ml {
namespace {

void Use(const Result<std::unique_ptr<Model>>& model) {
  if (!model.ok()) return;
  Block block;
  block.rows = 2;
  block.columns = (*model)->schema().columns;
  if (block.columns > 1000 || (*model)->outputs() > 1000) return;
  block.dense.assign(2 * block.columns, 1.0F);
  std::vector<float> scores(2 * (*model)->outputs());
  if (!(*model)->Scores(block, scores).ok()) __builtin_trap();
  (void)(*model)->Describe();
  if (!Bundle::Decode((*model)->Save().Encode(), "again").ok()) __builtin_trap();
}

// A bundle with a model's texts, whose sizes and lengths are the fuzzer's.
Bundle Structured(const uint8_t* data, size_t size) {
  const auto at = [&](size_t i) { return i < size ? data[i] : uint8_t{0}; };
  Schema schema;
  schema.columns = at(0) % 8;
  schema.classes = at(1) % 5;
  Bundle bundle;
  SetModelTexts(bundle, "mlp", schema);
  const char* links[] = {"none", "sigmoid", "softmax", "else"};
  bundle.SetText("link", links[at(2) % 4]);
  bundle.SetText("activation", at(2) % 16 > 3 ? "relu" : "gelu");
  bundle.SetDoubles("weights", std::vector<double>(at(3), 0.5));
  bundle.SetDoubles("intercepts", std::vector<double>(at(4) % 8, 0.5));
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < at(5) % 6U; ++i) sizes.push_back(at(6 + i) == 255 ? INT64_MAX : static_cast<int8_t>(at(6 + i)));
  bundle.SetLongs("sizes", sizes);
  for (size_t layer = 0; layer < 5; ++layer) {
    bundle.SetFloats("layer" + std::to_string(layer) + ".weights", std::vector<float>(at(12 + 2 * layer), 0.5F));
    bundle.SetFloats("layer" + std::to_string(layer) + ".bias", std::vector<float>(at(13 + 2 * layer), 0.5F));
  }
  return bundle;
}

}  // namespace
}  // namespace tusk::ml

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tusk::ml::Bundle structured = tusk::ml::Structured(data, size);
  tusk::ml::Use(tusk::ml::LinearModel::Load(structured));
  tusk::ml::Use(tusk::ml::NetworkModel::Load(structured));
  const auto bundle = tusk::ml::Bundle::Decode({data, size}, "fuzz");
  if (!bundle.ok()) return 0;
  tusk::ml::Use(tusk::ml::LinearModel::Load(*bundle));
  tusk::ml::Use(tusk::ml::NetworkModel::Load(*bundle));
  return 0;
}
