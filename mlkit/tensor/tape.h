// Tape: a forward pass that remembers how to go back. Values live in the backend's memory and are kept between passes (Clear):
// the same network on the same batch size allocates nothing. Parameters and their gradients are ranges of two flat
// arrays, so an optimizer or a collective sees one vector.
#pragma once

#include <functional>
#include <vector>

#include "mlkit/tensor/backend.h"

namespace tusk::ml {

// A matrix of the flat parameters.
struct ParameterRange {
  size_t offset = 0, rows = 0, columns = 0;
  size_t size() const { return rows * columns; }
};

class Tape {
 public:
  using Value = size_t;

  // `backend` lives longer.
  explicit Tape(TensorBackend& backend) : backend_(backend) {}
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // Begins a pass: `parameters`, and where gradients go: one sum over all lanes (lane_stride 0) or one an owned lane.
  void Begin(const LaneRows& lanes, const float* parameters, float* gradients, size_t lane_stride);

  // x is [rows of lanes][columns], in the backend's memory. With `wants_gradient`, GradientOf(x) is there after Backward.
  Value Input(const float* x, size_t columns, bool wants_gradient = false);
  Result<Value> Linear(Value x, ParameterRange weights, ParameterRange bias);
  Result<Value> Activate(Value x, Activation kind);
  Result<Value> Dropout(Value x, float rate, uint64_t seed, uint64_t stream);
  // The loss of the pass, each lane's sum into `losses`; ends the forward pass. weights may be null.
  void CrossEntropy(Value scores, const float* labels, const float* weights, std::span<double> losses);
  void SquaredError(Value scores, const float* labels, const float* weights, std::span<double> losses);
  Status Backward();

  const float* ValueOf(Value v) const { return nodes_[v].value; }
  size_t ColumnsOf(Value v) const { return nodes_[v].columns; }
  const float* GradientOf(Value v) const { return nodes_[v].gradient; }

 private:
  struct Node {
    size_t columns = 0;
    const float* value = nullptr;
    float* own_value = nullptr;
    float* gradient = nullptr;       // of the loss by the value
    bool wants_gradient = false;
    std::function<Status()> backward;
  };
  struct Memory {
    float* data = nullptr;
    size_t count = 0;
  };

  Result<float*> Take(size_t count);
  Result<Value> Add(size_t columns);
  Status NeedGradient(Value v);

  TensorBackend& backend_;
  LaneRows lanes_;
  const float* parameters_ = nullptr;
  float* gradients_ = nullptr;
  size_t lane_stride_ = 0;
  std::vector<Node> nodes_;
  std::vector<Memory> memory_;       // in order of use; used again in the next pass
  size_t taken_ = 0;
};

}  // namespace tusk::ml
