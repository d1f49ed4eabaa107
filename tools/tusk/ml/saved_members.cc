// Reading the members, and the settings that go with them.
#include "tools/tusk/ml/saved_members.h"

#include "mlkit/ensemble/meta/saved_models.h"

namespace tusk::tools {
namespace {

constexpr const char* kModels = "models";

std::vector<std::string> SplitPaths(const std::string& text) {
  std::vector<std::string> paths;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) paths.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

}  // namespace

bool NamesSavedMembers(const MlOptions& options) { return options.parameters.contains(kModels); }

Result<SavedMembers> ReadSavedMembers(const MlOptions& options, MlFiles& files) {
  SavedMembers members;
  if (!NamesSavedMembers(options)) return members;
  const std::string& list = options.parameters.at(kModels);
  if (options.algorithm != "voting" && options.algorithm != "stacking") {
    return Status(Code::kInvalidArgument, "models=" + list + " is a setting of voting and stacking");
  }
  if (options.parameters.contains("estimators")) {
    return Status(Code::kInvalidArgument, "models= names models that are trained already, estimators= learners: one of both is wanted");
  }
  const std::vector<std::string> paths = SplitPaths(list);
  if (paths.empty()) return Status(Code::kInvalidArgument, "models=PATH,PATH,… is wanted");
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::shared_ptr<const ml::Model> model, files.ReadModel(path));
    if (!members.empty()) {
      const Status alike = ml::CheckAnswersAlike(members.models[0]->schema(), model->schema());
      if (!alike.ok()) return Status(alike.code(), path + ": " + std::string(alike.message()));
    }
    members.models.push_back(std::move(model));
  }
  return members;
}

Result<std::unique_ptr<ml::Model>> Vote(const MlOptions& options, SavedMembers members) {
  ml::Parameters parameters(options.parameters);
  (void)parameters.GetText(kModels, "");
  const bool hard = parameters.GetChoice("mode", "soft", {"soft", "hard"}, {"voting"}) == "hard";
  const std::vector<double> weights = parameters.GetNumbers("weights", {});
  RETURN_IF_ERROR(parameters.Check());
  if (!weights.empty() && weights.size() != members.models.size()) {
    return Status(Code::kInvalidArgument, "weights= wants one number for each model");
  }
  return ml::MakeVotingModel(std::move(members.models), weights, hard);
}

Result<ml::LearnerSpec> FinalLearner(const MlOptions& options, const ml::Schema& schema) {
  ml::Parameters parameters(options.parameters);
  (void)parameters.GetText(kModels, "");
  const std::string name = parameters.GetText("final", schema.classes > 0 ? "logistic" : "linear", {"final_estimator"});
  const ml::LearnerSpec spec = ml::ReadLearner(parameters, name, "final");
  RETURN_IF_ERROR(parameters.Check());
  return spec;
}

}  // namespace tusk::tools
