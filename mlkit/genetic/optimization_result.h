// OptimizationResult: the best point or front, in the place of a model: saved, loaded and shown as one, but it predicts nothing.
#pragma once

#include <string>
#include <vector>

#include "mlkit/api/model.h"
#include "mlkit/genetic/optimizer.h"

namespace tusk::ml {

class OptimizationResult final : public Model {
 public:
  OptimizationResult(std::string problem, uint64_t evaluations, std::vector<Solution> best);
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle);

  std::string algorithm() const override { return "optimization"; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return 0; }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;

  const std::vector<Solution>& best() const { return best_; }
  uint64_t evaluations() const { return evaluations_; }

 private:
  std::string problem_;
  uint64_t evaluations_;
  std::vector<Solution> best_;
  Schema schema_;
};

}  // namespace tusk::ml
