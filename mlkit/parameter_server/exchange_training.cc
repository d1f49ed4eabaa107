// The worker's loop.
#include "mlkit/parameter_server/exchange_training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mlkit/sgd/lane_gradient.h"
#include "mlkit/sgd/lane_order.h"
#include "mlkit/sgd/linear_model.h"

namespace tusk::ml {
namespace {

class ExchangeWorker {
 public:
  ExchangeWorker(const WorkerContext& context, const LinearSettings& settings, const RowTotals& totals, std::vector<ShardRows> shards,
                 GradientExchange& exchange)
      : settings_(settings), schema_(*context.schema), seed_(context.seed), outputs_(settings.OutputsFor(schema_)), exchange_(exchange),
        weights_(settings, schema_.columns, outputs_) {
    for (ShardRows& shard : shards) lanes_.push_back({std::move(shard), {}, {}, {}});
    lane_rows_ = static_cast<size_t>(std::ceil(static_cast<double>(settings.batch) / static_cast<double>(context.shard_count)));
    rows_a_step_ = lane_rows_ * settings.accumulate;
    steps_ = std::max<uint64_t>(1, (static_cast<uint64_t>(totals.most_rows) + rows_a_step_ - 1) / rows_a_step_);
  }

  // Mean loss of the worker's rows.
  Result<double> Epoch(uint64_t epoch) {
    loss_ = weight_ = 0;
    for (uint64_t step = 0; step < steps_; ++step) {
      const double done = static_cast<double>(epoch) + static_cast<double>(step) / static_cast<double>(steps_);
      const auto rate = static_cast<float>(settings_.schedule.RateAt(done, static_cast<double>(settings_.epochs)));
      for (Lane& lane : lanes_) {
        lane.now = LaneOrder::Piece(lane.order.Of(lane.rows.training, seed_, lane.rows.number, epoch), step * rows_a_step_, rows_a_step_);
      }
      RETURN_IF_ERROR(schema_.sparse ? SparseStep(rate) : DenseStep(rate));
      RETURN_IF_ERROR(exchange_.Tick(rate));
    }
    if (!std::isfinite(loss_)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
    return weight_ > 0 ? loss_ / weight_ : 0.0;
  }

 private:
  struct Lane {
    ShardRows rows;
    LaneOrder order;
    LaneScratch scratch;
    std::span<const uint32_t> now;   // rows of this step
  };

  size_t length() const { return (schema_.columns + 1) * outputs_; }

  Status DenseStep(float rate) {
    RETURN_IF_ERROR(exchange_.Pull({}, weights_.mutable_parameters()));
    sum_.resize(length() + 2);
    for (Lane& lane : lanes_) {
      DenseLaneGradient(*settings_.loss, lane.rows, lane.now, schema_.columns, outputs_, lane_rows_, weights_.parameters().data(), nullptr,
                        lane.scratch, sum_);
      Count(sum_[length()], sum_[length() + 1]);
      RETURN_IF_ERROR(exchange_.Push({lane.rows.number, sum_[length() + 1], {}, std::span(sum_).first(length())}, rate));
    }
    return Status::Ok();
  }

  // The columns that the step's rows have, and the intercept.
  std::vector<uint32_t> Touched() const {
    std::vector<uint32_t> keys = {static_cast<uint32_t>(schema_.columns)};
    for (const Lane& lane : lanes_) {
      for (const uint32_t row : lane.now) {
        const SparseRow entries = lane.rows.block->Row(row);
        keys.insert(keys.end(), entries.columns.begin(), entries.columns.end());
      }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  Status SparseStep(float rate) {
    const std::vector<uint32_t> touched = Touched();
    pulled_.resize(touched.size() * outputs_);
    RETURN_IF_ERROR(exchange_.Pull(touched, pulled_));
    for (size_t i = 0; i < touched.size(); ++i) {
      std::copy_n(pulled_.data() + i * outputs_, outputs_, weights_.mutable_parameters().data() + touched[i] * outputs_);
    }
    for (Lane& lane : lanes_) {
      SparseLaneGradient(*settings_.loss, lane.rows, lane.now, schema_.columns, outputs_, weights_, nullptr, lane.scratch, sparse_);
      Count(sparse_.tail[outputs_], sparse_.tail[outputs_ + 1]);
      SortColumns();
      RETURN_IF_ERROR(exchange_.Push({lane.rows.number, sparse_.tail[outputs_ + 1], keys_, sum_}, rate));
    }
    return Status::Ok();
  }

  // sparse_ into keys_ and sum_, ascending, the intercept last.
  void SortColumns() {
    order_.resize(sparse_.columns.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return sparse_.columns[a] < sparse_.columns[b]; });
    keys_.clear();
    sum_.clear();
    for (const size_t at : order_) {
      keys_.push_back(sparse_.columns[at]);
      const auto first = sparse_.values.begin() + static_cast<ptrdiff_t>(at * outputs_);
      sum_.insert(sum_.end(), first, first + static_cast<ptrdiff_t>(outputs_));
    }
    keys_.push_back(static_cast<uint32_t>(schema_.columns));
    sum_.insert(sum_.end(), sparse_.tail.begin(), sparse_.tail.begin() + static_cast<ptrdiff_t>(outputs_));
  }

  void Count(float loss, float weight) {
    loss_ += static_cast<double>(loss);
    weight_ += static_cast<double>(weight);
  }

  const LinearSettings& settings_;
  const Schema& schema_;
  const uint64_t seed_;
  const size_t outputs_;
  GradientExchange& exchange_;
  LinearLearner weights_;            // as pulled; it never steps
  std::vector<Lane> lanes_;
  size_t lane_rows_ = 1, rows_a_step_ = 1;
  uint64_t steps_ = 1;
  double loss_ = 0, weight_ = 0;
  std::vector<float> sum_, pulled_;
  std::vector<uint32_t> keys_;
  std::vector<size_t> order_;
  SparseGradient sparse_;
};

}  // namespace

Result<TableSettings> TableSettingsOf(const LinearSettings& settings, const Schema& schema) {
  if (!settings.rule || settings.full_batch() || settings.optimizer == "svrg" || settings.local_steps > 0 || settings.patience > 0) {
    return Status(Code::kInvalidArgument, "parameter servers train with mini-batch optimizers, without svrg, local_steps and patience; not with optimizer " +
                                              settings.optimizer);
  }
  if (schema.columns >= UINT32_MAX) return Status(Code::kInvalidArgument, "too many columns for parameter servers");
  TableSettings table;
  table.rule = settings.rule;
  table.l1 = settings.l1;
  table.l2 = settings.l2;
  table.width = settings.OutputsFor(schema);
  table.unpenalized_from = static_cast<uint32_t>(schema.columns);
  table.freeze_unpenalized = !settings.intercept;
  return table;
}

Result<std::vector<double>> TrainLinearByExchange(WorkerContext& context, const LinearSettings& settings, GradientExchange& exchange) {
  const RowSettings row_settings = {settings.loss->classifies(), settings.balanced, settings.class_weights, settings.validation_fraction};
  ASSIGN_OR_RETURN(const RowTotals totals, AgreeOnRows(context, row_settings));
  ExchangeWorker worker(context, settings, totals, PrepareRows(context, row_settings, totals), exchange);
  std::vector<double> losses;
  for (uint64_t epoch = 0; epoch < settings.epochs; ++epoch) {
    ASSIGN_OR_RETURN(const double loss, worker.Epoch(epoch));
    losses.push_back(loss);
  }
  return losses;
}

std::unique_ptr<Model> LinearModelOf(const LinearSettings& settings, const Schema& schema, std::span<const float> weights) {
  return std::make_unique<LinearModel>(settings.algorithm, schema, settings.OutputsFor(schema), settings.loss->link(),
                                       std::vector<double>(weights.begin(), weights.end()));
}

}  // namespace tusk::ml
