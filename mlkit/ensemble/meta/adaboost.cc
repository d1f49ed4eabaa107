// AdaBoost, SAMME: rows that the last learner got wrong weigh more for the next one.
#include <cmath>
#include <map>

#include "mlkit/collectives/shard_sum.h"
#include "mlkit/ensemble/meta/ensemble_model.h"
#include "mlkit/ensemble/meta/learner_sequence.h"

namespace tusk::ml {
namespace {

class AdaBoost final : public LearnerSequence {
 public:
  AdaBoost(const LearnerCatalog& catalog, const Schema& of_data, LearnerSpec spec, size_t members, double rate)
      : LearnerSequence(catalog, of_data), spec_(std::move(spec)), members_(members), rate_(rate) {}

  using LearnerSequence::set_allows_missing;

  Result<std::unique_ptr<Model>> Finish() override {
    if (models().empty()) {
      return Status(Code::kInvalidArgument, "AdaBoost: the first learner is no better than chance");
    }
    EnsembleModel::Parts parts;
    parts.algorithm = "adaboost";
    parts.schema = schema();
    parts.together = Together::kHardVote;
    parts.members = models();
    parts.weights.assign(alphas_.begin(), alphas_.begin() + static_cast<ptrdiff_t>(models().size()));
    return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
  }

 protected:
  size_t Jobs() const override { return perfect_ ? models().size() : members_; }
  const LearnerSpec& SpecOf(size_t) const override { return spec_; }

  Result<Block> RowsOf(const WorkerContext&, size_t, const OwnedShard& shard) override {
    Block block = *shard.block;
    ASSIGN_OR_RETURN(block.weights, WeightsOf(shard));
    return block;
  }

  Result<bool> Trained(WorkerContext& context, const Model& model) override {
    ShardPartials<double> partials;
    for (const OwnedShard& shard : context.shards) {
      ASSIGN_OR_RETURN(const std::vector<float> weights, WeightsOf(shard));
      std::vector<float> answers(shard.block->rows);
      RETURN_IF_ERROR(Predict(model, *shard.block, answers));
      std::vector<double>& sums = partials[shard.number];
      sums.resize(2);
      for (size_t row = 0; row < answers.size(); ++row) {
        sums[0] += answers[row] != shard.block->labels[row] ? static_cast<double>(weights[row]) : 0;
        sums[1] += static_cast<double>(weights[row]);
      }
    }
    std::vector<double> sums(2);
    RETURN_IF_ERROR(SumOverShards(*context.comm, context.shard_count, std::move(partials), std::span<double>(sums)));
    if (sums[1] <= 0) return Status(Code::kInvalidArgument, "AdaBoost: all rows have weight 0");
    const double error = sums[0] / sums[1], classes = static_cast<double>(schema().classes);
    if (error >= 1 - 1 / classes) return false;
    // A perfect learner answers alone from here on: there is nothing to weigh.
    perfect_ = error <= 0;
    const double odds = perfect_ ? 1e10 : (1 - error) / error * (classes - 1);
    const double factor = rate_ == 1 ? odds : std::pow(odds, rate_);
    alphas_.push_back(perfect_ ? 1.0 : std::log(factor));
    factors_.push_back(factor);
    // Weights keep their mean at about 1.
    const double next = sums[1] + (factor - 1) * sums[0];
    norms_.push_back(perfect_ ? 1.0 : static_cast<double>(std::max<uint64_t>(1, schema().rows)) / next);
    return true;
  }

  void Forget() override { kept_.clear(); }
  void SaveMore(Bundle& state) const override {
    state.SetDoubles("alphas", alphas_);
    state.SetDoubles("factors", factors_);
    state.SetDoubles("norms", norms_);
    state.SetText("perfect", perfect_ ? "1" : "0");
  }
  Status LoadMore(const Bundle& state) override {
    ASSIGN_OR_RETURN(alphas_, state.Doubles("alphas"));
    ASSIGN_OR_RETURN(factors_, state.Doubles("factors"));
    ASSIGN_OR_RETURN(norms_, state.Doubles("norms"));
    ASSIGN_OR_RETURN(const std::string perfect, state.Text("perfect"));
    perfect_ = perfect == "1";
    const size_t count = models().size();
    if (alphas_.size() != count || factors_.size() != count || norms_.size() != count) {
      return Status(Code::kCorruption, "the checkpoint's weights do not fit its models");
    }
    return Status::Ok();
  }

 private:
  struct Kept {
    size_t models = 0;               // that the weights know
    std::vector<float> weights;
  };

  // A shard's weights after all models so far.
  Result<std::vector<float>> WeightsOf(const OwnedShard& shard) {
    Kept& kept = kept_[shard.number];
    const Block& block = *shard.block;
    if (kept.weights.size() != block.rows) {
      kept.models = 0;
      kept.weights.resize(block.rows);
      for (size_t row = 0; row < block.rows; ++row) kept.weights[row] = block.weight(row);
    }
    std::vector<float> answers(block.rows);
    for (; kept.models < models().size(); ++kept.models) {
      RETURN_IF_ERROR(Predict(*models()[kept.models], block, answers));
      for (size_t row = 0; row < block.rows; ++row) {
        const double factor = answers[row] != block.labels[row] ? factors_[kept.models] : 1.0;
        kept.weights[row] = static_cast<float>(static_cast<double>(kept.weights[row]) * factor * norms_[kept.models]);
      }
    }
    return kept.weights;
  }

  const LearnerSpec spec_;
  const size_t members_;
  const double rate_;
  bool perfect_ = false;
  std::vector<double> alphas_, factors_, norms_;   // of each model
  std::map<size_t, Kept> kept_;                    // by shard
};

}  // namespace

Result<std::unique_ptr<Algorithm>> MakeAdaBoost(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog) {
  if (schema.classes < 2) return Status(Code::kInvalidArgument, "adaboost is for labels of two or more classes");
  const std::string name = parameters.GetText("estimator", "tree", {"base"});
  LearnerSpec spec = ReadLearner(parameters, name, "estimator");
  if (name == "tree" && !spec.settings.contains("depth") && !spec.settings.contains("max_depth")) spec.settings["depth"] = "1";
  const auto members = static_cast<size_t>(parameters.GetInteger("trees", 50, 1, 100'000, {"n_estimators", "members"}));
  const double rate = parameters.GetNumber("learning_rate", 1, 1e-6, 100);
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> probe, MakeLearner(catalog, spec, schema));
  auto algorithm = std::make_unique<AdaBoost>(catalog, schema, spec, members, rate);
  algorithm->set_allows_missing(probe->AllowsMissing());
  return std::unique_ptr<Algorithm>(std::move(algorithm));
}

}  // namespace tusk::ml
