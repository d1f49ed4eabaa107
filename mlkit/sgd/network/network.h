// Network: the shape of a multi-layer perceptron, where its parameters lie, and its forward pass on a tape.
#pragma once

#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/tensor/tape.h"

namespace tusk::ml {

struct Network {
  std::vector<size_t> sizes;             // inputs, hidden layers, outputs
  Activation activation = Activation::kRelu;

  size_t layers() const { return sizes.size() - 1; }
  // All weights lie before all biases, so penalties concern one range.
  ParameterRange Weights(size_t layer) const;
  ParameterRange Bias(size_t layer) const;
  size_t weight_count() const;
  size_t parameter_count() const;

  // He's (relu, gelu) or Glorot's initial weights; biases 0.
  std::vector<float> InitialParameters(uint64_t seed) const;
  // Scores of x. Dropout after every hidden layer where rate > 0; `step` makes its numbers others in every pass.
  Result<Tape::Value> Forward(Tape& tape, Tape::Value x, float dropout, uint64_t seed, uint64_t step) const;
};

inline const std::vector<std::string>& ActivationNames() {
  static const std::vector<std::string> names = {"relu", "gelu", "tanh", "sigmoid"};  // in the order of Activation
  return names;
}

}  // namespace tusk::ml
