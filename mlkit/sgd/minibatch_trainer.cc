// The mini-batch trainer of linear models.
#include "mlkit/sgd/minibatch_trainer.h"

#include <algorithm>
#include <cmath>

#include "mlkit/sgd/lane_average.h"
#include "mlkit/sgd/lane_gradient.h"
#include "mlkit/sgd/lane_order.h"
#include "mlkit/sgd/linear_learner.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/row_sums.h"
#include "mlkit/sgd/training_rows.h"

namespace tusk::ml {
namespace {

struct Lane {
  ShardRows rows;
  LaneOrder order;
  LaneScratch scratch;
};

class MinibatchTrainer final : public Algorithm {
 public:
  explicit MinibatchTrainer(LinearSettings settings) : settings_(std::move(settings)) {
    row_settings_ = {settings_.loss->classifies(), settings_.balanced, settings_.class_weights, settings_.validation_fraction};
  }

  size_t WantedShards() const override { return settings_.lanes; }

  Status Start(WorkerContext& context, const Bundle* state) override {
    schema_ = *context.schema;
    outputs_ = settings_.OutputsFor(schema_);
    learner_ = LinearLearner(settings_, schema_.columns, outputs_);
    if (state == nullptr) {
      ASSIGN_OR_RETURN(totals_, AgreeOnRows(context, row_settings_));
      stage_ = FirstStage();
    } else {
      RETURN_IF_ERROR(Restore(*state));
    }
    if (settings_.patience > 0 && !(totals_.held_out_weight > 0)) {
      return Status(Code::kInvalidArgument, "patience needs held-out rows: set validation_fraction, or give more rows");
    }
    return ShardsChanged(context);
  }

  Status ShardsChanged(WorkerContext& context) override {
    lanes_.clear();
    numbers_.clear();
    for (ShardRows& rows : PrepareRows(context, row_settings_, totals_)) {
      numbers_.push_back(rows.number);
      lanes_.push_back({std::move(rows), {}, {}});
    }
    partials_.assign(lanes_.size(), {});
    sparse_partials_.assign(lanes_.size(), {});
    lane_rows_ = settings_.LaneRows(context.shard_count);
    rows_a_step_ = lane_rows_ * (settings_.local_steps > 0 ? settings_.local_steps : settings_.accumulate);
    steps_an_epoch_ = std::max<uint64_t>(1, (static_cast<uint64_t>(totals_.most_rows) + rows_a_step_ - 1) / rows_a_step_);
    return Status::Ok();
  }

  // Each kind of superstep changes the state only after its one collective.
  Result<StepReport> Step(WorkerContext& context) override {
    StepReport report;
    if (stage_ == Stage::kSnapshot) {
      RETURN_IF_ERROR(TakeSnapshot(context));
      stage_ = Stage::kUpdate;
    } else if (stage_ == Stage::kValidate) {
      RETURN_IF_ERROR(Validate(context, report));
    } else {
      ASSIGN_OR_RETURN(const double rows, settings_.local_steps > 0 ? LocalRound(context)
                                          : schema_.sparse          ? SparseUpdate(context)
                                                                    : DenseUpdate(context));
      report.rows = static_cast<uint64_t>(rows);
      if (++position_ >= steps_an_epoch_) RETURN_IF_ERROR(EndEpoch(report));
    }
    report.progress = report.finished ? 1 : std::min(1.0, (static_cast<double>(epoch_) + Fraction()) / static_cast<double>(settings_.epochs));
    report.figures["epoch"] = static_cast<double>(epoch_) + Fraction();
    return report;
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    learner_.SaveTo(bundle);
    bundle.SetLongs("position", std::vector<int64_t>{static_cast<int64_t>(epoch_), static_cast<int64_t>(position_), static_cast<int64_t>(waited_),
                                                     static_cast<int64_t>(stage_)});
    bundle.SetDoubles("losses", std::vector<double>{loss_sum_, weight_sum_, best_loss_});
    bundle.SetFloats("best", best_);
    bundle.SetFloats("snapshot", snapshot_);
    return bundle;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    LinearLearner now = learner_;
    now.Settle();
    const std::vector<float>& parameters = best_.empty() ? now.parameters() : best_;
    return std::unique_ptr<Model>(std::make_unique<LinearModel>(settings_.algorithm, schema_, outputs_, settings_.loss->link(),
                                                                std::vector<double>(parameters.begin(), parameters.end())));
  }

 private:
  enum class Stage : int64_t { kSnapshot, kUpdate, kValidate };  // what the next superstep does
  Stage FirstStage() const { return settings_.optimizer == "svrg" ? Stage::kSnapshot : Stage::kUpdate; }
  size_t length() const { return (schema_.columns + 1) * outputs_; }
  double Fraction() const { return static_cast<double>(position_) / static_cast<double>(steps_an_epoch_); }
  float Rate(double fraction_more = 0) const {
    return static_cast<float>(settings_.schedule.RateAt(static_cast<double>(epoch_) + Fraction() + fraction_more, static_cast<double>(settings_.epochs)));
  }
  const float* snapshot() const { return snapshot_.empty() ? nullptr : snapshot_.data(); }

  Status Restore(const Bundle& state) {
    ASSIGN_OR_RETURN(totals_, RowTotals::LoadFrom(state, schema_.classes));
    RETURN_IF_ERROR(learner_.Restore(state));
    ASSIGN_OR_RETURN(const std::vector<int64_t> position, state.Longs("position"));
    ASSIGN_OR_RETURN(const std::vector<double> losses, state.Doubles("losses"));
    ASSIGN_OR_RETURN(best_, state.Floats("best"));
    ASSIGN_OR_RETURN(snapshot_, state.Floats("snapshot"));
    const auto fits = [&](const std::vector<float>& values) { return values.empty() || values.size() == length(); };
    if (position.size() != 4 || position[3] < 0 || position[3] > 2 || losses.size() != 3 || !fits(best_) || !fits(snapshot_)) {
      return Status(Code::kCorruption, "the state is not one of " + settings_.algorithm + " on this data");
    }
    epoch_ = static_cast<uint64_t>(position[0]);
    position_ = static_cast<uint64_t>(position[1]);
    waited_ = static_cast<uint64_t>(position[2]);
    stage_ = static_cast<Stage>(position[3]);
    loss_sum_ = losses[0];
    weight_sum_ = losses[1];
    best_loss_ = losses[2];
    return Status::Ok();
  }

  std::span<const uint32_t> RowsOf(const WorkerContext& context, Lane& lane, size_t begin, size_t count) const {
    const auto order = lane.order.Of(lane.rows.training, context.seed, lane.rows.number, epoch_);
    return LaneOrder::Piece(order, begin, count);
  }

  // One update from all lanes' rows; gives the sum of weights.
  Result<double> DenseUpdate(WorkerContext& context) {
    context.pool->ParallelFor(lanes_.size(), [&](size_t i) {
      const auto rows = RowsOf(context, lanes_[i], position_ * rows_a_step_, rows_a_step_);
      partials_[i].resize(length() + 2);
      DenseLaneGradient(*settings_.loss, lanes_[i].rows, rows, schema_.columns, outputs_, lane_rows_, learner_.parameters().data(),
                        snapshot(), lanes_[i].scratch, partials_[i]);
    });
    ASSIGN_OR_RETURN(const std::span<float> sum, SumOverLanes(context, numbers_, partials_, length() + 2, buffer_));
    const float weight = sum[length() + 1];
    Count(static_cast<double>(sum[length()]), static_cast<double>(weight));
    if (!(weight > 0)) return 0.0;
    const auto gradient = sum.first(length());
    Cpu().scale(1 / weight, gradient.data(), gradient.size());
    learner_.DenseStep(Rate(), gradient);
    return static_cast<double>(weight);
  }

  Result<double> SparseUpdate(WorkerContext& context) {
    context.pool->ParallelFor(lanes_.size(), [&](size_t i) {
      const auto rows = RowsOf(context, lanes_[i], position_ * rows_a_step_, rows_a_step_);
      SparseLaneGradient(*settings_.loss, lanes_[i].rows, rows, schema_.columns, outputs_, learner_.parameters().data(), &learner_, snapshot(), lanes_[i].scratch,
                         sparse_partials_[i]);
    });
    SparseGradient sum;
    RETURN_IF_ERROR(SumSparse(*context.comm, context.shard_count, schema_.columns, outputs_, numbers_, sparse_partials_, sum));
    const float weight = sum.tail[outputs_ + 1];
    Count(static_cast<double>(sum.tail[outputs_]), static_cast<double>(weight));
    if (!(weight > 0)) return 0.0;
    learner_.SparseStep(Rate(), sum, 1 / weight);
    return static_cast<double>(weight);
  }

  void Count(double loss, double weight) {
    loss_sum_ += loss;
    weight_sum_ += weight;
  }

  // Every lane steps on its own from the common weights; then weights and slots are averaged, each lane by its rows.
  Result<double> LocalRound(WorkerContext& context) {
    const size_t vectors = 1 + learner_.slots().size();
    context.pool->ParallelFor(lanes_.size(), [&](size_t i) { LocalSteps(context, lanes_[i], partials_[i]); });
    ASSIGN_OR_RETURN(const LocalMean mean, MeanOfLocal(context, numbers_, partials_, vectors * length(), buffer_));
    Count(mean.loss, mean.weight);
    if (!(mean.rows > 0)) return 0.0;
    const auto part = [&](size_t v) { return mean.vectors.subspan(v * length(), length()); };
    std::copy_n(part(0).data(), length(), learner_.mutable_parameters().data());
    for (size_t s = 0; s + 1 < vectors; ++s) std::copy_n(part(s + 1).data(), length(), learner_.slots()[s].data());
    learner_.set_steps(learner_.steps() + settings_.local_steps);
    return mean.rows;
  }

  void LocalSteps(const WorkerContext& context, Lane& lane, std::vector<float>& partial) const {
    LinearLearner own = learner_;
    std::vector<float> gradient(length() + 2);
    SparseGradient sparse;
    LocalWork work;
    for (size_t h = 0; h < settings_.local_steps; ++h) {
      const auto rows = RowsOf(context, lane, position_ * rows_a_step_ + h * lane_rows_, lane_rows_);
      if (rows.empty()) break;
      const float rate = Rate(static_cast<double>(h) / static_cast<double>(settings_.local_steps * steps_an_epoch_));
      float weight = 0;
      if (schema_.sparse) {
        SparseLaneGradient(*settings_.loss, lane.rows, rows, schema_.columns, outputs_, own.parameters().data(), &own, nullptr, lane.scratch, sparse);
        weight = sparse.tail[outputs_ + 1];
        work.loss += static_cast<double>(sparse.tail[outputs_]);
        if (weight > 0) own.SparseStep(rate, sparse, 1 / weight);
      } else {
        DenseLaneGradient(*settings_.loss, lane.rows, rows, schema_.columns, outputs_, lane_rows_, own.parameters().data(), nullptr,
                          lane.scratch, gradient);
        weight = gradient[length() + 1];
        work.loss += static_cast<double>(gradient[length()]);
        Cpu().scale(weight > 0 ? 1 / weight : 0.0F, gradient.data(), length());
        if (weight > 0) own.DenseStep(rate, std::span(gradient).first(length()));
      }
      work.weight += static_cast<double>(weight);
      work.rows += rows.size();
    }
    own.Settle();
    std::vector<const std::vector<float>*> vectors = {&own.parameters()};
    for (const std::vector<float>& slot : own.slots()) vectors.push_back(&slot);
    PutLocal(vectors, work, partial);
  }

  // SVRG: the weights now, and the mean gradient of all rows there.
  Status TakeSnapshot(WorkerContext& context) {
    LinearLearner settled = learner_;
    settled.Settle();
    const std::vector<double> parameters(settled.parameters().begin(), settled.parameters().end());
    ASSIGN_OR_RETURN(std::vector<double> sum, SumOfRows(context, parameters, WhichRows::kTraining));
    std::vector<float> drift(length());
    for (size_t i = 0; i < drift.size(); ++i) drift[i] = static_cast<float>(sum[i] / totals_.training_weight);
    settled.SetDrift(std::move(drift));
    snapshot_ = settled.parameters();
    learner_ = std::move(settled);
    return Status::Ok();
  }

  Result<std::vector<double>> SumOfRows(WorkerContext& context, const std::vector<double>& parameters, WhichRows which) const {
    std::vector<const ShardRows*> shards;
    for (const Lane& lane : lanes_) shards.push_back(&lane.rows);
    return SumOverRows(context, *settings_.loss, outputs_, totals_, shards, parameters, which);
  }

  Status EndEpoch(StepReport& report) {
    learner_.Settle();
    if (!std::isfinite(loss_sum_)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
    if (weight_sum_ > 0) report.figures["loss"] = loss_sum_ / weight_sum_;
    loss_sum_ = weight_sum_ = 0;
    position_ = 0;
    ++epoch_;
    stage_ = totals_.held_out_weight > 0 ? Stage::kValidate : FirstStage();
    report.finished = stage_ != Stage::kValidate && epoch_ >= settings_.epochs;
    return Status::Ok();
  }

  Status Validate(WorkerContext& context, StepReport& report) {
    const std::vector<double> parameters(learner_.parameters().begin(), learner_.parameters().end());
    ASSIGN_OR_RETURN(const std::vector<double> sum, SumOfRows(context, parameters, WhichRows::kHeldOut));
    const double loss = sum[0] / totals_.held_out_weight;
    report.figures["validation_loss"] = loss;
    bool stop = false;
    if (settings_.patience > 0) {
      if (best_.empty() || loss < best_loss_ - settings_.tolerance) {
        best_loss_ = loss;
        best_ = learner_.parameters();
        waited_ = 0;
      } else {
        stop = ++waited_ >= settings_.patience;
      }
    }
    stage_ = FirstStage();
    report.finished = stop || epoch_ >= settings_.epochs;
    return Status::Ok();
  }

  LinearSettings settings_;
  RowSettings row_settings_;
  Schema schema_;
  size_t outputs_ = 1;
  RowTotals totals_;
  std::vector<Lane> lanes_;
  std::vector<size_t> numbers_;
  size_t lane_rows_ = 1, rows_a_step_ = 1;
  uint64_t steps_an_epoch_ = 1;

  LinearLearner learner_;
  Stage stage_ = Stage::kUpdate;
  uint64_t epoch_ = 0, position_ = 0, waited_ = 0;
  double loss_sum_ = 0, weight_sum_ = 0, best_loss_ = 0;
  std::vector<float> best_;      // early stopping's; empty: none yet
  std::vector<float> snapshot_;  // SVRG's

  std::vector<std::vector<float>> partials_;
  std::vector<SparseGradient> sparse_partials_;
  std::vector<float> buffer_;
};

}  // namespace

std::unique_ptr<Algorithm> MakeMinibatchTrainer(LinearSettings settings) { return std::make_unique<MinibatchTrainer>(std::move(settings)); }

}  // namespace tusk::ml
