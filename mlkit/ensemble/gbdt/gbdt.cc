// The rounds of boosting.
#include "mlkit/ensemble/gbdt/gbdt.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mlkit/api/random.h"
#include "mlkit/ensemble/gbdt/boosted_rows.h"
#include "mlkit/ensemble/gbdt/group_quantiles.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kFeatureStream = 0x66656174;
constexpr size_t kLossEvery = 10;       // rounds between figures of the training loss

Tree ToTree(const std::vector<GrownNode>& nodes, const BinLayout& layout, const GradientScale& scale,
            std::span<const float> values) {
  Tree tree;
  for (size_t n = 0; n < nodes.size(); ++n) {
    const GrownNode& node = nodes[n];
    const auto cover = static_cast<float>(static_cast<double>(node.total.hessian) * scale.hessian);
    tree.AddLeaf(static_cast<int32_t>(tree.values.size()), cover);
    if (node.left < 0) {
      tree.values.push_back(values[n]);
      continue;
    }
    const Split& split = node.split;
    const ColumnBins& column = layout.columns[split.column];
    tree.column[n] = static_cast<int32_t>(split.column);
    tree.left[n] = node.left;
    tree.right[n] = node.right;
    tree.gain[n] = static_cast<float>(split.gain);
    if (split.default_left) tree.flags[n] |= Tree::kDefaultLeft;
    if (split.categorical) {
      tree.flags[n] |= Tree::kCategorical;
      std::vector<uint32_t> set;
      for (size_t bin = 0; bin < column.categories.size(); ++bin) {
        if (split.GoesLeft(column, static_cast<uint8_t>(bin))) set.push_back(column.categories[bin]);
      }
      std::sort(set.begin(), set.end());
      tree.threshold[n] = static_cast<float>(tree.AddSet(set));
    } else {
      tree.threshold[n] = split.bin < column.edges.size() ? column.edges[split.bin] : INFINITY;
    }
  }
  return tree;
}

class Gbdt final : public Algorithm {
 public:
  Gbdt(const GbdtSettings& settings, const Schema& schema)
      : settings_(settings), schema_(schema), objective_(settings.loss, schema.classes, settings.alpha) {}

  bool AllowsMissing() const override { return true; }
  Status Start(WorkerContext& context, const Bundle* state) override;
  Status ShardsChanged(WorkerContext& context) override;
  Result<StepReport> Step(WorkerContext& context) override;
  Bundle SaveState() const override;
  Result<std::unique_ptr<Model>> Finish() override;

 private:
  Status FirstMargins(WorkerContext& context);
  Status LoadState(const Bundle& state);
  std::vector<bool> AllowedColumns(uint64_t seed, uint64_t tree) const;
  Result<std::vector<Tree>> GrowRound(WorkerContext& context, bool& grew);
  Result<std::vector<float>> LeafValues(WorkerContext& context, const std::vector<GrownNode>& nodes,
                                        const std::vector<RowGradient>& rows, const GradientScale& scale) const;
  StepReport Report(std::map<std::string, double> figures) const;

  const GbdtSettings settings_;
  const Schema schema_;
  const Objective objective_;

  // The replicated state.
  std::vector<float> base_;
  TreeSet trees_;
  uint64_t round_ = 0, best_round_ = 0;
  double best_loss_ = INFINITY;
  bool finished_ = false;
  BinLayout layout_;

  // Of this rank's rows.
  BoostedRows rows_;
  bool scores_stale_ = true;            // they do not belong to trees_
  std::vector<RowGradient> tree_rows_;
};

Status Gbdt::Start(WorkerContext& context, const Bundle* state) {
  if (schema_.columns == 0) return Status(Code::kInvalidArgument, "boosting needs at least one column");
  for (const OwnedShard& shard : context.shards) RETURN_IF_ERROR(objective_.CheckLabels(*shard.block));
  if (state != nullptr) {
    RETURN_IF_ERROR(LoadState(*state));
  } else {
    ASSIGN_OR_RETURN(std::vector<ColumnBins> bins, BuildBins(context, settings_.bins));
    layout_ = BinLayout(std::move(bins));
  }
  rows_.Load(context, layout_, settings_.validation_fraction);
  scores_stale_ = true;
  if (state == nullptr) RETURN_IF_ERROR(FirstMargins(context));
  return Status::Ok();
}

Status Gbdt::FirstMargins(WorkerContext& context) {
  std::vector<double> sums(objective_.sum_count());
  RETURN_IF_ERROR(rows_.SumBase(context, objective_, sums));
  base_ = objective_.Base(sums);
  if (!objective_.renews_leaves()) return Status::Ok();
  std::vector<GroupedValue> labels;
  for (size_t row = 0; row < rows_.rows(); ++row) {
    if (rows_.trained(row)) labels.push_back({0, rows_.label(row), rows_.weight(row)});
  }
  ASSIGN_OR_RETURN(base_, GroupQuantiles(*context.comm, 1, labels, objective_.quantile()));
  return Status::Ok();
}

Status Gbdt::ShardsChanged(WorkerContext& context) {
  rows_.Load(context, layout_, settings_.validation_fraction);
  scores_stale_ = true;
  return Status::Ok();
}

std::vector<bool> Gbdt::AllowedColumns(uint64_t seed, uint64_t tree) const {
  if (settings_.feature_fraction >= 1) return {};
  const size_t columns = schema_.columns;
  const size_t wanted =
      std::max<size_t>(1, static_cast<size_t>(std::lround(settings_.feature_fraction * static_cast<double>(columns))));
  std::vector<uint32_t> order(columns);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed, kFeatureStream + (tree << 32));
  std::vector<bool> allowed(columns);
  for (size_t i = 0; i < wanted; ++i) {
    std::swap(order[i], order[i + random.Below(columns - i)]);
    allowed[order[i]] = true;
  }
  return allowed;
}

Result<std::vector<float>> Gbdt::LeafValues(WorkerContext& context, const std::vector<GrownNode>& nodes,
                                            const std::vector<RowGradient>& rows, const GradientScale& scale) const {
  std::vector<float> values(nodes.size());
  for (size_t n = 0; n < nodes.size(); ++n) {
    values[n] = static_cast<float>(settings_.learning_rate *
                                   LeafValue(settings_.grow.split, static_cast<double>(nodes[n].total.gradient) * scale.gradient,
                                             static_cast<double>(nodes[n].total.hessian) * scale.hessian));
  }
  if (!objective_.renews_leaves()) return values;
  std::vector<uint32_t> leaf_of(nodes.size());
  uint32_t leaves = 0;
  std::vector<GroupedValue> residuals;
  for (size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].left >= 0) continue;
    leaf_of[n] = leaves++;
    for (size_t i = nodes[n].range.begin; i < nodes[n].range.end; ++i) {
      const uint32_t row = rows[i].row;
      residuals.push_back({leaf_of[n], rows_.label(row) - rows_.score(row, 0), rows_.weight(row)});
    }
  }
  ASSIGN_OR_RETURN(const std::vector<float> quantiles,
                   GroupQuantiles(*context.comm, leaves, residuals, objective_.quantile()));
  for (size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].left < 0) values[n] = static_cast<float>(settings_.learning_rate) * quantiles[leaf_of[n]];
  }
  return values;
}

Result<std::vector<Tree>> Gbdt::GrowRound(WorkerContext& context, bool& grew) {
  const size_t outputs = objective_.outputs();
  std::vector<double> most(2 * outputs);
  rows_.ComputeGradients(*context.pool, objective_, most);
  RETURN_IF_ERROR(context.comm->AllReduceMax(std::span<double>(most)));
  const bool bagging = settings_.bagging_every > 0 && settings_.bagging_fraction < 1;
  rows_.Bag(context, bagging ? round_ / settings_.bagging_every : 0, bagging ? settings_.bagging_fraction : 1.0);
  Grower grower(layout_, rows_.bins(), *context.comm, *context.pool, settings_.grow);
  std::vector<Tree> trees;
  grew = false;
  for (size_t k = 0; k < outputs; ++k) {
    const uint64_t number = round_ * outputs + k;
    GradientScale scale;
    if (most[2 * k] > 0) scale.gradient = most[2 * k] / kGradientMax;
    if (most[2 * k + 1] > 0) scale.hessian = most[2 * k + 1] / kGradientMax;
    rows_.Quantize(context, number, k, scale, tree_rows_);
    ASSIGN_OR_RETURN(const std::vector<GrownNode> nodes,
                     grower.Grow(tree_rows_, scale, AllowedColumns(context.seed, number)));
    ASSIGN_OR_RETURN(std::vector<float> values, LeafValues(context, nodes, tree_rows_, scale));
    if (nodes.size() > 1) {
      grew = true;
    } else {
      values[0] = 0;
    }
    scores_stale_ = true;
    rows_.AddTree(*context.pool, layout_, nodes, values, tree_rows_, k);
    trees.push_back(ToTree(nodes, layout_, scale, values));
  }
  return trees;
}

Result<StepReport> Gbdt::Step(WorkerContext& context) {
  if (finished_) return Report({});
  if (scores_stale_) rows_.ResetScores(context, trees_, base_);
  bool grew = false;
  ASSIGN_OR_RETURN(std::vector<Tree> trees, GrowRound(context, grew));
  std::map<std::string, double> figures;
  std::vector<double> sums(2), held(2);
  const bool last = round_ + 1 >= settings_.rounds;
  if (last || !grew || round_ % kLossEvery == 0) {
    RETURN_IF_ERROR(rows_.SumLoss(context, objective_, false, sums));
    figures["loss"] = objective_.Loss(sums);
  }
  if (settings_.validation_fraction > 0) {
    RETURN_IF_ERROR(rows_.SumLoss(context, objective_, true, held));
    figures["validation_loss"] = objective_.Loss(held);
  }
  // Nothing can fail from here on.
  if (grew) {
    for (Tree& tree : trees) trees_.trees.push_back(std::move(tree));
    ++round_;
    scores_stale_ = false;
  }
  finished_ = !grew || round_ >= settings_.rounds;
  if (settings_.validation_fraction > 0 && figures["validation_loss"] < best_loss_) {
    best_loss_ = figures["validation_loss"];
    best_round_ = round_;
  } else if (settings_.patience > 0 && round_ >= best_round_ + settings_.patience) {
    finished_ = true;
  }
  return Report(std::move(figures));
}

StepReport Gbdt::Report(std::map<std::string, double> figures) const {
  StepReport report;
  report.finished = finished_;
  report.rows = schema_.rows;
  report.progress = finished_ ? 1.0 : static_cast<double>(round_) / static_cast<double>(settings_.rounds);
  report.figures = std::move(figures);
  report.figures["trees"] = static_cast<double>(trees_.trees.size());
  return report;
}

Bundle Gbdt::SaveState() const {
  Bundle state;
  SaveBins(layout_.columns, state);
  trees_.Save(state);
  state.SetFloats("base", base_);
  state.SetLongs("rounds", std::vector<int64_t>{static_cast<int64_t>(round_), static_cast<int64_t>(best_round_), finished_ ? 1 : 0});
  state.SetDoubles("best_loss", std::vector<double>{best_loss_});
  return state;
}

Status Gbdt::LoadState(const Bundle& state) {
  ASSIGN_OR_RETURN(std::vector<ColumnBins> bins, LoadBins(state));
  ASSIGN_OR_RETURN(TreeSet trees, TreeSet::Load(state, schema_.columns));
  ASSIGN_OR_RETURN(const std::vector<float> base, state.Floats("base"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> rounds, state.Longs("rounds"));
  ASSIGN_OR_RETURN(const std::vector<double> best_loss, state.Doubles("best_loss"));
  const size_t outputs = objective_.outputs();
  if (bins.size() != schema_.columns || base.size() != outputs || rounds.size() != 3 || best_loss.size() != 1 ||
      trees.outputs != 1 || trees.trees.size() != static_cast<uint64_t>(rounds[0]) * outputs || rounds[1] < 0) {
    return Status(Code::kInvalidArgument, "the checkpoint belongs to other data or settings");
  }
  layout_ = BinLayout(std::move(bins));
  trees_ = std::move(trees);
  base_ = base;
  round_ = static_cast<uint64_t>(rounds[0]);
  best_round_ = static_cast<uint64_t>(rounds[1]);
  finished_ = rounds[2] != 0;
  best_loss_ = best_loss[0];
  return Status::Ok();
}

Result<std::unique_ptr<Model>> Gbdt::Finish() {
  TreeModel::Parts parts;
  parts.algorithm = "gbdt";
  parts.schema = schema_;
  parts.link = objective_.link();
  parts.base = base_;
  parts.outputs = objective_.outputs();
  parts.trees = trees_;
  parts.notes["loss"] = objective_.name();
  if (settings_.patience > 0) {
    parts.trees.trees.resize(best_round_ * objective_.outputs());
    parts.notes["best_round"] = std::to_string(best_round_);
    parts.notes["validation_loss"] = std::to_string(best_loss_);
  }
  return std::unique_ptr<Model>(std::make_unique<TreeModel>(std::move(parts)));
}

}  // namespace

std::unique_ptr<Algorithm> MakeGbdt(const GbdtSettings& settings, const Schema& schema) {
  return std::make_unique<Gbdt>(settings, schema);
}

}  // namespace tusk::ml
