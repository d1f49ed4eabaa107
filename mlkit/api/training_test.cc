// The runtime of one process, checkpoints and metrics, with a toy algorithm: the mean of the labels, one lane a step.
#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/api/checkpoint.h"
#include "mlkit/api/local_training.h"
#include "mlkit/api/metrics.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

// Scores = a constant, or the first column.
class ToyModel final : public Model {
 public:
  ToyModel(Schema schema, double mean) : schema_(std::move(schema)), mean_(mean) {}
  std::string algorithm() const override { return "toy"; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return 1; }
  Status Scores(const Block& block, std::span<float> out) const override {
    for (size_t row = 0; row < block.rows; ++row) {
      out[row] = schema_.classes == 0 ? static_cast<float>(mean_) : block.DenseRow(row)[0];
    }
    return Status::Ok();
  }
  Status Probabilities(const Block& block, std::span<float> out) const override {
    if (schema_.classes == 0) return Status(Code::kUnsupported, "regression");
    for (size_t row = 0; row < block.rows; ++row) {
      const float chance = std::clamp(0.5F + block.DenseRow(row)[0], 0.0F, 1.0F);
      out[2 * row] = 1 - chance;
      out[2 * row + 1] = chance;
    }
    return Status::Ok();
  }
  Bundle Save() const override { return {}; }
  std::string Describe() const override { return std::to_string(mean_); }

 private:
  Schema schema_;
  double mean_;
};

class ToyAlgorithm final : public Algorithm {
 public:
  size_t WantedShards() const override { return 3; }
  Status Start(WorkerContext& context, const Bundle* state) override {
    schema_ = *context.schema;
    if (state == nullptr) return Status::Ok();
    ASSIGN_OR_RETURN(sums_, state->Doubles("sums"));
    return Status::Ok();
  }
  Status ShardsChanged(WorkerContext&) override { return Status::Ok(); }
  Result<StepReport> Step(WorkerContext& context) override {
    const Block& block = *context.shards[sums_.size()].block;
    double sum = 0;
    for (const float label : block.labels) sum += label;
    sums_.push_back(sum);
    return StepReport{.finished = sums_.size() == 3, .rows = block.rows};
  }
  Bundle SaveState() const override {
    Bundle bundle;
    bundle.SetDoubles("sums", sums_);
    return bundle;
  }
  Result<std::unique_ptr<Model>> Finish() override {
    double sum = 0;
    for (const double part : sums_) sum += part;
    return std::make_unique<ToyModel>(schema_, sum / static_cast<double>(schema_.rows));
  }

 private:
  Schema schema_;
  std::vector<double> sums_;
};

Block Rows(std::vector<float> values, std::vector<float> labels) {
  Block block;
  block.rows = labels.size();
  block.columns = 1;
  block.dense = std::move(values);
  block.labels = std::move(labels);
  block.origin = "toy";
  return block;
}

std::shared_ptr<const Dataset> Numbers(size_t blocks) {
  std::vector<Block> all;
  for (size_t i = 0; i < blocks; ++i) all.push_back(Rows({1, 2}, {static_cast<float>(i), 1}));
  return MakeInMemoryDataset(Schema{}, std::move(all));
}

TEST(TrainLocallyTest, StepsUntilTheAlgorithmHasFinished) {
  ToyAlgorithm algorithm;
  uint64_t rows = 0, steps = 0;
  const auto model = TrainLocally(algorithm, Numbers(5), {.threads = 2, .on_step = [&](uint64_t step, const StepReport& report) {
                                    steps = step;
                                    rows += report.rows;
                                    return Status::Ok();
                                  }});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  EXPECT_EQ((*model)->Describe(), "1.500000");  // (0 + 1 + 2 + 3 + 4 + 5 * 1) / 10
  EXPECT_EQ(rows, 10u);
  EXPECT_EQ(steps, 3u);
}

TEST(TrainLocallyTest, ACancelledTrainingLeavesACheckpointThatGoesOn) {
  std::atomic<bool> cancelled = false;
  Bundle saved;
  uint64_t saved_step = 0;
  LocalTrainingOptions options{.threads = 1};
  options.cancelled = &cancelled;
  options.on_step = [&](uint64_t step, const StepReport&) {
    cancelled = step == 2;
    return Status::Ok();
  };
  options.checkpoint = [&](uint64_t step, const Bundle& state) {
    saved = state;
    saved_step = step;
    return Status::Ok();
  };
  ToyAlgorithm first;
  const auto stopped = TrainLocally(first, Numbers(5), options);
  EXPECT_EQ(stopped.code(), Code::kCancelled);
  EXPECT_EQ(stopped.status().message(), "stopped after step 2");
  ASSERT_EQ(saved_step, 2u);
  ToyAlgorithm second;
  const auto model = TrainLocally(second, Numbers(5), {.threads = 1, .state = &saved, .steps_done = 2});
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->Describe(), "1.500000");
}

TEST(TrainLocallyTest, BadRowsAndNoRowsAreErrors) {
  ToyAlgorithm algorithm;
  std::vector<Block> blocks;
  blocks.push_back(Rows({1, kMissing}, {1, 2}));
  const auto bad = TrainLocally(algorithm, MakeInMemoryDataset(Schema{}, std::move(blocks)), {});
  EXPECT_EQ(bad.status().message(), "toy: row 1, column 0: NaN (this algorithm takes no missing values)");
  EXPECT_EQ(TrainLocally(algorithm, Numbers(0), {}).status().message(), "the data set has no rows");
}

TEST(CheckpointTest, ThereAndBackAndOnlyForTheSameTraining) {
  Checkpoint checkpoint{.algorithm = "toy", .parameters = {{"rate", "0.5"}}, .seed = 7, .steps = 12, .shards = 4,
                        .schema = {.rows = 10, .columns = 2}, .state = {}};
  checkpoint.state.SetDoubles("sums", std::vector<double>{1, 2});
  const Result<Checkpoint> read = Checkpoint::Load(*Bundle::Decode(checkpoint.Save().Encode(), "c"));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->steps, 12u);
  EXPECT_EQ(*read->state.Doubles("sums"), (std::vector<double>{1, 2}));
  EXPECT_TRUE(read->Fits("toy", {{"rate", "0.5"}}, 7, checkpoint.schema, 4).ok());
  EXPECT_EQ(read->Fits("toy", {}, 7, checkpoint.schema, 4).message(),
            "the checkpoint is of another training: its rate is 0.5, not (default)");
  EXPECT_FALSE(read->Fits("toy", {{"rate", "0.5"}}, 8, checkpoint.schema, 4).ok());
  EXPECT_FALSE(read->Fits("toy", {{"rate", "0.5"}}, 7, checkpoint.schema, 5).ok());
  EXPECT_FALSE(read->Fits("toy", {{"rate", "0.5"}}, 7, Schema{.rows = 11, .columns = 2}, 4).ok());
  EXPECT_EQ(Checkpoint::Load(Bundle()).status().message(), "not a checkpoint of tusk");
}

TEST(MetricsTest, OfAClassifier) {
  ThreadPool pool(2);
  std::vector<Block> blocks;
  blocks.push_back(Rows({-0.4F, 0.4F, 0.1F}, {0, 1, 0}));
  blocks.push_back(Rows({-0.1F, 0.3F}, {1, 1}));
  const auto data = MakeInMemoryDataset(Schema{.classes = 2}, std::move(blocks));
  const Result<Metrics> metrics = Evaluate(ToyModel(data->schema(), 0), *data, pool);
  ASSERT_TRUE(metrics.ok()) << metrics.status().ToString();
  EXPECT_DOUBLE_EQ(*metrics->accuracy, 0.6);
  EXPECT_DOUBLE_EQ(*metrics->auc, 5.0 / 6);  // of 6 pairs, (-0.1 positive, 0.1 negative) is the wrong way round
  const double loss = -(std::log(0.9) + std::log(0.9) + std::log(0.4) + std::log(0.4) + std::log(0.8)) / 5;
  EXPECT_NEAR(*metrics->log_loss, loss, 1e-6);
  EXPECT_EQ(metrics->confusion, (std::vector<uint64_t>{1, 1, 1, 2}));
  EXPECT_FALSE(metrics->rmse.has_value());
}

TEST(MetricsTest, OfARegression) {
  ThreadPool pool(1);
  std::vector<Block> blocks;
  blocks.push_back(Rows({0, 0, 0}, {1, 2, 6}));
  const auto data = MakeInMemoryDataset(Schema{}, std::move(blocks));
  const Result<Metrics> metrics = Evaluate(ToyModel(data->schema(), 2), *data, pool);
  ASSERT_TRUE(metrics.ok());
  EXPECT_DOUBLE_EQ(*metrics->rmse, std::sqrt(17.0 / 3));
  EXPECT_DOUBLE_EQ(*metrics->mae, 5.0 / 3);
  EXPECT_DOUBLE_EQ(*metrics->r2, 1 - 17.0 / 14);
}

TEST(MetricsTest, TiesCountHalfAndWeightsCount) {
  std::vector<ScoredRow> rows = {{1, 1, true}, {1, 1, false}, {0, 3, false}, {2, 2, true}};
  EXPECT_DOUBLE_EQ(*AreaUnderCurve(rows), (1 * 3.5 + 2 * 4) / (3.0 * 4));
  std::vector<ScoredRow> one_class = {{1, 1, true}};
  EXPECT_FALSE(AreaUnderCurve(one_class).has_value());
  std::vector<ScoredRow> nan = {{kMissing, 1, true}, {1, 1, false}};
  EXPECT_FALSE(AreaUnderCurve(nan).has_value());
}

}  // namespace
}  // namespace tusk::ml
