// Layers from a trained model's bundle, and their way to and from files.
#include "mlkit/quantized/quantized_model.h"

#include <algorithm>
#include <cmath>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/network/network.h"
#include "mlkit/sgd/network/network_model.h"
#include "mlkit/tensor/cpu_backend.h"

namespace tusk::ml {
namespace {

constexpr size_t kPiece = 256;   // rows
constexpr size_t kLayersMax = 64;
constexpr char kQuantization[] = "quantization";

Link LinkByName(const std::string& name) {
  return name == "sigmoid" ? Link::kSigmoid : name == "softmax" ? Link::kSoftmax : Link::kNone;
}

// The largest |x| of each column; 1 for a column that is 0 everywhere.
Result<std::vector<float>> ColumnSizes(const Dataset& data, size_t columns) {
  std::vector<float> sizes(columns, 0.0F);
  const auto see = [&](size_t column, float x) {
    if (column < columns && std::isfinite(x)) sizes[column] = std::max(sizes[column], std::fabs(x));
  };
  for (size_t shard = 0; shard < data.shards(); ++shard) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Block> block, data.LoadShared(shard));
    if (block->sparse) {
      for (size_t i = 0; i < block->values.size(); ++i) see(block->indices[i], block->values[i]);
    } else {
      for (size_t i = 0; i < block->dense.size(); ++i) see(i % block->columns, block->dense[i]);
    }
  }
  for (float& size : sizes) size = size < 1e-30F ? 1.0F : size;
  return sizes;
}

Status TakeLinear(const Bundle& bundle, std::vector<float> column_sizes, std::vector<Int8Layer>& layers) {
  ASSIGN_OR_RETURN(const std::vector<double> weights, bundle.Doubles("weights"));
  ASSIGN_OR_RETURN(const std::vector<double> intercepts, bundle.Doubles("intercepts"));
  const std::vector<float> narrow(weights.begin(), weights.end()), bias(intercepts.begin(), intercepts.end());
  ASSIGN_OR_RETURN(Int8Layer layer, Int8Layer::Make(narrow, bias, std::move(column_sizes)));
  layers.push_back(std::move(layer));
  return Status::Ok();
}

Status TakeNetwork(const Bundle& bundle, std::vector<float> column_sizes, std::vector<Int8Layer>& layers) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, bundle.Longs("sizes"));
  for (size_t number = 0; number + 1 < sizes.size(); ++number) {
    const std::string name = "layer" + std::to_string(number);
    ASSIGN_OR_RETURN(const std::vector<float> weights, bundle.Floats(name + ".weights"));
    ASSIGN_OR_RETURN(const std::vector<float> bias, bundle.Floats(name + ".bias"));
    ASSIGN_OR_RETURN(Int8Layer layer, Int8Layer::Make(weights, bias, number == 0 ? std::move(column_sizes) : std::vector<float>()));
    layers.push_back(std::move(layer));
  }
  return Status::Ok();
}

}  // namespace

bool CanQuantize(const std::string& algorithm) {
  return algorithm == "linear" || algorithm == "logistic" || algorithm == "softmax" || algorithm == "svm" || algorithm == "mlp";
}

bool IsQuantized(const Bundle& bundle) { return bundle.HasText(kQuantization); }

Result<std::unique_ptr<Model>> QuantizeToInt8(const Model& model, const Dataset* data) {
  const Bundle bundle = model.Save();
  if (!CanQuantize(model.algorithm()) || IsQuantized(bundle)) {
    return Status(Code::kUnsupported, "a model of " + model.algorithm() + (IsQuantized(bundle) ? " that is int8 already" : "") +
                                          " cannot be made int8; models of linear, logistic, softmax, svm and mlp can");
  }
  auto made = std::make_unique<QuantizedModel>();
  made->algorithm_ = model.algorithm();
  made->schema_ = model.schema();
  std::vector<float> sizes;
  if (data != nullptr) {
    ASSIGN_OR_RETURN(sizes, ColumnSizes(*data, made->schema_.columns));
  }
  if (model.algorithm() == "mlp") {
    ASSIGN_OR_RETURN(const std::string activation, bundle.Text("activation"));
    const auto& names = ActivationNames();
    made->activation_ = static_cast<Activation>(std::find(names.begin(), names.end(), activation) - names.begin());
    made->link_ = made->schema_.classes > 0 ? Link::kSoftmax : Link::kNone;
    RETURN_IF_ERROR(TakeNetwork(bundle, std::move(sizes), made->layers_));
  } else {
    ASSIGN_OR_RETURN(const std::string link, bundle.Text("link"));
    made->link_ = LinkByName(link);
    RETURN_IF_ERROR(TakeLinear(bundle, std::move(sizes), made->layers_));
  }
  RETURN_IF_ERROR(made->Check());
  return std::unique_ptr<Model>(std::move(made));
}

Status QuantizedModel::Check() const {
  const Status bad(Code::kCorruption, "int8 model: layers do not fit each other or the schema");
  if (layers_.empty() || layers_.front().inputs() != schema_.columns) return bad;
  for (size_t i = 1; i < layers_.size(); ++i) {
    if (layers_[i].inputs() != layers_[i - 1].outputs()) return bad;
  }
  const size_t classes = schema_.classes;
  const bool fits = classes > 2 ? outputs() == classes : outputs() == 1 || outputs() == 2;
  if (!fits || (link_ == Link::kSoftmax && outputs() != classes)) return bad;
  return Status::Ok();
}

Status QuantizedModel::Scores(const Block& block, std::span<float> out) const {
  if (block.columns > schema_.columns) {
    return Status(Code::kInvalidArgument, block.origin + ": rows have " + std::to_string(block.columns) + " columns, the model knows " +
                                              std::to_string(schema_.columns));
  }
  if (out.size() != block.rows * outputs()) return Status(Code::kInternal, "Scores: the output has another size");
  if (layers_.size() == 1 && block.sparse) {
    for (size_t row = 0; row < block.rows; ++row) layers_[0].ForwardSparse(block.Row(row), out.subspan(row * outputs(), outputs()));
    return Status::Ok();
  }
  ThreadPool pool(1);
  const auto backend = MakeCpuBackend(pool);
  std::vector<float> x, y;
  for (size_t begin = 0; begin < block.rows; begin += kPiece) {
    const size_t count = std::min(kPiece, block.rows - begin);
    x.resize(count * schema_.columns);
    for (size_t row = 0; row < count; ++row) CopyRow(block, begin + row, schema_.columns, x.data() + row * schema_.columns);
    for (size_t number = 0; number < layers_.size(); ++number) {
      y.resize(count * layers_[number].outputs());
      RETURN_IF_ERROR(layers_[number].Forward(x, count, y));
      if (number + 1 < layers_.size()) backend->Activate(activation_, y.size(), y.data(), y.data());
      x.swap(y);
    }
    std::copy(x.begin(), x.end(), out.begin() + static_cast<ptrdiff_t>(begin * outputs()));
  }
  return Status::Ok();
}

Status QuantizedModel::Probabilities(const Block& block, std::span<float> out) const {
  std::vector<float> scores(block.rows * outputs());
  RETURN_IF_ERROR(Scores(block, scores));
  return ProbabilitiesFromScores(link_, block.rows, outputs(), schema_.classes, scores, out);
}

Bundle QuantizedModel::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, algorithm_, schema_);
  bundle.SetText(kQuantization, "int8");
  bundle.SetText("link", NameOf(link_));
  bundle.SetText("layers", std::to_string(layers_.size()));
  bundle.SetText("activation", ActivationNames()[static_cast<size_t>(activation_)]);
  for (size_t number = 0; number < layers_.size(); ++number) layers_[number].Save("layer" + std::to_string(number), bundle);
  return bundle;
}

Result<std::unique_ptr<Model>> QuantizedModel::Load(const Bundle& bundle) {
  auto model = std::make_unique<QuantizedModel>();
  ASSIGN_OR_RETURN(const std::string kind, bundle.Text(kQuantization));
  if (kind != "int8") return Status(Code::kUnsupported, "the model is quantized as " + kind.substr(0, 40) + "; int8 is known here");
  ASSIGN_OR_RETURN(model->algorithm_, bundle.Text("algorithm"));
  ASSIGN_OR_RETURN(model->schema_, ModelSchema(bundle));
  ASSIGN_OR_RETURN(const std::string link, bundle.Text("link"));
  model->link_ = LinkByName(link);
  ASSIGN_OR_RETURN(const std::string activation, bundle.Text("activation"));
  const auto& names = ActivationNames();
  const auto name = std::find(names.begin(), names.end(), activation);
  if (name == names.end()) return Status(Code::kCorruption, "int8 model: no activation is called " + activation.substr(0, 40));
  model->activation_ = static_cast<Activation>(name - names.begin());
  for (size_t number = 0; bundle.Has("layer" + std::to_string(number) + ".weight"); ++number) {
    if (number == kLayersMax) return Status(Code::kCorruption, "int8 model: more than " + std::to_string(kLayersMax) + " layers");
    ASSIGN_OR_RETURN(Int8Layer layer, Int8Layer::Load("layer" + std::to_string(number), bundle));
    model->layers_.push_back(std::move(layer));
  }
  RETURN_IF_ERROR(model->Check());
  return std::unique_ptr<Model>(std::move(model));
}

std::string QuantizedModel::Describe() const {
  std::string text = algorithm_ + ", int8: " + std::to_string(schema_.columns);
  for (const Int8Layer& layer : layers_) text += " - " + std::to_string(layer.outputs());
  if (layers_.size() > 1) text += ", " + ActivationNames()[static_cast<size_t>(activation_)];
  text += "\n";
  for (size_t number = 0; number < layers_.size(); ++number) {
    const auto [least, most] = std::minmax_element(layers_[number].scales().begin(), layers_[number].scales().end());
    text += "layer " + std::to_string(number) + ": " + std::to_string(layers_[number].inputs() * layers_[number].outputs()) +
            " int8 weights, scales " + std::to_string(*least) + " to " + std::to_string(*most) + "\n";
  }
  return text;
}

}  // namespace tusk::ml
