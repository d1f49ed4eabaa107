// LinearModel: weights of `linear`, `logistic`, `softmax` and `svm`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/model.h"
#include "mlkit/sgd/loss/loss.h"

namespace tusk::ml {

class LinearModel final : public Model {
 public:
  // parameters: weights [columns][outputs], then the intercepts [outputs].
  LinearModel(std::string algorithm, Schema schema, size_t outputs, Link link, std::vector<double> parameters);
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle);

  std::string algorithm() const override { return algorithm_; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return outputs_; }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;

  const std::vector<double>& parameters() const { return parameters_; }

 private:
  std::string algorithm_;
  Schema schema_;
  size_t outputs_;
  Link link_;
  std::vector<double> parameters_;
  std::vector<float> floats_;  // the same, for the kernels
};

// Scores to probabilities [rows][classes]; kUnsupported where the link is none. Shared with networks.
Status ProbabilitiesFromScores(Link link, size_t rows, size_t outputs, size_t classes, std::span<const float> scores,
                               std::span<float> out);
std::string NameOf(Link link);

}  // namespace tusk::ml
