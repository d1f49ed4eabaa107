// The operations, each with its way back.
#include "mlkit/tensor/tape.h"

namespace tusk::ml {

Tape::~Tape() {
  for (const Memory& memory : memory_) backend_.Free(memory.data);
}

void Tape::Begin(const LaneRows& lanes, const float* parameters, float* gradients, size_t lane_stride) {
  lanes_ = lanes;
  parameters_ = parameters;
  gradients_ = gradients;
  lane_stride_ = lane_stride;
  nodes_.clear();
  taken_ = 0;
}

Result<float*> Tape::Take(size_t count) {
  if (taken_ == memory_.size()) memory_.emplace_back();
  Memory& memory = memory_[taken_];
  if (memory.count < count) {
    if (memory.data != nullptr) backend_.Free(memory.data);
    memory = {};
    ASSIGN_OR_RETURN(memory.data, backend_.Allocate(count));
    memory.count = count;
  }
  ++taken_;
  return memory.data;
}

Result<Tape::Value> Tape::Add(size_t columns) {
  Node node;
  node.columns = columns;
  ASSIGN_OR_RETURN(node.own_value, Take(lanes_.rows() * columns));
  node.value = node.own_value;
  node.wants_gradient = true;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

Status Tape::NeedGradient(Value v) {
  if (nodes_[v].gradient != nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(nodes_[v].gradient, Take(lanes_.rows() * nodes_[v].columns));
  return Status::Ok();
}

Tape::Value Tape::Input(const float* x, size_t columns, bool wants_gradient) {
  Node node;
  node.columns = columns;
  node.value = x;
  node.wants_gradient = wants_gradient;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

Result<Tape::Value> Tape::Linear(Value x, ParameterRange weights, ParameterRange bias) {
  ASSIGN_OR_RETURN(const Value y, Add(weights.columns));
  const size_t rows = lanes_.rows();
  backend_.RepeatRow(rows, weights.columns, parameters_ + bias.offset, nodes_[y].own_value);
  backend_.Gemm(Transpose::kNo, Transpose::kNo, rows, weights.columns, weights.rows, nodes_[x].value, parameters_ + weights.offset,
                nodes_[y].own_value, true);
  nodes_[y].backward = [this, x, y, weights, bias]() -> Status {
    const float* dy = nodes_[y].gradient;
    backend_.WeightGradient(lanes_, weights.rows, weights.columns, nodes_[x].value, dy, gradients_ + weights.offset, lane_stride_);
    backend_.BiasGradient(lanes_, weights.columns, dy, gradients_ + bias.offset, lane_stride_);
    if (!nodes_[x].wants_gradient) return Status::Ok();
    RETURN_IF_ERROR(NeedGradient(x));
    backend_.Gemm(Transpose::kNo, Transpose::kYes, lanes_.rows(), weights.rows, weights.columns, dy, parameters_ + weights.offset,
                  nodes_[x].gradient, false);
    return Status::Ok();
  };
  return y;
}

// The gradient of an elementwise operation's result becomes that of its operand in place: a value is used once.
Result<Tape::Value> Tape::Activate(Value x, Activation kind) {
  ASSIGN_OR_RETURN(const Value y, Add(nodes_[x].columns));
  const size_t count = lanes_.rows() * nodes_[x].columns;
  backend_.Activate(kind, count, nodes_[x].value, nodes_[y].own_value);
  nodes_[y].backward = [this, x, y, kind, count]() -> Status {
    backend_.ActivateBackward(kind, count, nodes_[x].value, nodes_[y].value, nodes_[y].gradient);
    nodes_[x].gradient = nodes_[y].gradient;
    return Status::Ok();
  };
  return y;
}

Result<Tape::Value> Tape::Dropout(Value x, float rate, uint64_t seed, uint64_t stream) {
  const size_t columns = nodes_[x].columns, count = lanes_.rows() * columns;
  ASSIGN_OR_RETURN(float* mask, Take(count));
  backend_.DropoutMask(lanes_, columns, rate, seed, stream, mask);
  ASSIGN_OR_RETURN(const Value y, Add(columns));
  backend_.Multiply(count, nodes_[x].value, mask, nodes_[y].own_value);
  nodes_[y].backward = [this, x, y, mask, count]() -> Status {
    backend_.Multiply(count, nodes_[y].gradient, mask, nodes_[y].gradient);
    nodes_[x].gradient = nodes_[y].gradient;
    return Status::Ok();
  };
  return y;
}

void Tape::CrossEntropy(Value scores, const float* labels, const float* weights, std::span<double> losses) {
  backend_.CrossEntropy(lanes_, nodes_[scores].columns, labels, weights, nodes_[scores].own_value, losses);
  nodes_[scores].gradient = nodes_[scores].own_value;  // the scores have become it
}

void Tape::SquaredError(Value scores, const float* labels, const float* weights, std::span<double> losses) {
  backend_.SquaredError(lanes_, labels, weights, nodes_[scores].own_value, losses);
  nodes_[scores].gradient = nodes_[scores].own_value;
}

Status Tape::Backward() {
  for (size_t v = nodes_.size(); v-- > 0;) {
    if (nodes_[v].backward && nodes_[v].gradient != nullptr) RETURN_IF_ERROR(nodes_[v].backward());
  }
  return Status::Ok();
}

}  // namespace tusk::ml
