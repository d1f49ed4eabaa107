// Gradient descent on the squared error, in double precision.
#include "mlkit/testing/least_squares.h"

#include "mlkit/api/random.h"
#include "mlkit/collectives/shard_sum.h"

namespace tusk::ml {
namespace {

double ScoreOf(std::span<const double> weights, std::span<const float> row) {
  double score = weights.back();
  for (size_t c = 0; c < row.size(); ++c) score += weights[c] * static_cast<double>(row[c]);
  return score;
}

class LeastSquaresModel final : public Model {
 public:
  LeastSquaresModel(Schema schema, std::vector<double> weights) : schema_(std::move(schema)), weights_(std::move(weights)) {}
  std::string algorithm() const override { return "least_squares"; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return 1; }
  Status Scores(const Block& block, std::span<float> out) const override {
    for (size_t row = 0; row < block.rows; ++row) out[row] = static_cast<float>(ScoreOf(weights_, block.DenseRow(row)));
    return Status::Ok();
  }
  Status Probabilities(const Block&, std::span<float>) const override {
    return Status(Code::kUnsupported, "a regression has no probabilities");
  }
  Bundle Save() const override {
    Bundle bundle;
    bundle.SetText("format", "tusk.model");
    bundle.SetText("version", std::to_string(kModelVersion));
    bundle.SetText("algorithm", algorithm());
    bundle.SetText("schema", EncodeSchema(schema_));
    bundle.SetDoubles("weights", weights_);
    return bundle;
  }
  std::string Describe() const override { return "least squares, " + std::to_string(weights_.size()) + " weights"; }

 private:
  const Schema schema_;
  const std::vector<double> weights_;
};

class LeastSquares final : public Algorithm {
 public:
  explicit LeastSquares(LeastSquaresSettings settings) : settings_(settings) {}

  Status Start(WorkerContext& context, const Bundle* state) override {
    schema_ = *context.schema;
    if (state) {
      ASSIGN_OR_RETURN(weights_, state->Doubles("weights"));
      ASSIGN_OR_RETURN(const std::vector<int64_t> step, state->Longs("step"));
      if (weights_.size() != schema_.columns + 1 || step.size() != 1) return Status(Code::kCorruption, "least squares: a foreign state");
      step_ = static_cast<uint64_t>(step[0]);
      return Status::Ok();
    }
    ShardPartials<double> partials;
    for (const OwnedShard& shard : context.shards) {
      double& sum = partials[shard.number].emplace_back(0.0);
      for (float label : shard.block->labels) sum += static_cast<double>(label);
    }
    std::vector<double> sum(1);
    RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(partials), sum));
    weights_.assign(schema_.columns + 1, 0.0);
    weights_.back() = schema_.rows > 0 ? sum[0] / static_cast<double>(schema_.rows) : 0.0;
    return Status::Ok();
  }

  Status ShardsChanged(WorkerContext&) override { return Status::Ok(); }  // nothing is kept per shard

  Result<StepReport> Step(WorkerContext& context) override {
    ShardPartials<double> partials;  // the gradient, then the squared error
    for (const OwnedShard& shard : context.shards) {
      std::vector<double>& partial = partials[shard.number];
      partial.assign(weights_.size() + 1, 0.0);
      for (size_t row = 0; row < shard.block->rows; ++row) {
        const std::span<const float> x = shard.block->DenseRow(row);
        const double error = ScoreOf(weights_, x) - static_cast<double>(shard.block->labels[row]);
        for (size_t c = 0; c < x.size(); ++c) partial[c] += error * static_cast<double>(x[c]);
        partial[x.size()] += error;
        partial.back() += error * error;
      }
    }
    std::vector<double> sum(weights_.size() + 1);
    RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(partials), sum));
    const double rows = static_cast<double>(schema_.rows);
    for (size_t i = 0; i < weights_.size(); ++i) weights_[i] -= settings_.learning_rate * sum[i] / rows;
    ++step_;
    StepReport report;
    report.finished = step_ >= settings_.steps;
    report.rows = schema_.rows;
    report.progress = static_cast<double>(step_) / static_cast<double>(settings_.steps);
    report.figures["loss"] = sum.back() / rows;
    return report;
  }

  Bundle SaveState() const override {
    Bundle state;
    state.SetDoubles("weights", weights_);
    const int64_t step[] = {static_cast<int64_t>(step_)};
    state.SetLongs("step", step);
    return state;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    return std::unique_ptr<Model>(std::make_unique<LeastSquaresModel>(schema_, weights_));
  }

 private:
  const LeastSquaresSettings settings_;
  Schema schema_;
  std::vector<double> weights_;  // of the columns, then the constant
  uint64_t step_ = 0;
};

}  // namespace

std::unique_ptr<Algorithm> MakeLeastSquares(LeastSquaresSettings settings) { return std::make_unique<LeastSquares>(settings); }

std::shared_ptr<const Dataset> MakeLinearRows(size_t rows, size_t columns, size_t shards) {
  std::vector<Block> blocks(shards);
  Random random(7, 0);
  size_t made = 0;
  for (size_t s = 0; s < shards; ++s) {
    const size_t end = s == 1 && shards > 2 ? made : s + 1 == shards ? rows : rows * (s + 1) * (s + 1) / (shards * shards);
    Block& block = blocks[s];
    block.columns = columns;
    block.origin = "linear rows " + std::to_string(s);
    for (; made < end; ++made, ++block.rows) {
      double label = 1.0 + 0.1 * random.Normal();
      for (size_t c = 0; c < columns; ++c) {
        block.dense.push_back(static_cast<float>(random.Normal()));
        label += static_cast<double>(c + 1) * static_cast<double>(block.dense.back());
      }
      block.labels.push_back(static_cast<float>(label));
    }
  }
  return MakeInMemoryDataset({}, std::move(blocks));
}

}  // namespace tusk::ml
