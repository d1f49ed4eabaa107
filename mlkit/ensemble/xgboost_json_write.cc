// Trees to XGBoost's JSON. There a category in a node's set goes right, here left: such nodes swap their children.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "mlkit/ensemble/trees/tree_model.h"
#include "mlkit/ensemble/xgboost_json.h"

namespace tusk::ml {
namespace {

using Json = nlohmann::json;

constexpr int64_t kNoParent = 2147483647;

Json TreeToJson(const Tree& tree, size_t id, size_t columns, float scale, float plus) {
  const size_t nodes = tree.nodes();
  std::vector<int64_t> left(nodes, -1), right(nodes, -1), parents(nodes, kNoParent), column(nodes), default_left(nodes), type(nodes);
  std::vector<float> condition(nodes);
  std::vector<int64_t> categories, set_nodes, set_starts, set_sizes;
  for (size_t n = 0; n < nodes; ++n) {
    if (tree.IsLeaf(n)) {
      condition[n] = tree.values[static_cast<size_t>(tree.left[n])] * scale + plus;
      continue;
    }
    const bool is_set = (tree.flags[n] & Tree::kCategorical) != 0;
    column[n] = tree.column[n];
    left[n] = is_set ? tree.right[n] : tree.left[n];
    right[n] = is_set ? tree.left[n] : tree.right[n];
    default_left[n] = ((tree.flags[n] & Tree::kDefaultLeft) != 0) != is_set ? 1 : 0;
    type[n] = is_set ? 1 : 0;
    condition[n] = is_set ? 0.0F : std::clamp(tree.threshold[n], -std::numeric_limits<float>::max(), std::numeric_limits<float>::max());
    parents[static_cast<size_t>(left[n])] = parents[static_cast<size_t>(right[n])] = static_cast<int64_t>(n);
    if (!is_set) continue;
    const auto set = static_cast<size_t>(tree.threshold[n]);
    set_nodes.push_back(static_cast<int64_t>(n));
    set_starts.push_back(static_cast<int64_t>(categories.size()));
    set_sizes.push_back(tree.set_starts[set + 1] - tree.set_starts[set]);
    categories.insert(categories.end(), tree.categories.begin() + tree.set_starts[set], tree.categories.begin() + tree.set_starts[set + 1]);
  }
  return Json{{"id", id},
              {"left_children", left},
              {"right_children", right},
              {"parents", parents},
              {"split_indices", column},
              {"split_conditions", condition},
              {"split_type", type},
              {"default_left", default_left},
              {"categories", categories},
              {"categories_nodes", set_nodes},
              {"categories_segments", set_starts},
              {"categories_sizes", set_sizes},
              {"base_weights", std::vector<float>(nodes)},
              {"loss_changes", tree.gain},
              {"sum_hessian", tree.cover},
              {"tree_param",
               {{"num_deleted", "0"},
                {"num_feature", std::to_string(columns)},
                {"num_nodes", std::to_string(nodes)},
                {"size_leaf_vector", "0"}}}};
}

Json Objective(TreeLink link, size_t outputs) {
  switch (link) {
    case TreeLink::kLogistic: return {{"name", "binary:logistic"}, {"reg_loss_param", {{"scale_pos_weight", "1"}}}};
    case TreeLink::kSoftmax:
      return {{"name", "multi:softprob"}, {"softmax_multiclass_param", {{"num_class", std::to_string(outputs)}}}};
    case TreeLink::kExp: return {{"name", "count:poisson"}, {"poisson_regression_param", {{"max_delta_step", "0.7"}}}};
    default: return {{"name", "reg:squarederror"}, {"reg_loss_param", {{"scale_pos_weight", "1"}}}};
  }
}

}  // namespace

Result<std::string> WriteXgboostJson(const Model& model) {
  const auto* trees_model = dynamic_cast<const TreeModel*>(&model);
  if (trees_model == nullptr) return Status(Code::kUnsupported, "only trees can be written for XGBoost, not " + model.algorithm());
  const TreeModel::Parts& parts = trees_model->parts();
  if (parts.link == TreeLink::kMean && parts.schema.classes > 0) {
    return Status(Code::kUnsupported, "XGBoost has no forest whose leaves are probabilities; gbdt and regressions can be written");
  }
  std::vector<Tree> trees = parts.trees.trees;
  const size_t columns = parts.schema.columns;
  while (trees.size() < parts.outputs) {  // no rounds at all: leaves that say the base
    Tree leaf;
    leaf.AddLeaf(0, 0);
    leaf.values.push_back(0);
    trees.push_back(std::move(leaf));
  }
  const float scale = parts.boosted ? 1.0F : 1.0F / static_cast<float>(trees.size());
  Json list = Json::array(), info = Json::array(), starts = Json::array({0});
  for (size_t t = 0; t < trees.size(); ++t) {
    const float plus = parts.boosted && t < parts.outputs ? parts.base[t] : 0.0F;
    list.push_back(TreeToJson(trees[t], t, columns, scale, plus));
    info.push_back(t % parts.outputs);
    if ((t + 1) % parts.outputs == 0) starts.push_back(t + 1);
  }
  Json names = parts.schema.column_names, types = Json::array();
  if (!parts.schema.categorical.empty()) {
    for (const bool categorical : parts.schema.categorical) types.push_back(categorical ? "c" : "q");
  }
  const char* base = parts.link == TreeLink::kLogistic ? "5E-1" : (parts.link == TreeLink::kExp ? "1E0" : "0E0");
  const Json file = {
      {"version", {1, 7, 4}},
      {"learner",
       {{"attributes", Json::object()},
        {"feature_names", names},
        {"feature_types", types},
        {"gradient_booster",
         {{"name", "gbtree"},
          {"model",
           {{"gbtree_model_param",
             {{"num_parallel_tree", "1"}, {"num_trees", std::to_string(trees.size())}, {"size_leaf_vector", "0"}}},
            {"iteration_indptr", starts},
            {"tree_info", info},
            {"trees", list}}}}},
        {"learner_model_param",
         {{"base_score", base},
          {"boost_from_average", "1"},
          {"num_class", std::to_string(parts.outputs > 1 ? parts.outputs : 0)},
          {"num_feature", std::to_string(columns)},
          {"num_target", "1"}}},
        {"objective", Objective(parts.link, parts.outputs)}}}};
  return file.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tusk::ml
