// Gradients of perceptrons, for lanes.
#include "mlkit/sgd/network/network_lanes.h"

#include <algorithm>

#include "mlkit/sgd/network/network_gradients.h"
#include "mlkit/sgd/network/network_model.h"

namespace tusk::ml {
namespace {

class NetworkLanes final : public LaneModel {
 public:
  NetworkLanes(MlpSettings settings, const Schema& schema) : settings_(std::move(settings)), schema_(schema), network_(settings_.NetworkFor(schema)) {
    shape_ = {.keys = network_.parameter_count(), .width = 1, .penalized = network_.weight_count()};
  }

  const ModelShape& shape() const override { return shape_; }
  std::vector<float> InitialParameters(uint64_t seed) const override { return network_.InitialParameters(seed); }

  Status Open(ThreadPool& pool) override {
    ASSIGN_OR_RETURN(gradients_, NetworkGradients::Open(settings_.make_backend, pool, network_, settings_.how.loss->classifies(), static_cast<float>(settings_.dropout)));
    return parameters_.Make(gradients_->backend(), shape_.length());
  }

  // One pass for all lanes that stand at the same parameters.
  Status Gradients(WorkerContext& context, std::span<const GradientWanted> wanted, uint64_t stream) override {
    for (size_t begin = 0, end = 0; begin < wanted.size(); begin = end) {
      while (end < wanted.size() && wanted[end].parameters == wanted[begin].parameters) ++end;
      RETURN_IF_ERROR(Pass(context, wanted.subspan(begin, end - begin), stream));
    }
    return gradients_->backend().Check();
  }

  Result<double> HeldOutLoss(WorkerContext& context, const RowTotals& totals, std::span<const ShardRows* const> shards,
                             std::span<const float> parameters) const override {
    ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, MakeModel(parameters));
    return ml::HeldOutLoss(context, *model, *settings_.how.loss, totals, shards);
  }

  Result<std::unique_ptr<Model>> MakeModel(std::span<const float> parameters) const override {
    return std::unique_ptr<Model>(std::make_unique<NetworkModel>(schema_, network_, std::vector<float>(parameters.begin(), parameters.end())));
  }

 private:
  Status Pass(WorkerContext& context, std::span<const GradientWanted> wanted, uint64_t stream) {
    const size_t length = shape_.length();
    TensorBackend& backend = gradients_->backend();
    std::vector<NetworkGradients::LaneBatch> lanes;
    for (const GradientWanted& one : wanted) lanes.push_back({&one.lane->rows, one.rows});
    backend.Upload({wanted.front().parameters, length}, parameters_.data());
    RETURN_IF_ERROR(gradients_->Compute(context, lanes, parameters_.data(), false, stream));
    for (size_t i = 0; i < wanted.size(); ++i) {
      std::vector<float>& sum = wanted[i].lane->sum;
      sum.resize(length + 2);
      backend.Download(gradients_->gradients() + i * length, std::span(sum).first(length));
      sum[length] = static_cast<float>(gradients_->losses()[i]);
      sum[length + 1] = gradients_->lane_weights()[i];
    }
    return Status::Ok();
  }

  const MlpSettings settings_;
  const Schema schema_;
  const Network network_;
  ModelShape shape_;
  std::unique_ptr<NetworkGradients> gradients_;   // before what lives in its backend
  BackendMemory parameters_;
};

}  // namespace

std::unique_ptr<LaneModel> MakeNetworkLanes(MlpSettings settings, const Schema& schema) {
  return std::make_unique<NetworkLanes>(std::move(settings), schema);
}

}  // namespace tusk::ml
