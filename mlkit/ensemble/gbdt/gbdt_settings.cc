// Settings by name; other libraries' names of the same things are aliases.
#include <algorithm>
#include <map>

#include "mlkit/ensemble/gbdt/gbdt.h"

namespace tusk::ml {
namespace {

struct LossName {
  const char* name;
  BoostLoss loss;
};
constexpr LossName kLosses[] = {
    {"auto", BoostLoss::kSquared},           {"logistic", BoostLoss::kLogistic},     {"binary", BoostLoss::kLogistic},
    {"binary:logistic", BoostLoss::kLogistic}, {"softmax", BoostLoss::kSoftmax},     {"multiclass", BoostLoss::kSoftmax},
    {"multi:softprob", BoostLoss::kSoftmax}, {"multi:softmax", BoostLoss::kSoftmax}, {"squared", BoostLoss::kSquared},
    {"regression", BoostLoss::kSquared},     {"l2", BoostLoss::kSquared},            {"reg:squarederror", BoostLoss::kSquared},
    {"huber", BoostLoss::kHuber},            {"absolute", BoostLoss::kAbsolute},     {"l1", BoostLoss::kAbsolute},
    {"mae", BoostLoss::kAbsolute},           {"regression_l1", BoostLoss::kAbsolute}, {"reg:absoluteerror", BoostLoss::kAbsolute},
    {"quantile", BoostLoss::kQuantile},      {"reg:quantileerror", BoostLoss::kQuantile},
    {"poisson", BoostLoss::kPoisson},        {"count:poisson", BoostLoss::kPoisson},
};

Result<BoostLoss> ReadLoss(Parameters& parameters, const Schema& schema) {
  std::vector<std::string> names;
  for (const LossName& row : kLosses) names.emplace_back(row.name);
  const std::string name = parameters.GetChoice("loss", "auto", names, {"objective", "application"});
  const bool classification = schema.classes > 0;
  if (classification && schema.classes < 2) {
    return Status(Code::kInvalidArgument, "all labels are of one class; boosting needs two or more");
  }
  const auto row = std::find_if(std::begin(kLosses), std::end(kLosses), [&](const LossName& one) { return name == one.name; });
  BoostLoss loss = row->loss;
  if (name == "auto" && classification) loss = schema.classes == 2 ? BoostLoss::kLogistic : BoostLoss::kSoftmax;
  const bool classifies = loss == BoostLoss::kLogistic || loss == BoostLoss::kSoftmax;
  if (classifies != classification) {
    return Status(Code::kInvalidArgument, "loss=" + name + " does not fit " +
                                              (classification ? "labels of classes" : "a regression's labels"));
  }
  if (loss == BoostLoss::kLogistic && schema.classes > 2) {
    return Status(Code::kInvalidArgument, "loss=" + name + " is for two classes; there are " + std::to_string(schema.classes));
  }
  return loss;
}

void ReadGrowth(Parameters& parameters, GbdtSettings& settings) {
  GrowSettings& grow = settings.grow;
  const std::string growth = parameters.GetChoice("growth", "leaf", {"leaf", "depth", "lossguide", "depthwise", "leaf-wise", "depth-wise"},
                                                  {"grow_policy"});
  grow.depth_wise = growth.starts_with("depth");
  grow.depth_max = static_cast<size_t>(std::max<int64_t>(
      0, parameters.GetInteger("depth", grow.depth_wise ? 6 : 0, -1, 64, {"max_depth"})));
  const int64_t by_depth = grow.depth_wise && grow.depth_max > 0 ? int64_t{1} << std::min<size_t>(grow.depth_max, 16) : 31;
  grow.leaves_max = static_cast<size_t>(parameters.GetInteger("leaves", by_depth, 2, 131072,
                                                              {"num_leaves", "max_leaves", "max_leaf_nodes", "max_leaf"}));
  SplitSettings& split = grow.split;
  split.l2 = parameters.GetNumber("l2", 0, 0, 1e9, {"lambda_l2", "reg_lambda", "lambda", "l2_regularization"});
  split.child_weight_min = parameters.GetNumber("min_child_weight", 1e-3, 0, 1e9, {"min_sum_hessian_in_leaf", "min_sum_hessian"});
  split.child_rows_min = static_cast<double>(parameters.GetInteger(
      "min_rows", 20, 0, 1'000'000'000, {"min_data_in_leaf", "min_data", "min_child_samples", "min_samples_leaf"}));
  split.gain_min = parameters.GetNumber("min_gain", 0, 0, 1e12, {"min_gain_to_split", "min_split_gain", "gamma", "min_split_loss"});
  split.one_hot_max = static_cast<size_t>(parameters.GetInteger("max_cat_to_onehot", 4, 1, 256));
  split.category_smooth = parameters.GetNumber("cat_smooth", 10, 0, 1e9);
  split.category_l2 = parameters.GetNumber("cat_l2", 10, 0, 1e9);
  split.category_set_max = static_cast<size_t>(parameters.GetInteger("max_cat_threshold", 32, 1, 256));
  split.category_rows_min = parameters.GetNumber("min_data_per_group", 100, 1, 1e9);
}

}  // namespace

Result<GbdtSettings> ReadGbdtSettings(Parameters& parameters, const Schema& schema) {
  GbdtSettings settings;
  ASSIGN_OR_RETURN(settings.loss, ReadLoss(parameters, schema));
  ReadGrowth(parameters, settings);
  settings.rounds = static_cast<size_t>(parameters.GetInteger(
      "trees", 100, 1, 1'000'000,
      {"rounds", "num_iterations", "num_boost_round", "num_round", "n_estimators", "nrounds", "num_trees", "n_iter", "max_iter"}));
  settings.learning_rate = parameters.GetNumber("learning_rate", 0.1, 1e-6, 10, {"eta", "shrinkage_rate"});
  settings.bins.bins_max = static_cast<size_t>(parameters.GetInteger("bins", 255, 2, 255, {"max_bin", "max_bins"}));
  settings.bins.sample_rows = static_cast<uint64_t>(
      parameters.GetInteger("bin_sample", 200'000, 100, 100'000'000, {"bin_construct_sample_cnt", "subsample_for_bin"}));
  settings.bins.rows_per_bin_min = static_cast<uint64_t>(parameters.GetInteger("min_data_in_bin", 3, 1, 1'000'000));
  settings.bagging_fraction = parameters.GetNumber("bagging_fraction", 1, 1e-6, 1, {"subsample", "bagging", "sub_row"});
  settings.bagging_every = static_cast<size_t>(parameters.GetInteger(
      "bagging_freq", settings.bagging_fraction < 1 ? 1 : 0, 0, 1'000'000, {"subsample_freq"}));
  settings.feature_fraction = parameters.GetNumber("feature_fraction", 1, 1e-6, 1, {"colsample_bytree", "colsample", "sub_feature"});
  settings.patience = static_cast<size_t>(parameters.GetInteger(
      "early_stopping", 0, 0, 1'000'000, {"early_stopping_rounds", "early_stopping_round", "n_iter_no_change"}));
  settings.validation_fraction = parameters.GetNumber("validation_fraction", settings.patience > 0 ? 0.1 : 0, 0, 0.9);
  if (settings.patience > 0 && settings.validation_fraction == 0) {
    return Status(Code::kInvalidArgument, "early_stopping needs validation_fraction above 0");
  }
  // LightGBM's "alpha" is the quantile or Huber's delta, XGBoost's is l1.
  const bool shaped = settings.loss == BoostLoss::kHuber || settings.loss == BoostLoss::kQuantile;
  if (shaped) {
    const double most = settings.loss == BoostLoss::kQuantile ? 1 : 1e12;
    settings.alpha = static_cast<float>(parameters.GetNumber("alpha", 0.9, 1e-12, most, {"quantile", "delta", "quantile_alpha", "huber_slope"}));
  }
  std::vector<std::string> l1_names = {"lambda_l1", "reg_alpha"};
  if (!shaped) l1_names.emplace_back("alpha");
  settings.grow.split.l1 = parameters.GetNumber("l1", 0, 0, 1e9, l1_names);
  return settings;
}

Result<std::unique_ptr<Algorithm>> MakeGbdtFromParameters(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(const GbdtSettings settings, ReadGbdtSettings(parameters, schema));
  return MakeGbdt(settings, schema);
}

}  // namespace tusk::ml
