// XGBoost's JSON to trees. Nodes are walked from the root, so deleted ones vanish and loops are found.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "mlkit/ensemble/trees/tree_model.h"
#include "mlkit/ensemble/xgboost_json.h"

namespace tusk::ml {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 12;          // of the JSON
constexpr size_t kColumnsMax = 16'777'216, kClassesMax = 1'000'000;

Status Bad(std::string_view what, const std::string& why) { return Status(Code::kInvalidArgument, std::string(what) + ": " + why); }

const Json& At(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto it = object.find(name);
  return it == object.end() ? nothing : *it;
}

std::string TextAt(const Json& object, const char* name) {
  const Json& value = At(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// A number in a text, as XGBoost keeps its parameters.
bool CountAt(const Json& object, const char* name, size_t most, size_t& count) {
  const std::string text = TextAt(object, name);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() && count <= most;
}

template <typename T>
bool Numbers(const Json& object, const char* name, std::vector<T>& values) {
  const Json& list = At(object, name);
  if (!list.is_array()) return false;
  values.reserve(list.size());
  for (const Json& value : list) {
    if (value.is_boolean()) {
      values.push_back(static_cast<T>(value.get<bool>()));
    } else if (value.is_number()) {
      const double number = value.get<double>();
      if (std::is_integral_v<T> && !(number >= -2147483648.0 && number <= 4294967295.0)) return false;
      values.push_back(static_cast<T>(number));
    } else {
      return false;
    }
  }
  return true;
}

// "5E-1" or "[1E-1,2E-1]".
bool BaseScores(const std::string& text, std::vector<double>& scores) {
  std::string list = text;
  if (list.starts_with("[") && list.ends_with("]")) list = list.substr(1, list.size() - 2);
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    double score = 0;
    const auto [stop, error] = std::from_chars(list.data() + begin, list.data() + end, score);
    if (error != std::errc() || stop != list.data() + end || !std::isfinite(score)) return false;
    scores.push_back(score);
    begin = end + 1;
  }
  return !scores.empty();
}

struct SourceTree {
  std::vector<int64_t> left, right, column, default_left, type, categories, set_nodes, set_starts, set_sizes;
  std::vector<float> condition, gain, cover;
  std::map<size_t, size_t> set_of;   // node -> number of its set

  Status Read(const Json& tree, std::string_view what, size_t columns) {
    const bool read = Numbers(tree, "left_children", left) && Numbers(tree, "right_children", right) &&
                      Numbers(tree, "split_indices", column) && Numbers(tree, "split_conditions", condition) &&
                      Numbers(tree, "default_left", default_left);
    const size_t nodes = left.size();
    if (!read || nodes == 0 || right.size() != nodes || column.size() != nodes || condition.size() != nodes ||
        default_left.size() != nodes) {
      return Bad(what, "a tree's lists are missing or of different lengths");
    }
    if (!Numbers(tree, "split_type", type) || type.size() != nodes) type.assign(nodes, 0);
    if (!Numbers(tree, "loss_changes", gain) || gain.size() != nodes) gain.assign(nodes, 0);
    if (!Numbers(tree, "sum_hessian", cover) || cover.size() != nodes) cover.assign(nodes, 0);
    for (const int64_t split : column) {
      if (split < 0 || static_cast<size_t>(split) >= columns) return Bad(what, "a split's column is out of range");
    }
    if (std::find(type.begin(), type.end(), 1) == type.end()) return Status::Ok();
    const bool sets = Numbers(tree, "categories", categories) && Numbers(tree, "categories_nodes", set_nodes) &&
                      Numbers(tree, "categories_segments", set_starts) && Numbers(tree, "categories_sizes", set_sizes) &&
                      set_starts.size() == set_nodes.size() && set_sizes.size() == set_nodes.size();
    if (!sets) return Bad(what, "a tree's categories are missing");
    for (size_t s = 0; s < set_nodes.size(); ++s) {
      if (set_starts[s] < 0 || set_sizes[s] < 0 || set_starts[s] + set_sizes[s] > static_cast<int64_t>(categories.size())) {
        return Bad(what, "a set of categories is out of range");
      }
      set_of[static_cast<size_t>(set_nodes[s])] = s;
    }
    return Status::Ok();
  }
};

// Breadth first from the root.
Result<Tree> Convert(const SourceTree& from, std::string_view what) {
  Tree tree;
  std::vector<size_t> order = {0};
  tree.AddLeaf(0, 0);
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t node = order[i];
    tree.cover[i] = from.cover[node];
    if (from.left[node] < 0) {
      tree.left[i] = static_cast<int32_t>(tree.values.size());
      if (!std::isfinite(from.condition[node])) return Bad(what, "a leaf is not a number");
      tree.values.push_back(from.condition[node]);
      continue;
    }
    const auto nodes = static_cast<int64_t>(from.left.size());
    if (from.left[node] >= nodes || from.right[node] < 0 || from.right[node] >= nodes || order.size() + 2 > from.left.size()) {
      return Bad(what, "a tree's children are out of range or form a loop");
    }
    const bool is_set = from.type[node] == 1;
    tree.column[i] = static_cast<int32_t>(from.column[node]);
    tree.gain[i] = from.gain[node];
    tree.threshold[i] = from.condition[node];
    if (std::isnan(from.condition[node])) return Bad(what, "a threshold is not a number");
    if (is_set) {
      const auto set = from.set_of.find(node);
      if (set == from.set_of.end()) return Bad(what, "a categorical split has no set");
      std::vector<uint32_t> categories;
      for (int64_t c = 0; c < from.set_sizes[set->second]; ++c) {
        const int64_t category = from.categories[static_cast<size_t>(from.set_starts[set->second] + c)];
        if (category < 0) return Bad(what, "a category is below 0");
        categories.push_back(static_cast<uint32_t>(category));
      }
      std::sort(categories.begin(), categories.end());
      tree.threshold[i] = static_cast<float>(tree.AddSet(categories));
      tree.flags[i] |= Tree::kCategorical;
    }
    if ((from.default_left[node] != 0) != is_set) tree.flags[i] |= Tree::kDefaultLeft;
    const auto left = static_cast<size_t>(from.left[node]), right = static_cast<size_t>(from.right[node]);
    tree.left[i] = tree.AddLeaf(0, 0);
    order.push_back(is_set ? right : left);
    tree.right[i] = tree.AddLeaf(0, 0);
    order.push_back(is_set ? left : right);
  }
  return tree;
}

Status ReadObjective(const Json& learner, std::string_view what, TreeModel::Parts& parts) {
  const std::string name = TextAt(At(learner, "objective"), "name");
  const Json& param = At(learner, "learner_model_param");
  size_t classes = 0, targets = 1;
  if (!CountAt(param, "num_feature", kColumnsMax, parts.schema.columns) || !CountAt(param, "num_class", kClassesMax, classes)) {
    return Bad(what, "num_feature or num_class is missing or out of range");
  }
  if (param.contains("num_target") && (!CountAt(param, "num_target", kClassesMax, targets) || targets > 1)) {
    return Bad(what, "models of several targets are not supported");
  }
  std::vector<double> base;
  if (!BaseScores(TextAt(param, "base_score"), base)) return Bad(what, "base_score is no number");
  if (name == "binary:logistic" || name == "reg:logistic") {
    parts.link = TreeLink::kLogistic;
    parts.schema.classes = 2;
  } else if (name == "multi:softprob" || name == "multi:softmax") {
    parts.link = TreeLink::kSoftmax;
    parts.schema.classes = classes;
    if (classes < 2) return Bad(what, "num_class of " + name + " is below 2");
  } else if (name == "count:poisson") {
    parts.link = TreeLink::kExp;
  } else if (name == "reg:squarederror" || name == "reg:absoluteerror" || name == "reg:pseudohubererror" ||
             name == "reg:quantileerror") {
    parts.link = TreeLink::kIdentity;
  } else {
    return Bad(what, "objective '" + name.substr(0, 64) + "' is not supported");
  }
  parts.outputs = parts.link == TreeLink::kSoftmax ? classes : 1;
  if (base.size() != 1 && base.size() != parts.outputs) return Bad(what, "base_score has a wrong number of values");
  for (size_t k = 0; k < parts.outputs; ++k) {
    double score = base[base.size() == 1 ? 0 : k];
    if (parts.link == TreeLink::kLogistic) {
      if (!(score > 0 && score < 1)) return Bad(what, "base_score is no probability");
      score = -std::log(1 / score - 1);
    }
    if (parts.link == TreeLink::kExp) score = std::log(std::max(score, 1e-30));
    parts.base.push_back(static_cast<float>(score));
  }
  for (size_t k = 0; k < parts.schema.classes; ++k) parts.schema.class_labels.push_back(std::to_string(k));
  return Status::Ok();
}

void ReadColumns(const Json& learner, Schema& schema) {
  const Json &names = At(learner, "feature_names"), &types = At(learner, "feature_types");
  if (names.is_array() && names.size() == schema.columns) {
    for (const Json& name : names) schema.column_names.push_back(name.is_string() ? name.get<std::string>() : "");
  }
  if (!types.is_array() || types.size() != schema.columns) return;
  std::vector<bool> categorical;
  for (const Json& type : types) categorical.push_back(type.is_string() && type.get_ref<const std::string&>() == "c");
  if (std::find(categorical.begin(), categorical.end(), true) != categorical.end()) schema.categorical = categorical;
}

// Trees by class in turn, whatever their order in the file.
Status OrderTrees(const std::vector<int64_t>& info, std::string_view what, std::vector<Tree> trees, TreeModel::Parts& parts) {
  std::vector<std::vector<size_t>> of_class(parts.outputs);
  for (size_t t = 0; t < trees.size(); ++t) {
    if (info[t] < 0 || static_cast<size_t>(info[t]) >= parts.outputs) return Bad(what, "tree_info is out of range");
    of_class[static_cast<size_t>(info[t])].push_back(t);
  }
  for (const auto& list : of_class) {
    if (list.size() != of_class[0].size()) return Bad(what, "the classes have different numbers of trees");
  }
  for (size_t round = 0; round < of_class[0].size(); ++round) {
    for (const auto& list : of_class) parts.trees.trees.push_back(std::move(trees[list[round]]));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Model>> ReadXgboostJson(std::string_view text, std::string_view what) {
  bool deep = false;
  const Json file = Json::parse(
      text,
      [&deep](int depth, Json::parse_event_t, Json&) {
        deep |= depth > kDepthMax;
        return !deep;
      },
      false);
  if (file.is_discarded() || deep) return Bad(what, "is no JSON file");
  const Json& learner = At(file, "learner");
  if (!learner.is_object()) return Bad(what, "is no model of XGBoost: it has no learner");
  const Json& booster = At(learner, "gradient_booster");
  if (TextAt(booster, "name") != "gbtree") return Bad(what, "booster '" + TextAt(booster, "name").substr(0, 32) + "' is not supported");
  TreeModel::Parts parts;
  parts.algorithm = "gbdt";
  RETURN_IF_ERROR(ReadObjective(learner, what, parts));
  ReadColumns(learner, parts.schema);
  const Json &model = At(booster, "model"), &list = At(model, "trees");
  std::vector<int64_t> info;
  if (!list.is_array() || !Numbers(model, "tree_info", info) || info.size() != list.size()) {
    return Bad(what, "trees or tree_info are missing");
  }
  std::vector<Tree> trees;
  for (const Json& item : list) {
    const std::string where = std::string(what) + ": tree " + std::to_string(trees.size());
    SourceTree source;
    RETURN_IF_ERROR(source.Read(item, where, parts.schema.columns));
    ASSIGN_OR_RETURN(Tree tree, Convert(source, where));
    trees.push_back(std::move(tree));
  }
  RETURN_IF_ERROR(OrderTrees(info, what, std::move(trees), parts));
  parts.notes["loss"] = TextAt(At(learner, "objective"), "name");
  return std::unique_ptr<Model>(std::make_unique<TreeModel>(std::move(parts)));
}

}  // namespace tusk::ml
