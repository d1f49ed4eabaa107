// A worker's step.
#include "mlkit/parameter_server/exchange_worker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mlkit/device/cpu/kernels.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {

ExchangeWorker::ExchangeWorker(const ExchangeSettings& settings, LaneModel& model, std::vector<Lane> lanes)
    : settings_(settings), model_(model), shape_(model.shape()), parameters_(shape_.length()), lanes_(std::move(lanes)) {
  if (shape_.by_column) place_of_column_.resize(shape_.keys);
}

void ExchangeWorker::TakeRows(const WorkerContext& context, size_t lane_rows) {
  for (Lane& lane : lanes_) {
    if (drifts() && lane.place.row >= lane.rows.training.size()) lane.place = {lane.place.epoch + 1, 0};
    const auto order = lane.order.Of(lane.rows.training, context.seed, lane.rows.number, lane.place.epoch);
    lane.now = LaneOrder::Piece(order, lane.place.row, lane_rows);
    lane.place.row += lane.now.size();
    work_.rows += static_cast<double>(lane.now.size());
  }
}

// The columns that the step's rows have, and the intercept.
void ExchangeWorker::FindKeys() {
  keys_.assign(1, static_cast<uint32_t>(shape_.keys - 1));
  for (const Lane& lane : lanes_) {
    for (const uint32_t row : lane.now) {
      const SparseRow entries = lane.rows.block->Row(row);
      keys_.insert(keys_.end(), entries.columns.begin(), entries.columns.end());
    }
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  for (size_t i = 0; i < keys_.size(); ++i) place_of_column_[keys_[i]] = static_cast<uint32_t>(i);
}

Status ExchangeWorker::Compute(WorkerContext& context, const StepPlan& plan) {
  if (settings_.how.local_steps > 0) {
    RETURN_IF_ERROR(LocalSteps(context, plan));
  } else {
    std::vector<GradientWanted> wanted;
    for (Lane& lane : lanes_) wanted.push_back({&lane, lane.now, parameters_.data()});
    RETURN_IF_ERROR(model_.Gradients(context, wanted, plan.number));
  }
  for (const Lane& lane : lanes_) {
    work_.loss += static_cast<double>(shape_.by_column ? lane.sparse.tail[shape_.width] : lane.sum[length()]);
    work_.weight += static_cast<double>(WeightOf(lane));
  }
  return Status::Ok();
}

Status ExchangeWorker::LocalSteps(WorkerContext& context, const StepPlan& plan) {
  const size_t steps = settings_.how.local_steps, piece = (plan.lane_rows + steps - 1) / steps;
  context.pool->ParallelFor(lanes_.size(), [&](size_t i) { lanes_[i].local.Begin(shape_, parameters_, keys_); });
  std::vector<GradientWanted> wanted;
  std::vector<Lane*> whose;
  for (size_t h = 0; h < steps; ++h) {
    wanted.clear();
    whose.clear();
    for (Lane& lane : lanes_) {
      const auto rows = LaneOrder::Piece(lane.now, h * piece, piece);
      if (rows.empty()) continue;
      wanted.push_back({&lane, rows, lane.local.parameters()});
      whose.push_back(&lane);
    }
    if (wanted.empty()) break;
    RETURN_IF_ERROR(model_.Gradients(context, wanted, plan.number * steps + h));
    context.pool->ParallelFor(whose.size(), [&](size_t i) { whose[i]->local.Step(shape_, *whose[i], plan.rate); });
  }
  context.pool->ParallelFor(lanes_.size(), [&](size_t i) { lanes_[i].local.GiveTo(shape_, lanes_[i]); });
  return Status::Ok();
}

// Keys ascend, the intercept last.
LaneGradient ExchangeWorker::Of(const Lane& lane) {
  if (!shape_.by_column) return {lane.rows.number, WeightOf(lane), {}, std::span(lane.sum).first(length())};
  const SparseGradient& sparse = lane.sparse;
  order_.resize(sparse.columns.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return sparse.columns[a] < sparse.columns[b]; });
  lane_keys_.clear();
  values_.clear();
  const auto append = [&](const std::vector<float>& from, size_t at) {
    values_.insert(values_.end(), from.begin() + static_cast<ptrdiff_t>(at), from.begin() + static_cast<ptrdiff_t>(at + shape_.width));
  };
  for (const size_t at : order_) {
    lane_keys_.push_back(sparse.columns[at]);
    append(sparse.values, at * shape_.width);
  }
  lane_keys_.push_back(static_cast<uint32_t>(shape_.keys - 1));
  append(sparse.tail, 0);
  return {lane.rows.number, WeightOf(lane), lane_keys_, values_};
}

// Means of lanes, never sums: what a codec leaves out of a step with many rows must not weigh more in one with few. Each lane counts the
// same, however many rows of it a slow worker takes, so paces do not move the optimum. Drifting workers push the mean of their lanes
// at their share of the rate; in step, the servers add up shares of one mean (a lane that has come to the epoch's end adds nothing).
Status ExchangeWorker::PushMerged(ParameterClient& client, const StepPlan& plan, size_t lane_count) {
  const size_t with_rows = static_cast<size_t>(std::count_if(lanes_.begin(), lanes_.end(), [&](const Lane& lane) { return WeightOf(lane) > 0; }));
  if (lanes_.empty() || (with_rows == 0 && (drifts() || !plan.last))) return Status::Ok();
  values_.assign(shape_.by_column ? keys_.size() * shape_.width : length(), 0.0F);
  const auto lanes = static_cast<float>(lane_count), counted = drifts() ? static_cast<float>(with_rows) : lanes;
  for (const Lane& lane : lanes_) {
    if (!(WeightOf(lane) > 0)) continue;
    const float scale = 1 / (WeightOf(lane) * counted);
    if (!shape_.by_column) {
      Cpu().axpy(scale, lane.sum.data(), values_.data(), length());
      continue;
    }
    for (size_t i = 0; i < lane.sparse.columns.size(); ++i) {
      for (size_t k = 0; k < shape_.width; ++k) values_[place_of_column_[lane.sparse.columns[i]] * shape_.width + k] += scale * lane.sparse.values[i * shape_.width + k];
    }
    for (size_t k = 0; k < shape_.width; ++k) values_[(keys_.size() - 1) * shape_.width + k] += scale * lane.sparse.tail[k];
  }
  const float weight = drifts() ? 1 : static_cast<float>(lanes_.size()) / lanes, share = drifts() ? static_cast<float>(with_rows) / lanes * static_cast<float>(plan.steps) : 1;
  return client.Push({lanes_.front().rows.number, weight, keys_, values_}, plan.rate * share, plan.last);
}

Status ExchangeWorker::Step(WorkerContext& context, ParameterClient& client, const StepPlan& plan) {
  TakeRows(context, plan.lane_rows);
  if (shape_.by_column) {
    FindKeys();
    values_.resize(keys_.size() * shape_.width);
    RETURN_IF_ERROR(client.Pull(keys_, values_, plan.steps));
    for (size_t i = 0; i < keys_.size(); ++i) {
      std::copy_n(values_.data() + i * shape_.width, shape_.width, parameters_.data() + keys_[i] * shape_.width);
    }
  } else {
    RETURN_IF_ERROR(client.Pull({}, parameters_, plan.steps));
  }
  RETURN_IF_ERROR(Compute(context, plan));
  if (!std::isfinite(work_.loss)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
  if (merges()) {
    RETURN_IF_ERROR(PushMerged(client, plan, context.shard_count));
  } else {
    for (const Lane& lane : lanes_) RETURN_IF_ERROR(client.Push(Of(lane), plan.rate, false));
  }
  return client.Tick(plan.rate, plan.steps);
}

}  // namespace tusk::ml
