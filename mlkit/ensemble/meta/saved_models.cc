// Answers as a data set.
#include "mlkit/ensemble/meta/saved_models.h"

namespace tusk::ml {
namespace {

class AnswersDataset final : public Dataset {
 public:
  AnswersDataset(std::vector<std::shared_ptr<const Model>> members, std::shared_ptr<const Dataset> dataset)
      : members_(std::move(members)), dataset_(std::move(dataset)) {
    const Schema& from = dataset_->schema();
    schema_.rows = from.rows;
    schema_.classes = from.classes;
    schema_.class_labels = from.class_labels;
    schema_.columns = members_.size() * (from.classes <= 2 ? 1 : from.classes);
  }
  const Schema& schema() const override { return schema_; }
  size_t shards() const override { return dataset_->shards(); }
  Result<uint64_t> Rows(size_t shard) const override { return dataset_->Rows(shard); }
  Result<Block> Load(size_t shard) const override {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Block> block, dataset_->LoadShared(shard));
    return StackedBlock(members_, *block);
  }

 private:
  const std::vector<std::shared_ptr<const Model>> members_;
  const std::shared_ptr<const Dataset> dataset_;
  Schema schema_;
};

}  // namespace

Status CheckAnswersAlike(const Schema& first, const Schema& other) {
  if ((first.classes == 0) != (other.classes == 0)) {
    return Status(Code::kInvalidArgument, other.classes == 0 ? "it is a regression, the first model is none"
                                                             : "it has classes, the first model is a regression");
  }
  if (first.classes != other.classes) {
    return Status(Code::kInvalidArgument, "it has " + std::to_string(other.classes) + " classes, the first model " +
                                              std::to_string(first.classes));
  }
  for (size_t k = 0; k < first.class_labels.size() && k < other.class_labels.size(); ++k) {
    if (first.class_labels[k] == other.class_labels[k]) continue;
    return Status(Code::kInvalidArgument, "its class " + std::to_string(k) + " is '" + other.class_labels[k] +
                                              "', the first model's '" + first.class_labels[k] + "'");
  }
  return Status::Ok();
}

std::shared_ptr<const Dataset> MakeAnswersDataset(std::vector<std::shared_ptr<const Model>> members,
                                                  std::shared_ptr<const Dataset> dataset) {
  return std::make_shared<AnswersDataset>(std::move(members), std::move(dataset));
}

Result<std::unique_ptr<Model>> MakeStackingModel(std::vector<std::shared_ptr<const Model>> members,
                                                 std::shared_ptr<const Model> final_model) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> vote, MakeVotingModel(members, {}, false));
  if (final_model->schema().classes != vote->schema().classes) {
    return Status(Code::kInvalidArgument, "the final model has other classes than its members");
  }
  EnsembleModel::Parts parts;
  parts.algorithm = "stacking";
  parts.schema = vote->schema();
  parts.together = Together::kStacked;
  parts.weights.assign(members.size(), 1.0);
  parts.members = std::move(members);
  parts.final_model = std::move(final_model);
  return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
}

}  // namespace tusk::ml
