// Bagging: a row's weight for a member is multiplied by how often it was drawn, a function of (seed, member, global row).
#include "mlkit/ensemble/forest/bag.h"
#include "mlkit/ensemble/meta/ensemble_model.h"
#include "mlkit/ensemble/meta/learner_sequence.h"

namespace tusk::ml {
namespace {

class Bagging final : public LearnerSequence {
 public:
  Bagging(const LearnerCatalog& catalog, const Schema& of_data, LearnerSpec spec, size_t members, double fraction)
      : LearnerSequence(catalog, of_data), spec_(std::move(spec)), members_(members), fraction_(fraction) {}

  using LearnerSequence::set_allows_missing;

  Result<std::unique_ptr<Model>> Finish() override {
    EnsembleModel::Parts parts;
    parts.algorithm = "bagging";
    parts.schema = schema();
    parts.members = models();
    parts.weights.assign(models().size(), 1.0);
    return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
  }

 protected:
  size_t Jobs() const override { return members_; }
  const LearnerSpec& SpecOf(size_t) const override { return spec_; }
  Result<Block> RowsOf(const WorkerContext& context, size_t job, const OwnedShard& shard) override {
    Block block = *shard.block;
    block.weights.resize(block.rows);
    Bag bag(context.seed, job, fraction_);
    for (size_t row = 0; row < block.rows; ++row) {
      block.weights[row] = shard.block->weight(row) * static_cast<float>(bag.Times(block.first_row + row));
    }
    return block;
  }

 private:
  const LearnerSpec spec_;
  const size_t members_;
  const double fraction_;
};

}  // namespace

Result<std::unique_ptr<Algorithm>> MakeBagging(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog) {
  const LearnerSpec spec = ReadLearner(parameters, parameters.GetText("estimator", "tree", {"base"}), "estimator");
  const auto members = static_cast<size_t>(parameters.GetInteger("trees", 10, 1, 10'000, {"n_estimators", "members"}));
  const double fraction = parameters.GetNumber("max_samples", 1, 1e-6, 1);
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> probe, MakeLearner(catalog, spec, schema));
  auto algorithm = std::make_unique<Bagging>(catalog, schema, spec, members, fraction);
  algorithm->set_allows_missing(probe->AllowsMissing());
  return std::unique_ptr<Algorithm>(std::move(algorithm));
}

}  // namespace tusk::ml
