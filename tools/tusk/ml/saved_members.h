// `train -a voting|stacking models=A,B`: ensembles of models in files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/ensemble/meta/meta.h"
#include "tools/tusk/ml/ml_files.h"
#include "tools/tusk/ml/ml_options.h"

namespace tusk::tools {

struct SavedMembers {
  std::vector<std::shared_ptr<const ml::Model>> models;   // empty: the members are trained here
  bool empty() const { return models.empty(); }
};

bool NamesSavedMembers(const MlOptions& options);
Result<SavedMembers> ReadSavedMembers(const MlOptions& options, MlFiles& files);
// mode=soft|hard weights=1,2
Result<std::unique_ptr<ml::Model>> Vote(const MlOptions& options, SavedMembers members);
// final=NAME final.SETTING=VALUE
Result<ml::LearnerSpec> FinalLearner(const MlOptions& options, const ml::Schema& schema);

}  // namespace tusk::tools
