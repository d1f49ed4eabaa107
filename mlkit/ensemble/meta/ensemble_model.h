// EnsembleModel: models that answer together, wherever they were trained.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/model.h"

namespace tusk::ml {

enum class Together : uint8_t { kMean, kHardVote, kStacked };

class EnsembleModel final : public Model {
 public:
  struct Parts {
    std::string algorithm;                       // "bagging", "adaboost", "voting", "stacking"
    Schema schema;
    Together together = Together::kMean;
    std::vector<double> weights;                 // of the members
    std::vector<std::shared_ptr<const Model>> members;
    std::shared_ptr<const Model> final_model;    // kStacked only
  };
  explicit EnsembleModel(Parts parts) : parts_(std::move(parts)) {}
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle,
                                             const std::function<Result<std::unique_ptr<Model>>(const Bundle&)>& load);

  std::string algorithm() const override { return parts_.algorithm; }
  const Schema& schema() const override { return parts_.schema; }
  size_t outputs() const override { return parts_.schema.classes == 0 ? 1 : parts_.schema.classes; }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;
  const Parts& parts() const { return parts_; }

 private:
  Status Together_(const Block& block, std::span<float> out) const;

  const Parts parts_;
};

// A vote of models that were trained anywhere, on the same columns and classes. Weights empty: all 1.
Result<std::unique_ptr<Model>> MakeVotingModel(std::vector<std::shared_ptr<const Model>> members, std::vector<double> weights,
                                               bool hard);

// [rows][width] answers of one member: probabilities, or one hot votes for models without, or regression values.
Status MemberAnswers(const Model& model, const Block& block, bool hard, std::span<float> out);
// The block that a stack's final model sees: the members' answers side by side (two classes: the second one's only).
Result<Block> StackedBlock(const std::vector<std::shared_ptr<const Model>>& members, const Block& block);

}  // namespace tusk::ml
