// Ensembles of models that were trained before, each anywhere.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/ensemble/meta/ensemble_model.h"

namespace tusk::ml {

// They answer about the same rows: equal classes (or all regressions). The error says how `other` differs from `first`.
Status CheckAnswersAlike(const Schema& first, const Schema& other);

// What the final model of a stack learns from: the members' answers on `dataset`, which they should not have been trained on.
std::shared_ptr<const Dataset> MakeAnswersDataset(std::vector<std::shared_ptr<const Model>> members,
                                                  std::shared_ptr<const Dataset> dataset);
// `final_model` was trained on such answers.
Result<std::unique_ptr<Model>> MakeStackingModel(std::vector<std::shared_ptr<const Model>> members,
                                                 std::shared_ptr<const Model> final_model);

}  // namespace tusk::ml
