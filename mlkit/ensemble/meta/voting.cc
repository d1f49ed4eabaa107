// Voting of learners that are trained here, and stacking with answers on rows that a learner was not trained on.
#include <algorithm>

#include "mlkit/api/random.h"
#include "mlkit/ensemble/meta/ensemble_model.h"
#include "mlkit/ensemble/meta/learner_sequence.h"

namespace tusk::ml {
namespace {

constexpr uint32_t kFoldStream = 0x666f6c64;

std::vector<std::string> SplitNames(const std::string& text) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

Result<std::vector<LearnerSpec>> ReadLearners(Parameters& parameters) {
  const std::string list = parameters.GetText("estimators", "", {"learners"});
  std::vector<LearnerSpec> specs;
  for (const std::string& name : SplitNames(list)) specs.push_back(ReadLearner(parameters, name, name));
  if (specs.empty()) return Status(Code::kInvalidArgument, "estimators=NAME,NAME,… is wanted, like estimators=logistic,forest");
  return specs;
}

// NaN is allowed if every learner allows it.
Result<bool> AllAllowMissing(const LearnerCatalog& catalog, const std::vector<LearnerSpec>& specs, const Schema& schema) {
  bool all = true;
  for (const LearnerSpec& spec : specs) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> probe, MakeLearner(catalog, spec, schema));
    all &= probe->AllowsMissing();
  }
  return all;
}

class Voting final : public LearnerSequence {
 public:
  Voting(const LearnerCatalog& catalog, const Schema& of_data, std::vector<LearnerSpec> specs, std::vector<double> weights, bool hard)
      : LearnerSequence(catalog, of_data), specs_(std::move(specs)), weights_(std::move(weights)), hard_(hard) {}
  using LearnerSequence::set_allows_missing;
  Result<std::unique_ptr<Model>> Finish() override {
    EnsembleModel::Parts parts;
    parts.algorithm = "voting";
    parts.schema = schema();
    parts.together = hard_ && schema().classes > 0 ? Together::kHardVote : Together::kMean;
    parts.members = models();
    parts.weights.assign(weights_.begin(), weights_.begin() + static_cast<ptrdiff_t>(models().size()));
    return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
  }

 protected:
  size_t Jobs() const override { return specs_.size(); }
  const LearnerSpec& SpecOf(size_t job) const override { return specs_[std::min(job, specs_.size() - 1)]; }
  Result<Block> RowsOf(const WorkerContext&, size_t, const OwnedShard& shard) override { return *shard.block; }

 private:
  const std::vector<LearnerSpec> specs_;
  const std::vector<double> weights_;
  const bool hard_;
};

// Jobs: each learner on all folds but one; each learner on all rows; the final one on the answers.
class Stacking final : public LearnerSequence {
 public:
  Stacking(const LearnerCatalog& catalog, const Schema& of_data, std::vector<LearnerSpec> specs, LearnerSpec last, size_t folds)
      : LearnerSequence(catalog, of_data), specs_(std::move(specs)), last_(std::move(last)), folds_(folds) {}
  using LearnerSequence::set_allows_missing;
  Result<std::unique_ptr<Model>> Finish() override {
    if (models().size() < Jobs()) return Status(Code::kInvalidArgument, "the stack is not complete yet");
    EnsembleModel::Parts parts;
    parts.algorithm = "stacking";
    parts.schema = schema();
    parts.together = Together::kStacked;
    parts.members.assign(models().begin() + static_cast<ptrdiff_t>(FoldJobs()), models().end() - 1);
    parts.weights.assign(parts.members.size(), 1.0);
    parts.final_model = models().back();
    return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
  }

 protected:
  size_t FoldJobs() const { return specs_.size() * folds_; }
  size_t Jobs() const override { return FoldJobs() + specs_.size() + 1; }
  const LearnerSpec& SpecOf(size_t job) const override {
    if (job < FoldJobs()) return specs_[job / folds_];
    return job + 1 < Jobs() ? specs_[job - FoldJobs()] : last_;
  }
  Schema SchemaOf(size_t job) const override {
    if (job + 1 < Jobs()) return schema();
    Schema stacked;
    stacked.rows = schema().rows;
    stacked.classes = schema().classes;
    stacked.class_labels = schema().class_labels;
    stacked.columns = specs_.size() * (stacked.classes == 0 ? 1 : (stacked.classes == 2 ? 1 : stacked.classes));
    return stacked;
  }
  Result<Block> RowsOf(const WorkerContext& context, size_t job, const OwnedShard& shard) override {
    if (job >= FoldJobs() && job + 1 < Jobs()) return *shard.block;
    std::vector<size_t> fold(shard.block->rows);
    for (size_t row = 0; row < fold.size(); ++row) {
      const uint64_t number = shard.block->first_row + row;
      fold[row] = Philox4x32({static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32), kFoldStream, 0},
                             {static_cast<uint32_t>(context.seed), static_cast<uint32_t>(context.seed >> 32)})[0] % folds_;
    }
    if (job < FoldJobs()) {
      std::vector<size_t> rows;
      for (size_t row = 0; row < fold.size(); ++row) {
        if (fold[row] != job % folds_) rows.push_back(row);
      }
      return Selected(*shard.block, rows);
    }
    return OutOfFold(*shard.block, fold);
  }

 private:
  static Block Selected(const Block& from, const std::vector<size_t>& rows) {
    Block block;
    block.rows = rows.size();
    block.columns = from.columns;
    block.sparse = from.sparse;
    block.first_row = from.first_row;
    block.origin = from.origin;
    if (from.sparse) block.row_starts.push_back(0);
    for (const size_t row : rows) {
      if (from.sparse) {
        const SparseRow values = from.Row(row);
        block.indices.insert(block.indices.end(), values.columns.begin(), values.columns.end());
        block.values.insert(block.values.end(), values.values.begin(), values.values.end());
        block.row_starts.push_back(block.values.size());
      } else {
        const auto values = from.DenseRow(row);
        block.dense.insert(block.dense.end(), values.begin(), values.end());
      }
      if (!from.labels.empty()) block.labels.push_back(from.labels[row]);
      if (!from.weights.empty()) block.weights.push_back(from.weights[row]);
    }
    return block;
  }

  // Every row's answers come from the models that were not trained on it.
  Result<Block> OutOfFold(const Block& block, const std::vector<size_t>& fold) {
    Block answers;
    for (size_t f = 0; f < folds_; ++f) {
      std::vector<std::shared_ptr<const Model>> members;
      for (size_t i = 0; i < specs_.size(); ++i) members.push_back(models()[i * folds_ + f]);
      std::vector<size_t> rows;
      for (size_t row = 0; row < fold.size(); ++row) {
        if (fold[row] == f) rows.push_back(row);
      }
      ASSIGN_OR_RETURN(const Block part, StackedBlock(members, Selected(block, rows)));
      if (answers.columns == 0) {
        answers = part;
        answers.rows = block.rows;
        answers.labels = block.labels;
        answers.weights = block.weights;
        answers.dense.assign(block.rows * part.columns, 0);
      }
      for (size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(part.dense.data() + i * part.columns, part.columns, answers.dense.data() + rows[i] * part.columns);
      }
    }
    return answers;
  }

  const std::vector<LearnerSpec> specs_;
  const LearnerSpec last_;
  const size_t folds_;
};

}  // namespace

Result<std::unique_ptr<Algorithm>> MakeVoting(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog) {
  ASSIGN_OR_RETURN(std::vector<LearnerSpec> specs, ReadLearners(parameters));
  const bool hard = parameters.GetChoice("mode", "soft", {"soft", "hard"}, {"voting"}) == "hard";
  std::vector<double> weights = parameters.GetNumbers("weights", std::vector<double>(specs.size(), 1.0));
  if (weights.size() != specs.size()) return Status(Code::kInvalidArgument, "weights= wants one number for each estimator");
  ASSIGN_OR_RETURN(const bool missing, AllAllowMissing(catalog, specs, schema));
  auto algorithm = std::make_unique<Voting>(catalog, schema, std::move(specs), std::move(weights), hard);
  algorithm->set_allows_missing(missing);
  return std::unique_ptr<Algorithm>(std::move(algorithm));
}

Result<std::unique_ptr<Algorithm>> MakeStacking(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog) {
  ASSIGN_OR_RETURN(std::vector<LearnerSpec> specs, ReadLearners(parameters));
  const std::string last = parameters.GetText("final", schema.classes > 0 ? "logistic" : "linear", {"final_estimator"});
  const LearnerSpec final_spec = ReadLearner(parameters, last, "final");
  const auto folds = static_cast<size_t>(parameters.GetInteger("folds", 5, 2, 100, {"cv"}));
  ASSIGN_OR_RETURN(const bool missing, AllAllowMissing(catalog, specs, schema));
  auto algorithm = std::make_unique<Stacking>(catalog, schema, std::move(specs), final_spec, folds);
  algorithm->set_allows_missing(missing);
  return std::unique_ptr<Algorithm>(std::move(algorithm));
}

}  // namespace tusk::ml
