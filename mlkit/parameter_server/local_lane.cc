// Local steps.
#include "mlkit/parameter_server/local_lane.h"

#include <algorithm>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {

void LocalLane::Begin(const ModelShape& shape, const std::vector<float>& parameters, std::span<const uint32_t> keys) {
  loss_ = 0;
  weight_ = 0;
  own_.resize(shape.length());
  if (!shape.by_column) {
    own_ = parameters;
    sum_.assign(shape.length(), 0.0F);
    return;
  }
  for (const uint32_t key : keys) std::copy_n(parameters.data() + key * shape.width, shape.width, own_.data() + key * shape.width);
  touched_.Clear();
  sum_.clear();
  intercept_.assign(shape.width, 0.0F);
}

void LocalLane::Step(const ModelShape& shape, const GradientLane& lane, float rate) {
  const size_t length = shape.length(), width = shape.width;
  const float weight = shape.by_column ? lane.sparse.tail[width + 1] : lane.sum[length + 1];
  loss_ += static_cast<double>(shape.by_column ? lane.sparse.tail[width] : lane.sum[length]);
  weight_ += weight;
  if (!(weight > 0)) return;
  const float scale = 1 / weight, step = -rate * scale;
  if (!shape.by_column) {
    Cpu().axpy(scale, lane.sum.data(), sum_.data(), length);
    Cpu().axpy(step, lane.sum.data(), own_.data(), shape.rest_is_zero ? shape.penalized * width : length);
    return;
  }
  for (size_t i = 0; i < lane.sparse.columns.size(); ++i) {
    const uint32_t column = lane.sparse.columns[i], place = touched_.Find(column);
    sum_.resize(std::max(sum_.size(), (place + size_t{1}) * width));
    for (size_t k = 0; k < width; ++k) {
      const float gradient = lane.sparse.values[i * width + k];
      sum_[place * width + k] += scale * gradient;
      own_[column * width + k] += step * gradient;
    }
  }
  for (size_t k = 0; k < width; ++k) {
    intercept_[k] += scale * lane.sparse.tail[k];
    if (!shape.rest_is_zero) own_[length - width + k] += step * lane.sparse.tail[k];
  }
}

void LocalLane::GiveTo(const ModelShape& shape, GradientLane& lane) const {
  const auto loss = static_cast<float>(loss_);
  std::vector<float>& values = shape.by_column ? lane.sparse.values : lane.sum;
  values = sum_;
  for (float& value : values) value *= weight_;
  if (!shape.by_column) {
    values.insert(values.end(), {loss, weight_});
    return;
  }
  lane.sparse.columns = touched_.columns();
  lane.sparse.tail = intercept_;
  for (float& value : lane.sparse.tail) value *= weight_;
  lane.sparse.tail.insert(lane.sparse.tail.end(), {loss, weight_});
}

}  // namespace tusk::ml
