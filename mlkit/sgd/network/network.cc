// Shape and forward pass of a multi-layer perceptron.
#include "mlkit/sgd/network/network.h"

#include <cmath>

#include "mlkit/api/random.h"

namespace tusk::ml {

ParameterRange Network::Weights(size_t layer) const {
  size_t offset = 0;
  for (size_t l = 0; l < layer; ++l) offset += sizes[l] * sizes[l + 1];
  return {offset, sizes[layer], sizes[layer + 1]};
}

ParameterRange Network::Bias(size_t layer) const {
  size_t offset = weight_count();
  for (size_t l = 0; l < layer; ++l) offset += sizes[l + 1];
  return {offset, 1, sizes[layer + 1]};
}

size_t Network::weight_count() const {
  size_t count = 0;
  for (size_t l = 0; l < layers(); ++l) count += sizes[l] * sizes[l + 1];
  return count;
}

size_t Network::parameter_count() const {
  size_t count = weight_count();
  for (size_t l = 0; l < layers(); ++l) count += sizes[l + 1];
  return count;
}

std::vector<float> Network::InitialParameters(uint64_t seed) const {
  std::vector<float> parameters(parameter_count());
  for (size_t layer = 0; layer < layers(); ++layer) {
    const ParameterRange range = Weights(layer);
    const double fan_in = static_cast<double>(range.rows), fan_out = static_cast<double>(range.columns);
    const bool he = activation == Activation::kRelu || activation == Activation::kGelu;
    const double bound = he ? std::sqrt(6 / fan_in) : std::sqrt(6 / (fan_in + fan_out));
    Random random(seed, uint64_t{0x1e7} << 48 | layer);
    for (size_t i = 0; i < range.size(); ++i) parameters[range.offset + i] = static_cast<float>(random.Uniform(-bound, bound));
  }
  return parameters;
}

Result<Tape::Value> Network::Forward(Tape& tape, Tape::Value x, float dropout, uint64_t seed, uint64_t step) const {
  for (size_t layer = 0; layer < layers(); ++layer) {
    ASSIGN_OR_RETURN(x, tape.Linear(x, Weights(layer), Bias(layer)));
    if (layer + 1 == layers()) break;
    ASSIGN_OR_RETURN(x, tape.Activate(x, activation));
    if (dropout > 0) {
      ASSIGN_OR_RETURN(x, tape.Dropout(x, dropout, seed, step * layers() + layer));
    }
  }
  return x;
}

}  // namespace tusk::ml
