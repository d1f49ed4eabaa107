// LocalLane: a lane that takes some plain gradient steps alone before it pushes. What it pushes is the sum of the mean gradients on its
// way: with optimizer=sgd the servers then average the lanes' weights, as local SGD does; other optimizers step along it.
#pragma once

#include <span>
#include <vector>

#include "mlkit/sgd/lane_model.h"

namespace tusk::ml {

class LocalLane {
 public:
  // From `parameters` on; by column, where the rows have entries (`keys`).
  void Begin(const ModelShape& shape, const std::vector<float>& parameters, std::span<const uint32_t> keys);
  const float* parameters() const { return own_.data(); }
  // A step along the lane's last gradient.
  void Step(const ModelShape& shape, const GradientLane& lane, float rate);
  // The lane's gradient becomes that of all its steps.
  void GiveTo(const ModelShape& shape, GradientLane& lane) const;

 private:
  std::vector<float> own_;
  double loss_ = 0;
  float weight_ = 0;
  std::vector<float> sum_;            // of mean gradients; by column: of the touched ones
  ColumnIndex touched_;
  std::vector<float> intercept_;      // by column
};

}  // namespace tusk::ml
