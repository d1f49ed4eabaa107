// The steps of a forest: batches of trees, then the out-of-bag score.
#include "mlkit/ensemble/forest/forest.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/forest/binned_tree.h"
#include "mlkit/ensemble/trees/tree_model.h"

namespace tusk::ml {
namespace {

constexpr size_t kTreesWorthOrder = 16;  // ordering rows costs about a tree

class Forest final : public Algorithm {
 public:
  Forest(const ForestSettings& settings, const Schema& schema) : settings_(settings), schema_(schema) {
    trees_.outputs = std::max<size_t>(1, schema.classes);
  }

  bool AllowsMissing() const override { return true; }
  Status Start(WorkerContext& context, const Bundle* state) override;
  // All ranks have all rows.
  Status ShardsChanged(WorkerContext&) override { return Status::Ok(); }
  Result<StepReport> Step(WorkerContext& context) override;
  Bundle SaveState() const override;
  Result<std::unique_ptr<Model>> Finish() override;

 private:
  Status LoadState(const Bundle& state);
  Status GatherWhereMissing(WorkerContext& context);
  Result<std::vector<Tree>> GrowBatch(WorkerContext& context, size_t count);
  Result<double> OutOfBag(WorkerContext& context) const;
  double Score(const std::vector<int64_t>& votes, const std::vector<int64_t>& counts) const;

  const ForestSettings settings_;
  const Schema schema_;
  TreeSet trees_;
  bool finished_ = false;
  double score_ = NAN;
  std::vector<ColumnBins> bins_;
  ForestData data_;
};

Status Forest::Start(WorkerContext& context, const Bundle* state) {
  if (schema_.columns == 0) return Status(Code::kInvalidArgument, "a forest needs at least one column");
  if (state != nullptr) {
    RETURN_IF_ERROR(LoadState(*state));
  } else {
    BinSettings settings;
    settings.bins_max = settings_.bins_max;
    settings.rows_per_bin_min = 1;
    ASSIGN_OR_RETURN(bins_, BuildBins(context, settings));
  }
  return Status::Ok();
}

// A rank that is new, or whose gathering was cut off, lacks the rows: then everybody gives its own once more.
Status Forest::GatherWhereMissing(WorkerContext& context) {
  std::vector<int64_t> without = {data_.rows == 0 ? 1 : 0};
  RETURN_IF_ERROR(context.comm->AllReduceSum(std::span<int64_t>(without)));
  if (without[0] == 0) return Status::Ok();
  ASSIGN_OR_RETURN(data_, GatherForestData(context, bins_, settings_.memory_mb << 20));
  if (data_.rows == 0) return Status(Code::kInvalidArgument, "there are no rows to train on");
  if (settings_.trees >= kTreesWorthOrder && !settings_.tree.random_cuts) {
    Reorder(data_, TreeBuilder::OrderByLeaves(data_, settings_.tree, context.seed), *context.pool);
  }
  return Status::Ok();
}

// Trees first, first + 1, … : number t is grown by rank t mod ranks.
Result<std::vector<Tree>> Forest::GrowBatch(WorkerContext& context, size_t count) {
  const auto ranks = static_cast<size_t>(context.comm->size()), rank = static_cast<size_t>(context.comm->rank());
  const size_t first = trees_.trees.size();
  std::vector<size_t> numbers;
  for (size_t i = 0; i < count; ++i) {
    if (i % ranks == rank) numbers.push_back(first + i);
  }
  TreeSet mine;
  mine.outputs = trees_.outputs;
  mine.trees.resize(numbers.size());
  context.pool->ParallelFor(numbers.size(), [&](size_t i) {
    mine.trees[i] = TreeBuilder(data_, settings_.tree, context.seed).Build(numbers[i]);
  });
  if (ranks == 1) return std::move(mine.trees);
  Bundle bundle;
  mine.Save(bundle);
  ASSIGN_OR_RETURN(const std::vector<std::vector<uint8_t>> all, context.comm->AllGather(bundle.Encode()));
  std::vector<Tree> trees(count);
  for (size_t r = 0; r < ranks; ++r) {
    const std::string what = "trees of rank " + std::to_string(r);
    ASSIGN_OR_RETURN(const Bundle theirs, Bundle::Decode(all[r], what));
    ASSIGN_OR_RETURN(TreeSet set, TreeSet::Load(theirs, schema_.columns));
    if (set.trees.size() != (count + ranks - 1 - r) / ranks) return Status(Code::kCorruption, what + " are of another number");
    for (size_t i = 0; i < set.trees.size(); ++i) trees[r + i * ranks] = std::move(set.trees[i]);
  }
  return trees;
}

Result<StepReport> Forest::Step(WorkerContext& context) {
  StepReport report;
  if (!finished_) RETURN_IF_ERROR(GatherWhereMissing(context));
  if (!finished_ && trees_.trees.size() < settings_.trees) {
    const size_t count = std::min(settings_.trees_at_once, settings_.trees - trees_.trees.size());
    ASSIGN_OR_RETURN(std::vector<Tree> trees, GrowBatch(context, count));
    for (Tree& tree : trees) trees_.trees.push_back(std::move(tree));
    report.rows = schema_.rows * count;
    finished_ = trees_.trees.size() == settings_.trees && !settings_.out_of_bag;
  } else if (!finished_) {
    ASSIGN_OR_RETURN(score_, OutOfBag(context));
    finished_ = true;
    report.rows = schema_.rows;
  }
  if (!std::isnan(score_)) report.figures["oob_score"] = score_;
  report.figures["trees"] = static_cast<double>(trees_.trees.size());
  report.finished = finished_;
  report.progress = static_cast<double>(trees_.trees.size()) / static_cast<double>(settings_.trees);
  return report;
}

// The votes of a tree on the rows [begin, end), by number, that are not in its bag.
struct Votes {
  const ForestData& data;
  std::vector<int64_t> votes, counts;   // by number of the row

  void Add(const BinnedTree& tree, Bag bag, size_t begin, size_t end) {
    std::array<const uint8_t*, BinnedTree::kLanes> bins{};
    std::array<size_t, BinnedTree::kLanes> rows{};
    size_t used = 0;
    const auto flush = [&] {
      for (size_t l = used; l < rows.size(); ++l) bins[l] = bins[0];
      const auto values = tree.ValueRows(bins);
      for (size_t l = 0; l < used; ++l) AddOne(tree, values[l], rows[l]);
      used = 0;
    };
    for (size_t row = begin; row < end; ++row) {
      if (bag.Times(row) > 0) continue;
      rows[used] = row;
      bins[used++] = data.Row(data.places[row]);
      if (used == rows.size()) flush();
    }
    if (used > 0) flush();
  }

 private:
  void AddOne(const BinnedTree& tree, size_t value_row, size_t row) {
    const size_t width = votes.size() / counts.size();
    const int64_t* units = tree.Units(value_row);
    for (size_t k = 0; k < width; ++k) votes[row * width + k] += units[k];
    ++counts[row];
  }
};

// Every rank lets its trees vote on the rows that they did not see.
Result<double> Forest::OutOfBag(WorkerContext& context) const {
  const auto ranks = static_cast<size_t>(context.comm->size()), rank = static_cast<size_t>(context.comm->rank());
  constexpr size_t kPiece = 512;        // rows that a second-level cache holds
  std::vector<std::unique_ptr<BinnedTree>> binned(trees_.trees.size());
  context.pool->ParallelFor(binned.size(), [&](size_t t) {
    if (t % ranks == rank) binned[t] = std::make_unique<BinnedTree>(trees_.trees[t], trees_.outputs, data_);
  });
  Votes votes{data_, std::vector<int64_t>(data_.rows * trees_.outputs), std::vector<int64_t>(data_.rows)};
  context.pool->ParallelFor((data_.rows + kPiece - 1) / kPiece, [&](size_t piece) {
    const size_t end = std::min(data_.rows, (piece + 1) * kPiece);
    for (size_t t = rank; t < binned.size(); t += ranks) {
      votes.Add(*binned[t], Bag(context.seed, t, settings_.tree.sample_fraction), piece * kPiece, end);
    }
  });
  RETURN_IF_ERROR(context.comm->AllReduceSum(std::span<int64_t>(votes.votes)));
  RETURN_IF_ERROR(context.comm->AllReduceSum(std::span<int64_t>(votes.counts)));
  return Score(votes.votes, votes.counts);
}

double Forest::Score(const std::vector<int64_t>& votes, const std::vector<int64_t>& counts) const {
  const size_t width = trees_.outputs;
  double weights = 0, right = 0, sum = 0, squares = 0, errors = 0;
  for (size_t row = 0; row < data_.rows; ++row) {
    if (counts[row] == 0) continue;
    const size_t place = data_.places[row];
    const double weight = data_.weights.empty() ? 1.0 : static_cast<double>(data_.weights[place]);
    const auto label = static_cast<double>(data_.labels[place]);
    weights += weight;
    if (schema_.classes > 0) {
      const int64_t* row_votes = votes.data() + row * width;
      right += std::max_element(row_votes, row_votes + width) - row_votes == static_cast<ptrdiff_t>(label) ? weight : 0;
      continue;
    }
    const double answer = static_cast<double>(votes[row]) / BinnedTree::kUnits / static_cast<double>(counts[row]);
    sum += weight * label;
    squares += weight * label * label;
    errors += weight * (answer - label) * (answer - label);
  }
  if (weights <= 0) return 0;
  if (schema_.classes > 0) return right / weights;
  const double variance = squares - sum * sum / weights;
  return variance > 0 ? 1 - errors / variance : 0;
}

Bundle Forest::SaveState() const {
  Bundle state;
  SaveBins(bins_, state);
  trees_.Save(state);
  state.SetDoubles("score", std::vector<double>{score_});
  state.SetLongs("finished", std::vector<int64_t>{finished_ ? 1 : 0});
  return state;
}

Status Forest::LoadState(const Bundle& state) {
  ASSIGN_OR_RETURN(std::vector<ColumnBins> bins, LoadBins(state));
  ASSIGN_OR_RETURN(TreeSet trees, TreeSet::Load(state, schema_.columns));
  ASSIGN_OR_RETURN(const std::vector<double> score, state.Doubles("score"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> finished, state.Longs("finished"));
  if (bins.size() != schema_.columns || trees.outputs != trees_.outputs || trees.trees.size() > settings_.trees ||
      score.size() != 1 || finished.size() != 1) {
    return Status(Code::kInvalidArgument, "the checkpoint belongs to other data or settings");
  }
  bins_ = std::move(bins);
  trees_ = std::move(trees);
  score_ = score[0];
  finished_ = finished[0] != 0;
  return Status::Ok();
}

Result<std::unique_ptr<Model>> Forest::Finish() {
  TreeModel::Parts parts;
  parts.algorithm = settings_.name;
  parts.schema = schema_;
  parts.link = TreeLink::kMean;
  parts.boosted = false;
  parts.outputs = trees_.outputs;
  parts.trees = trees_;
  if (!std::isnan(score_)) parts.notes["oob_score"] = std::to_string(score_);
  return std::unique_ptr<Model>(std::make_unique<TreeModel>(std::move(parts)));
}

}  // namespace

std::unique_ptr<Algorithm> MakeForest(const ForestSettings& settings, const Schema& schema) {
  return std::make_unique<Forest>(settings, schema);
}

}  // namespace tusk::ml
