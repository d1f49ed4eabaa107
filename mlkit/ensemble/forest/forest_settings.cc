// Settings by name, with scikit-learn's defaults.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlkit/ensemble/forest/forest.h"

namespace tusk::ml {
namespace {

// "sqrt", "log2", "all", a share (0.3) or a number (20).
Result<size_t> ColumnsAtNode(const std::string& text, size_t columns) {
  const auto all = static_cast<double>(columns);
  double wanted = 0;
  if (text == "sqrt") {
    wanted = std::floor(std::sqrt(all));
  } else if (text == "log2") {
    wanted = std::floor(std::log2(all));
  } else if (text == "all") {
    wanted = all;
  } else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
    if (error != std::errc() || end != text.data() + text.size() || !(wanted > 0)) {
      return Status(Code::kInvalidArgument, "max_features=" + text + ": sqrt, log2, all, a share or a number is wanted");
    }
    if (wanted < 1 || text.find('.') != std::string::npos) wanted = std::floor(wanted * all);
  }
  return static_cast<size_t>(std::clamp(wanted, 1.0, std::max(1.0, all)));
}

}  // namespace

Result<ForestSettings> ReadForestSettings(Parameters& parameters, const Schema& schema, const std::string& name) {
  ForestSettings settings;
  settings.name = name;
  const bool classification = schema.classes > 0, single = name == "tree";
  if (schema.classes == 1) return Status(Code::kInvalidArgument, "all labels are of one class; a forest needs two or more");
  if (single) {
    settings.trees = 1;
  } else {
    settings.trees = static_cast<size_t>(parameters.GetInteger("trees", 100, 1, 1'000'000, {"n_estimators", "num_trees"}));
  }
  TreeSettings& tree = settings.tree;
  tree.random_cuts = name == "extratrees";
  const std::vector<std::string> criteria = classification
                                                ? std::vector<std::string>{"gini", "entropy", "log_loss"}
                                                : std::vector<std::string>{"mse", "squared_error"};
  const std::string criterion = parameters.GetChoice("criterion", criteria[0], criteria);
  tree.impurity = !classification ? Impurity::kSquared : (criterion == "gini" ? Impurity::kGini : Impurity::kEntropy);
  tree.bootstrap = !single && parameters.GetBool("bootstrap", name == "forest");
  tree.sample_fraction = parameters.GetNumber("max_samples", 1, 1e-6, 1, {"sample_fraction"});
  ASSIGN_OR_RETURN(tree.columns_at_node,
                   ColumnsAtNode(parameters.GetText("max_features", classification && !single ? "sqrt" : "all", {"mtry"}),
                                 schema.columns));
  tree.depth_max = static_cast<size_t>(std::max<int64_t>(0, parameters.GetInteger("depth", 0, -1, 10000, {"max_depth"})));
  tree.leaf_rows_min = static_cast<size_t>(parameters.GetInteger("min_rows", 1, 1, 1'000'000'000, {"min_samples_leaf", "min_data_in_leaf"}));
  tree.split_rows_min = static_cast<size_t>(parameters.GetInteger("min_samples_split", 2, 2, 1'000'000'000));
  tree.gain_min = parameters.GetNumber("min_gain", 0, 0, 1, {"min_impurity_decrease"});
  settings.bins_max = static_cast<size_t>(parameters.GetInteger("bins", 255, 2, 255, {"max_bin", "max_bins"}));
  settings.trees_at_once = static_cast<size_t>(parameters.GetInteger("trees_at_once", 32, 1, 4096));
  settings.memory_mb = static_cast<uint64_t>(parameters.GetInteger("memory_mb", 8192, 1, 1 << 24));
  settings.out_of_bag = !single && parameters.GetBool("oob", tree.bootstrap, {"oob_score"}) && tree.bootstrap;
  return settings;
}

Result<std::unique_ptr<Algorithm>> MakeRandomForest(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(const ForestSettings settings, ReadForestSettings(parameters, schema, "forest"));
  return MakeForest(settings, schema);
}
Result<std::unique_ptr<Algorithm>> MakeExtraTrees(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(const ForestSettings settings, ReadForestSettings(parameters, schema, "extratrees"));
  return MakeForest(settings, schema);
}
Result<std::unique_ptr<Algorithm>> MakeDecisionTree(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(const ForestSettings settings, ReadForestSettings(parameters, schema, "tree"));
  return MakeForest(settings, schema);
}

}  // namespace tusk::ml
