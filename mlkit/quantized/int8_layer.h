// Int8Layer: y = W x + b with int8 W (a scale for each output) and x coded row by row as it comes; sums of integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/data/block.h"

namespace tusk::ml {

class Int8Layer {
 public:
  // `weights` [inputs][outputs], as models keep them. `input_scale`: empty, or one for each input, by which x is divided.
  static Result<Int8Layer> Make(std::span<const float> weights, std::span<const float> bias, std::vector<float> input_scale);
  // Under `name`.weight, .weight_scale, .bias, .input_scale.
  void Save(const std::string& name, Bundle& bundle) const;
  static Result<Int8Layer> Load(const std::string& name, const Bundle& bundle);

  size_t inputs() const { return inputs_; }
  size_t outputs() const { return bias_.size(); }
  const std::vector<float>& scales() const { return scales_; }
  // x [rows][inputs] is overwritten; out [rows][outputs].
  Status Forward(std::span<float> x, size_t rows, std::span<float> out) const;
  // The same for a row that lists its values; columns < inputs().
  void ForwardSparse(const SparseRow& row, std::span<float> out) const;

 private:
  size_t inputs_ = 0;
  std::vector<uint8_t> codes_;         // [outputs][inputs], int8
  std::vector<float> scales_, bias_;   // [outputs]
  std::vector<float> input_scale_;     // empty or [inputs]
};

// The sum of a[i] * b[i] of int8 numbers.
int64_t DotInt8(const uint8_t* a, const uint8_t* b, size_t count);
int64_t DotInt8Scalar(const uint8_t* a, const uint8_t* b, size_t count);

}  // namespace tusk::ml
