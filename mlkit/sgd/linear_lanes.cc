// Gradients of linear models, lane by lane.
#include "mlkit/sgd/linear_lanes.h"

#include <algorithm>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/row_sums.h"

namespace tusk::ml {
namespace {

constexpr size_t kPieceMax = 1024;   // rows that are copied together at once

class LinearLanes final : public LaneModel {
 public:
  LinearLanes(LinearSettings settings, const Schema& schema) : settings_(std::move(settings)), schema_(schema) {
    shape_ = {schema_.columns + 1, settings_.OutputsFor(schema_), schema_.columns, !settings_.intercept, schema_.sparse};
  }

  const ModelShape& shape() const override { return shape_; }

  Status Gradients(WorkerContext& context, std::span<const GradientWanted> wanted, uint64_t /*stream*/) override {
    context.pool->ParallelFor(wanted.size(), [&](size_t i) {
      const GradientWanted& one = wanted[i];
      GradientLane& lane = *one.lane;
      if (shape_.by_column) {
        SparseLaneGradient(*settings_.loss, lane.rows, one.rows, schema_.columns, shape_.width, one.parameters, nullptr, nullptr, lane.scratch,
                           lane.sparse);
        return;
      }
      lane.sum.resize(shape_.length() + 2);
      const size_t piece = std::clamp<size_t>(one.rows.size(), 1, kPieceMax);
      DenseLaneGradient(*settings_.loss, lane.rows, one.rows, schema_.columns, shape_.width, piece, one.parameters, nullptr, lane.scratch, lane.sum);
    });
    return Status::Ok();
  }

  Result<double> HeldOutLoss(WorkerContext& context, const RowTotals& totals, std::span<const ShardRows* const> shards,
                             std::span<const float> parameters) const override {
    const std::vector<double> exact(parameters.begin(), parameters.end());
    ASSIGN_OR_RETURN(const std::vector<double> sum, SumOverRows(context, *settings_.loss, shape_.width, totals, shards, exact, WhichRows::kHeldOut));
    return sum[0];
  }

  Result<std::unique_ptr<Model>> MakeModel(std::span<const float> parameters) const override {
    return std::unique_ptr<Model>(std::make_unique<LinearModel>(settings_.algorithm, schema_, shape_.width, settings_.loss->link(),
                                                                std::vector<double>(parameters.begin(), parameters.end())));
  }

 private:
  const LinearSettings settings_;
  const Schema schema_;
  ModelShape shape_;
};

}  // namespace

std::unique_ptr<LaneModel> MakeLinearLanes(LinearSettings settings, const Schema& schema) {
  return std::make_unique<LinearLanes>(std::move(settings), schema);
}

}  // namespace tusk::ml
