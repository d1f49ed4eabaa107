// Learning block by block.
#include "mlkit/sgd/online/online_linear.h"

#include <cmath>
#include <numeric>

#include "mlkit/device/cpu/kernels.h"
#include "mlkit/sgd/linear_model.h"

namespace tusk::ml {

OnlineLinear::OnlineLinear(LinearSettings settings, Schema schema)
    : settings_(std::move(settings)), schema_(std::move(schema)), outputs_(settings_.OutputsFor(schema_)),
      learner_(settings_, schema_.columns, outputs_) {}

Result<std::unique_ptr<OnlineLinear>> OnlineLinear::Make(LinearSettings settings, Schema schema) {
  if (settings.rule == nullptr || settings.optimizer == "svrg") {
    return Status(Code::kInvalidArgument, "partial_fit needs an optimizer of mini-batches (sgd, momentum, nesterov, adagrad, adam, adamw, ftrl)");
  }
  return std::unique_ptr<OnlineLinear>(new OnlineLinear(std::move(settings), std::move(schema)));
}

Status OnlineLinear::PartialFit(std::shared_ptr<const Block> block) {
  if (block->sparse != schema_.sparse) return Status(Code::kInvalidArgument, "partial_fit: dense and sparse blocks do not mix");
  RETURN_IF_ERROR(ValidateBlock(*block, schema_, false));
  ShardRows rows;
  rows.block = block;
  rows.weights = block->weights;
  if (!settings_.class_weights.empty()) {
    rows.weights.resize(block->rows, 1.0F);
    for (size_t row = 0; row < block->rows; ++row) rows.weights[row] *= static_cast<float>(settings_.class_weights[static_cast<size_t>(block->labels[row])]);
  }
  std::vector<uint32_t> order(block->rows);
  std::iota(order.begin(), order.end(), 0U);
  const size_t length = (schema_.columns + 1) * outputs_;
  std::vector<float> gradient(length + 2);
  SparseGradient sparse;
  for (size_t begin = 0; begin < order.size(); begin += settings_.batch) {
    const auto piece = std::span<const uint32_t>(order).subspan(begin, std::min(settings_.batch, order.size() - begin));
    // An epoch is what has been seen of schema.rows; where that is not known, every block is one.
    const double epochs = static_cast<double>(rows_) / static_cast<double>(schema_.rows > 0 ? schema_.rows : block->rows);
    const auto rate = static_cast<float>(settings_.schedule.RateAt(epochs, static_cast<double>(settings_.epochs)));
    if (schema_.sparse) {
      SparseLaneGradient(*settings_.loss, rows, piece, schema_.columns, outputs_, learner_.parameters().data(), &learner_, nullptr, scratch_, sparse);
      if (sparse.tail[outputs_ + 1] > 0) learner_.SparseStep(rate, sparse, 1 / sparse.tail[outputs_ + 1]);
    } else {
      DenseLaneGradient(*settings_.loss, rows, piece, schema_.columns, outputs_, piece.size(), learner_.parameters().data(), nullptr, scratch_, gradient);
      if (gradient[length + 1] > 0) {
        Cpu().scale(1 / gradient[length + 1], gradient.data(), length);
        learner_.DenseStep(rate, std::span(gradient).first(length));
      }
    }
    rows_ += piece.size();
  }
  return Status::Ok();
}

Result<std::unique_ptr<Model>> OnlineLinear::MakeModel() const {
  LinearLearner now = learner_;
  now.Settle();
  return std::unique_ptr<Model>(
      std::make_unique<LinearModel>(settings_.algorithm, schema_, outputs_, settings_.loss->link(),
                                    std::vector<double>(now.parameters().begin(), now.parameters().end())));
}

}  // namespace tusk::ml
