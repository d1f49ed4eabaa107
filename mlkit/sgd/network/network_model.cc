// Scores of a perceptron: the same tape as in training, on one thread.
#include "mlkit/sgd/network/network_model.h"

#include <algorithm>
#include <cmath>

#include "mlkit/sgd/linear_model.h"
#include "mlkit/tensor/cpu_backend.h"

namespace tusk::ml {
namespace {

constexpr size_t kPiece = 256;  // rows
constexpr size_t kLayersMax = 64;
constexpr int64_t kSizeMax = int64_t{1} << 24;

}  // namespace

void CopyRow(const Block& block, size_t row, size_t columns, float* to) {
  if (!block.sparse) {
    std::copy_n(block.dense.data() + row * block.columns, block.columns, to);
    std::fill(to + block.columns, to + columns, 0.0F);
    return;
  }
  std::fill_n(to, columns, 0.0F);
  const SparseRow entries = block.Row(row);
  for (size_t i = 0; i < entries.columns.size(); ++i) to[entries.columns[i]] = entries.values[i];
}

Status NetworkModel::Scores(const Block& block, std::span<float> out) const {
  const size_t columns = schema_.columns, outputs = network_.sizes.back();
  if (block.columns > columns) {
    return Status(Code::kInvalidArgument, block.origin + ": rows have " + std::to_string(block.columns) +
                                              " columns, the model knows " + std::to_string(columns));
  }
  if (out.size() != block.rows * outputs) return Status(Code::kInternal, "Scores: the output has another size");
  ThreadPool pool(1);
  const auto backend = MakeCpuBackend(pool);
  Tape tape(*backend);
  std::vector<float> rows(kPiece * columns);
  for (size_t begin = 0; begin < block.rows; begin += kPiece) {
    const size_t count = std::min(kPiece, block.rows - begin);
    for (size_t r = 0; r < count; ++r) CopyRow(block, begin + r, columns, rows.data() + r * columns);
    tape.Begin({{0}, {0, count}}, parameters_.data(), nullptr, 0);
    ASSIGN_OR_RETURN(const Tape::Value scores, network_.Forward(tape, tape.Input(rows.data(), columns), 0, 0, 0));
    std::copy_n(tape.ValueOf(scores), count * outputs, out.data() + begin * outputs);
  }
  return Status::Ok();
}

Status NetworkModel::Probabilities(const Block& block, std::span<float> out) const {
  std::vector<float> scores(block.rows * outputs());
  RETURN_IF_ERROR(Scores(block, scores));
  return ProbabilitiesFromScores(schema_.classes > 0 ? Link::kSoftmax : Link::kNone, block.rows, outputs(), schema_.classes, scores, out);
}

Bundle NetworkModel::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, "mlp", schema_);
  bundle.SetText("activation", ActivationNames()[static_cast<size_t>(network_.activation)]);
  bundle.SetLongs("sizes", std::vector<int64_t>(network_.sizes.begin(), network_.sizes.end()));
  const std::span<const float> all(parameters_);
  for (size_t layer = 0; layer < network_.layers(); ++layer) {
    const ParameterRange weights = network_.Weights(layer), bias = network_.Bias(layer);
    bundle.SetFloats("layer" + std::to_string(layer) + ".weights", all.subspan(weights.offset, weights.size()), {weights.rows, weights.columns});
    bundle.SetFloats("layer" + std::to_string(layer) + ".bias", all.subspan(bias.offset, bias.size()), {bias.columns});
  }
  return bundle;
}

Result<std::unique_ptr<Model>> NetworkModel::Load(const Bundle& bundle) {
  const Status bad(Code::kCorruption, "mlp: layers do not fit each other or the schema");
  ASSIGN_OR_RETURN(Schema schema, ModelSchema(bundle));
  ASSIGN_OR_RETURN(const std::string activation, bundle.Text("activation"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, bundle.Longs("sizes"));
  if (sizes.size() < 2 || sizes.size() > kLayersMax) return bad;
  Network network;
  for (const int64_t size : sizes) {
    if (size < 1 || size > kSizeMax) return bad;
    network.sizes.push_back(static_cast<size_t>(size));
  }
  const auto& names = ActivationNames();
  const auto name = std::find(names.begin(), names.end(), activation);
  const size_t outputs = schema.classes == 0 ? 1 : std::max<size_t>(2, schema.classes);
  if (name == names.end() || network.sizes.front() != schema.columns || network.sizes.back() != outputs) return bad;
  network.activation = static_cast<Activation>(name - names.begin());
  // Every tensor is measured against its layer before the whole is allocated.
  std::vector<std::vector<float>> weights(network.layers()), biases(network.layers());
  std::vector<float> parameters;
  for (size_t layer = 0; layer < network.layers(); ++layer) {
    ASSIGN_OR_RETURN(weights[layer], bundle.Floats("layer" + std::to_string(layer) + ".weights"));
    ASSIGN_OR_RETURN(biases[layer], bundle.Floats("layer" + std::to_string(layer) + ".bias"));
    if (weights[layer].size() != network.Weights(layer).size() || biases[layer].size() != network.sizes[layer + 1]) return bad;
  }
  for (const auto& part : weights) parameters.insert(parameters.end(), part.begin(), part.end());
  for (const auto& part : biases) parameters.insert(parameters.end(), part.begin(), part.end());
  return std::unique_ptr<Model>(std::make_unique<NetworkModel>(std::move(schema), std::move(network), std::move(parameters)));
}

std::string NetworkModel::Describe() const {
  std::string text = "mlp: " + std::to_string(network_.sizes[0]);
  for (size_t i = 1; i < network_.sizes.size(); ++i) text += " - " + std::to_string(network_.sizes[i]);
  text += ", " + ActivationNames()[static_cast<size_t>(network_.activation)] + ", " + std::to_string(parameters_.size()) + " parameters\n";
  for (size_t layer = 0; layer < network_.layers(); ++layer) {
    const ParameterRange range = network_.Weights(layer);
    double squares = 0;
    for (size_t i = 0; i < range.size(); ++i) squares += static_cast<double>(parameters_[range.offset + i]) * static_cast<double>(parameters_[range.offset + i]);
    text += "layer " + std::to_string(layer) + ": root mean square weight " + std::to_string(std::sqrt(squares / static_cast<double>(range.size()))) + "\n";
  }
  return text;
}

}  // namespace tusk::ml
