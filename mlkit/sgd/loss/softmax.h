// Cross entropy of the softmax of `classes` scores; value and derivatives in one pass over the kernels.
#pragma once

#include "mlkit/sgd/loss/loss.h"

namespace tusk::ml {

class SoftmaxLoss final : public Loss {
 public:
  bool classifies() const override { return true; }
  Link link() const override { return Link::kSoftmax; }
  size_t OutputsFor(size_t classes) const override { return classes < 2 ? 2 : classes; }
  double Slopes(size_t rows, size_t outputs, const float* labels, const float* weights, float* scores) const override;
  double Row(size_t outputs, const double* scores, float label, double* slopes) const override;
};

}  // namespace tusk::ml
