// Answers of members put together.
#include "mlkit/ensemble/meta/ensemble_model.h"

#include <algorithm>

namespace tusk::ml {
namespace {

constexpr size_t kMembersMax = 100'000;

std::string MemberName(size_t number) { return "member." + std::to_string(number); }

}  // namespace

Status MemberAnswers(const Model& model, const Block& block, bool hard, std::span<float> out) {
  const size_t classes = model.schema().classes;
  if (classes == 0) return model.Scores(block, out);
  if (!hard) {
    const Status status = model.Probabilities(block, out);
    if (status.ok() || status.code() != Code::kUnsupported) return status;
  }
  std::vector<float> numbers(block.rows);
  RETURN_IF_ERROR(Predict(model, block, numbers));
  std::fill(out.begin(), out.end(), 0.0F);
  for (size_t row = 0; row < block.rows; ++row) out[row * classes + static_cast<size_t>(numbers[row])] = 1;
  return Status::Ok();
}

Result<Block> StackedBlock(const std::vector<std::shared_ptr<const Model>>& members, const Block& block) {
  Block stacked;
  const size_t classes = members.empty() ? 0 : members[0]->schema().classes;
  const size_t width = std::max<size_t>(1, classes), first = classes == 2 ? 1 : 0, used = width - first;
  stacked.rows = block.rows;
  stacked.columns = used * members.size();
  stacked.dense.resize(stacked.rows * stacked.columns);
  stacked.labels = block.labels;
  stacked.weights = block.weights;
  stacked.first_row = block.first_row;
  stacked.origin = block.origin;
  std::vector<float> answers(block.rows * width);
  for (size_t m = 0; m < members.size(); ++m) {
    RETURN_IF_ERROR(MemberAnswers(*members[m], block, false, answers));
    for (size_t row = 0; row < block.rows; ++row) {
      std::copy_n(answers.data() + row * width + first, used, stacked.dense.data() + row * stacked.columns + m * used);
    }
  }
  return stacked;
}

Status EnsembleModel::Together_(const Block& block, std::span<float> out) const {
  const size_t width = outputs();
  if (out.size() != block.rows * width) return Status(Code::kInvalidArgument, "answers want rows * outputs floats");
  if (parts_.together == Together::kStacked) {
    ASSIGN_OR_RETURN(const Block stacked, StackedBlock(parts_.members, block));
    return MemberAnswers(*parts_.final_model, stacked, false, out);
  }
  std::vector<float> answers(out.size());
  std::vector<double> sums(out.size());
  double total = 0;
  for (size_t m = 0; m < parts_.members.size(); ++m) {
    RETURN_IF_ERROR(MemberAnswers(*parts_.members[m], block, parts_.together == Together::kHardVote, answers));
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += parts_.weights[m] * static_cast<double>(answers[i]);
    total += parts_.weights[m];
  }
  for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(total > 0 ? sums[i] / total : 0);
  return Status::Ok();
}

Status EnsembleModel::Scores(const Block& block, std::span<float> out) const { return Together_(block, out); }

Status EnsembleModel::Probabilities(const Block& block, std::span<float> out) const {
  if (parts_.schema.classes == 0) return Status(Code::kUnsupported, "a regression has no probabilities");
  return Together_(block, out);
}

Bundle EnsembleModel::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, parts_.algorithm, parts_.schema);
  const char* names[] = {"mean", "hard", "stacked"};
  bundle.SetText("together", names[static_cast<size_t>(parts_.together)]);
  bundle.SetDoubles("weights", parts_.weights);
  for (size_t m = 0; m < parts_.members.size(); ++m) bundle.Merge(MemberName(m), parts_.members[m]->Save());
  if (parts_.final_model) bundle.Merge("final", parts_.final_model->Save());
  return bundle;
}

Result<std::unique_ptr<Model>> EnsembleModel::Load(const Bundle& bundle,
                                                   const std::function<Result<std::unique_ptr<Model>>(const Bundle&)>& load) {
  Parts parts;
  ASSIGN_OR_RETURN(parts.algorithm, bundle.Text("algorithm"));
  ASSIGN_OR_RETURN(parts.schema, ModelSchema(bundle));
  ASSIGN_OR_RETURN(const std::string together, bundle.Text("together"));
  if (together != "mean" && together != "hard" && together != "stacked") {
    return Status(Code::kCorruption, "the models are put together in an unknown way");
  }
  parts.together = together == "hard" ? Together::kHardVote : (together == "mean" ? Together::kMean : Together::kStacked);
  ASSIGN_OR_RETURN(parts.weights, bundle.Doubles("weights"));
  if (parts.weights.empty() || parts.weights.size() > kMembersMax) return Status(Code::kCorruption, "an ensemble without members");
  for (size_t m = 0; m < parts.weights.size(); ++m) {
    ASSIGN_OR_RETURN(std::unique_ptr<Model> member, load(bundle.Part(MemberName(m))));
    if (member->schema().classes != parts.schema.classes || member->schema().columns > parts.schema.columns) {
      return Status(Code::kCorruption, "member " + std::to_string(m) + " was trained on other columns or classes");
    }
    parts.members.push_back(std::move(member));
  }
  if (parts.together == Together::kStacked) {
    ASSIGN_OR_RETURN(std::unique_ptr<Model> final_model, load(bundle.Part("final")));
    if (final_model->schema().classes != parts.schema.classes) return Status(Code::kCorruption, "the final model has other classes");
    parts.final_model = std::move(final_model);
  }
  return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
}

std::string EnsembleModel::Describe() const {
  std::string text = parts_.algorithm + " of " + std::to_string(parts_.members.size()) + " models\n";
  for (size_t m = 0; m < parts_.members.size() && m < 20; ++m) {
    text += "  " + parts_.members[m]->algorithm() + ", weight " + std::to_string(parts_.weights[m]) + "\n";
  }
  if (parts_.final_model) text += "final: " + parts_.final_model->algorithm() + "\n";
  return text;
}

Result<std::unique_ptr<Model>> MakeVotingModel(std::vector<std::shared_ptr<const Model>> members, std::vector<double> weights,
                                               bool hard) {
  if (members.empty()) return Status(Code::kInvalidArgument, "a vote needs at least one model");
  if (weights.empty()) weights.assign(members.size(), 1.0);
  if (weights.size() != members.size()) return Status(Code::kInvalidArgument, "a vote needs one weight for each model");
  EnsembleModel::Parts parts;
  parts.algorithm = "voting";
  parts.schema = members[0]->schema();
  for (const auto& member : members) {
    if (member->schema().classes != parts.schema.classes || member->schema().class_labels != parts.schema.class_labels) {
      return Status(Code::kInvalidArgument, "the models vote on different classes");
    }
    if (member->schema().columns > parts.schema.columns) parts.schema = member->schema();
  }
  parts.together = hard ? Together::kHardVote : Together::kMean;
  parts.weights = std::move(weights);
  parts.members = std::move(members);
  return std::unique_ptr<Model>(std::make_unique<EnsembleModel>(std::move(parts)));
}

}  // namespace tusk::ml
