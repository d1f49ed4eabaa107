// OutputRecipe: one output file as units that can be made in any order, anywhere, any number of times, to the same bytes. What
// runs them (threads of `tusk quant`, containers of a job) needs to know nothing else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/status.h"
#include "quant/types/row_device.h"

namespace tusk::quant {

// What codes lose against the weights that they stand for; sums of double precision, so they may be added up in any order.
struct CodeError {
  double squared = 0;      // of the differences
  double power = 0;        // of the weights, squared
  uint64_t weights = 0;    // that were compared; 0: none
  void Add(const CodeError& other) {
    squared += other.squared;
    power += other.power;
    weights += other.weights;
  }
  void See(float weight, float decoded) {
    const double value = static_cast<double>(weight), difference = value - static_cast<double>(decoded);
    squared += difference * difference;
    power += value * value;
    ++weights;
  }
};

// Rows that CodeErrors are measured on: those whose number within the tensor is a multiple of it.
inline constexpr uint64_t kMeasuredRowsEvery = 8;

// Buffers of one worker, kept between units, and what it wants of them.
struct UnitScratch {
  std::vector<uint8_t> in;
  std::vector<float> floats, decoded;
  RowDevice* device = nullptr;   // encodes where it can
  bool measure = false;
  CodeError error;               // of the last unit, where `measure`
};

class OutputRecipe {
 public:
  struct Unit {
    uint64_t offset = 0, bytes = 0;  // within the output file; units and header cover it without overlap
    uint64_t in_bytes = 0;           // that are read for it
  };
  struct Tensor {
    std::string name, type;
    std::vector<uint64_t> shape;     // as the file has it
    uint64_t bytes = 0, source_bytes = 0;
    size_t first_unit = 0;           // and those after it, up to the next tensor's
  };
  virtual ~OutputRecipe() = default;
  // The file's first bytes.
  virtual ByteView header() const = 0;
  virtual uint64_t size() const = 0;
  virtual const std::vector<Unit>& units() const = 0;
  // In the order of the file.
  virtual const std::vector<Tensor>& tensors() const = 0;
  // Makes a unit's bytes; out has its size. Thread-safe.
  virtual Status Run(size_t unit, UnitScratch& scratch, MutableByteView out) const = 0;

  // There is a tensor for every unit.
  size_t TensorOf(size_t unit) const {
    const auto after = std::upper_bound(tensors().begin(), tensors().end(), unit, [](size_t number, const Tensor& tensor) { return number < tensor.first_unit; });
    return static_cast<size_t>(after - tensors().begin()) - 1;
  }
};

}  // namespace tusk::quant
