// Ensembles of any learners of the catalog. The catalog is passed in (it knows these, so they cannot know it).
//   bagging    estimator=tree trees=10: each on rows drawn anew; answers are averaged
//   adaboost   estimator=tree trees=50: each on rows weighted by the errors so far (SAMME)
//   voting     estimators=logistic,forest,gbdt mode=soft|hard weights=1,1,2
//   stacking   estimators=logistic,forest final=logistic folds=5: the final one learns from answers on rows not trained on
//   average    estimator=logistic: one model a shard, trained without messages; their parameters are averaged
// "estimator.depth=3", "forest.trees=50" and "final.l2=1" are settings of the learners.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"

namespace tusk::ml {

struct LearnerCatalog {
  std::function<Result<std::unique_ptr<Algorithm>>(const std::string&, Parameters&, const Schema&)> make;
  std::function<Result<std::unique_ptr<Model>>(const Bundle&)> load;
};

Result<std::unique_ptr<Algorithm>> MakeBagging(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog);
Result<std::unique_ptr<Algorithm>> MakeAdaBoost(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog);
Result<std::unique_ptr<Algorithm>> MakeVoting(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog);
Result<std::unique_ptr<Algorithm>> MakeStacking(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog);
Result<std::unique_ptr<Algorithm>> MakeAverage(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog);

// A learner by name with its settings.
struct LearnerSpec {
  std::string name;
  std::map<std::string, std::string> settings;
};
// The settings under "prefix." in `parameters`, for the learner `name`.
LearnerSpec ReadLearner(Parameters& parameters, const std::string& name, const std::string& prefix);
Result<std::unique_ptr<Algorithm>> MakeLearner(const LearnerCatalog& catalog, const LearnerSpec& spec, const Schema& schema);

}  // namespace tusk::ml
