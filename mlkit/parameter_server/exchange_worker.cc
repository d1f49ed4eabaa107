// A worker's step.
#include "mlkit/parameter_server/exchange_worker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mlkit/device/cpu/kernels.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {

ExchangeWorker::ExchangeWorker(const ExchangeSettings& settings, const Schema& schema, std::vector<Lane> lanes)
    : settings_(settings), schema_(schema), outputs_(settings.linear.OutputsFor(schema)), weights_(settings.linear, schema.columns, outputs_),
      lanes_(std::move(lanes)) {
  if (schema.sparse) place_of_column_.resize(schema.columns + 1);
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
  keys_.assign(1, static_cast<uint32_t>(schema_.columns));
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

void ExchangeWorker::Compute(WorkerContext& context, size_t piece) {
  const Loss& loss = *settings_.linear.loss;
  context.pool->ParallelFor(lanes_.size(), [&](size_t i) {
    Lane& lane = lanes_[i];
    if (schema_.sparse) {
      SparseLaneGradient(loss, lane.rows, lane.now, schema_.columns, outputs_, weights_, nullptr, lane.scratch, lane.sparse);
    } else {
      lane.sum.resize(length() + 2);
      DenseLaneGradient(loss, lane.rows, lane.now, schema_.columns, outputs_, piece, weights_.parameters().data(), nullptr, lane.scratch, lane.sum);
    }
  });
  for (const Lane& lane : lanes_) {
    work_.loss += static_cast<double>(schema_.sparse ? lane.sparse.tail[outputs_] : lane.sum[length()]);
    work_.weight += static_cast<double>(WeightOf(lane));
  }
}

// Keys ascend, the intercept last.
LaneGradient ExchangeWorker::Of(const Lane& lane) {
  if (!schema_.sparse) return {lane.rows.number, WeightOf(lane), {}, std::span(lane.sum).first(length())};
  const SparseGradient& sparse = lane.sparse;
  order_.resize(sparse.columns.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return sparse.columns[a] < sparse.columns[b]; });
  lane_keys_.clear();
  values_.clear();
  const auto append = [&](const std::vector<float>& from, size_t at) {
    values_.insert(values_.end(), from.begin() + static_cast<ptrdiff_t>(at), from.begin() + static_cast<ptrdiff_t>(at + outputs_));
  };
  for (const size_t at : order_) {
    lane_keys_.push_back(sparse.columns[at]);
    append(sparse.values, at * outputs_);
  }
  lane_keys_.push_back(static_cast<uint32_t>(schema_.columns));
  append(sparse.tail, 0);
  return {lane.rows.number, WeightOf(lane), lane_keys_, values_};
}

// Means of lanes, never sums: what a codec leaves out of a step with many rows must not weigh more in one with few. Each lane counts the
// same, however many rows of it a slow worker takes, so paces do not move the optimum. Drifting workers push the mean of their lanes
// at their share of the rate; in step, the servers add up shares of one mean (a lane that has come to the epoch's end adds nothing).
Status ExchangeWorker::PushMerged(ParameterClient& client, float rate, size_t lane_count, bool last) {
  const size_t with_rows = static_cast<size_t>(std::count_if(lanes_.begin(), lanes_.end(), [&](const Lane& lane) { return WeightOf(lane) > 0; }));
  if (lanes_.empty() || (with_rows == 0 && (drifts() || !last))) return Status::Ok();
  values_.assign(schema_.sparse ? keys_.size() * outputs_ : length(), 0.0F);
  const auto lanes = static_cast<float>(lane_count), counted = drifts() ? static_cast<float>(with_rows) : lanes;
  for (const Lane& lane : lanes_) {
    if (!(WeightOf(lane) > 0)) continue;
    const float scale = 1 / (WeightOf(lane) * counted);
    if (!schema_.sparse) {
      Cpu().axpy(scale, lane.sum.data(), values_.data(), length());
      continue;
    }
    for (size_t i = 0; i < lane.sparse.columns.size(); ++i) {
      for (size_t k = 0; k < outputs_; ++k) values_[place_of_column_[lane.sparse.columns[i]] * outputs_ + k] += scale * lane.sparse.values[i * outputs_ + k];
    }
    for (size_t k = 0; k < outputs_; ++k) values_[(keys_.size() - 1) * outputs_ + k] += scale * lane.sparse.tail[k];
  }
  const float weight = drifts() ? 1 : static_cast<float>(lanes_.size()) / lanes, share = drifts() ? static_cast<float>(with_rows) / lanes : 1;
  return client.Push({lanes_.front().rows.number, weight, keys_, values_}, rate * share, last);
}

Status ExchangeWorker::Step(WorkerContext& context, ParameterClient& client, size_t lane_rows, float rate, bool last) {
  const double start = context.post->Now();
  TakeRows(context, lane_rows);
  if (schema_.sparse) FindKeys();
  work_.seconds += context.post->Now() - start;
  if (schema_.sparse) {
    values_.resize(keys_.size() * outputs_);
    RETURN_IF_ERROR(client.Pull(keys_, values_));
    for (size_t i = 0; i < keys_.size(); ++i) {
      std::copy_n(values_.data() + i * outputs_, outputs_, weights_.mutable_parameters().data() + keys_[i] * outputs_);
    }
  } else {
    RETURN_IF_ERROR(client.Pull({}, weights_.mutable_parameters()));
  }
  const double begin = context.post->Now();
  Compute(context, lane_rows);
  work_.seconds += context.post->Now() - begin;
  if (!std::isfinite(work_.loss)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
  if (merges()) {
    RETURN_IF_ERROR(PushMerged(client, rate, context.shard_count, last));
  } else {
    for (const Lane& lane : lanes_) RETURN_IF_ERROR(client.Push(Of(lane), rate, false));
  }
  return client.Tick(rate);
}

}  // namespace tusk::ml
