// QuantizedModel: a linear model or perceptron whose weights are int8. It says it is of the algorithm that trained it; its
// bundle has the text "quantization".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/model.h"
#include "mlkit/quantized/int8_layer.h"
#include "mlkit/sgd/loss/loss.h"
#include "mlkit/tensor/backend.h"

namespace tusk::ml {

// Whether models of this algorithm can be made int8.
bool CanQuantize(const std::string& algorithm);
// `data` (null: none) tells how large each column's values are: what the model was trained on.
Result<std::unique_ptr<Model>> QuantizeToInt8(const Model& model, const Dataset* data);
// Whether a model's bundle is a quantized one: QuantizedModel::Load reads it.
bool IsQuantized(const Bundle& bundle);

class QuantizedModel final : public Model {
 public:
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle);

  std::string algorithm() const override { return algorithm_; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return layers_.back().outputs(); }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;

 private:
  friend Result<std::unique_ptr<Model>> QuantizeToInt8(const Model& model, const Dataset* data);
  Status Check() const;

  std::string algorithm_;
  Schema schema_;
  Link link_ = Link::kNone;
  Activation activation_ = Activation::kRelu;   // between layers
  std::vector<Int8Layer> layers_;
};

}  // namespace tusk::ml
