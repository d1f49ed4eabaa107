// LinearLearner: the weights of a linear model under a first-order optimizer, with its slots. A sparse step touches the columns of
// its rows only: penalties (and SVRG's constant drift) of skipped steps are made up for when a column is touched again.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mlkit/api/bundle.h"
#include "mlkit/sgd/linear_settings.h"
#include "mlkit/sgd/sparse_gradient.h"

namespace tusk::ml {

class LinearLearner {
 public:
  LinearLearner() = default;
  LinearLearner(const LinearSettings& settings, size_t columns, size_t outputs);

  // One step with rate `rate` along the mean gradient [(columns + 1) * outputs], which is spoiled.
  void DenseStep(float rate, std::span<float> gradient);
  void SparseStep(float rate, const SparseGradient& gradient, float scale);
  // The weights of one column as of now, [outputs].
  void Current(uint32_t column, float* weights) const;
  // All weights as of now: nothing is owed any more.
  void Settle();

  const std::vector<float>& parameters() const { return parameters_; }
  std::vector<float>& mutable_parameters() { return parameters_; }
  std::vector<std::vector<float>>& slots() { return slots_; }
  uint64_t steps() const { return steps_; }
  void set_steps(uint64_t steps) { steps_ = steps; }
  // SVRG: added to every gradient from now on; call after Settle. Empty: none.
  void SetDrift(std::vector<float> drift) { drift_ = std::move(drift); }
  const std::vector<float>& drift() const { return drift_; }

  void SaveTo(Bundle& bundle) const;
  Status Restore(const Bundle& bundle);

 private:
  struct Owed {              // of one column, since it was touched
    double shrink = 1;       // product of 1 - rate * l2
    double reach = 0;        // sum of rates, each shrunk by what follows it
    double steps = 0;
  };
  Owed OwedBy(uint32_t column) const;
  void PayOwed(const Owed& owed, uint32_t column, float* weights) const;
  void BeginLazy();

  const LinearSettings* settings_ = nullptr;
  size_t columns_ = 0, outputs_ = 0;
  std::vector<float> parameters_;            // [columns][outputs], intercepts [outputs]
  std::vector<std::vector<float>> slots_;    // each like parameters_
  std::vector<float> drift_;                 // like parameters_, or empty
  uint64_t steps_ = 0;
  // Lazy part: empty until the first sparse step.
  std::vector<uint32_t> settled_;            // [columns] lazy steps that the column has seen
  std::vector<double> shrinks_, reaches_;    // [lazy steps + 1] products A and sums of rate / A
  double last_rate_ = 0;
};

}  // namespace tusk::ml
