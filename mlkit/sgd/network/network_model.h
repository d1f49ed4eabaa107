// NetworkModel: a trained multi-layer perceptron ("mlp").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/model.h"
#include "mlkit/sgd/network/network.h"

namespace tusk::ml {

class NetworkModel final : public Model {
 public:
  NetworkModel(Schema schema, Network network, std::vector<float> parameters)
      : schema_(std::move(schema)), network_(std::move(network)), parameters_(std::move(parameters)) {}
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle);

  std::string algorithm() const override { return "mlp"; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return network_.sizes.back(); }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;

 private:
  Schema schema_;
  Network network_;
  std::vector<float> parameters_;
};

// Row `row` of a block as `columns` floats; sparse rows are filled up with zeros.
void CopyRow(const Block& block, size_t row, size_t columns, float* to);

}  // namespace tusk::ml
