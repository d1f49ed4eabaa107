// TreeModel: what boosting and forests give.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/model.h"
#include "mlkit/ensemble/trees/predictor.h"
#include "mlkit/ensemble/trees/tree.h"

namespace tusk::ml {

enum class TreeLink : uint8_t { kIdentity, kLogistic, kSoftmax, kExp, kMean };  // kMean: trees hold probabilities

class TreeModel final : public Model {
 public:
  struct Parts {
    std::string algorithm;              // "gbdt", "forest", "extratrees"
    Schema schema;
    TreeLink link = TreeLink::kIdentity;
    std::vector<float> base;            // of each output, boosting only
    size_t outputs = 1;
    bool boosted = true;                // sums of scalars; else means of rows of values
    TreeSet trees;
    std::map<std::string, std::string> notes;   // texts for Describe: "oob_score", "best_round"
  };
  explicit TreeModel(Parts parts);
  static Result<std::unique_ptr<Model>> Load(const Bundle& bundle);

  std::string algorithm() const override { return parts_.algorithm; }
  const Schema& schema() const override { return parts_.schema; }
  size_t outputs() const override { return parts_.outputs; }
  Status Scores(const Block& block, std::span<float> out) const override;
  Status Probabilities(const Block& block, std::span<float> out) const override;
  Bundle Save() const override;
  std::string Describe() const override;

  const Parts& parts() const { return parts_; }
  // By column: sums of the gains of its splits, or how often it was split. Gains sum up to 1.
  std::vector<double> GainImportances() const;
  std::vector<uint64_t> SplitCounts() const;

 private:
  Status Margins(const Block& block, std::span<float> out) const;

  const Parts parts_;
  const Predictor predictor_;
};

}  // namespace tusk::ml
