// ParameterTable: the weights of a range of keys, `width` floats a key, with the slots of their optimizer. A dense step is what
// LinearLearner does, bit by bit. A sparse step touches its keys only: penalties act on a key when it is touched, and not for the
// steps between.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "mlkit/api/bundle.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct TableSettings {
  std::shared_ptr<const GradientOptimizer> rule;
  double l1 = 0, l2 = 0;
  size_t width = 1;
  uint32_t unpenalized_from = UINT32_MAX;   // keys from here on (intercepts) are free of penalties
  bool freeze_unpenalized = false;          // and stay zero
};

class ParameterTable {
 public:
  ParameterTable(TableSettings settings, uint32_t begin, uint32_t end);

  size_t length() const { return values_.size(); }
  size_t width() const { return settings_.width; }
  std::span<const float> values() const { return values_; }
  // [length()], or empty: they stay.
  void SetValues(std::vector<float> values) {
    TUSK_CHECK(values.empty() || values.size() == values_.size());
    if (!values.empty()) values_ = std::move(values);
  }
  // `gradient` [length()] is spoiled.
  void DenseStep(float rate, std::span<float> gradient);
  // gradients [keys][width] is spoiled; keys ascend within the range.
  void SparseStep(float rate, std::span<const uint32_t> keys, std::span<float> gradients);
  void Read(std::span<const uint32_t> keys, std::span<float> out) const;

  // A range of this table as a table of its own, and back: all of it or nothing.
  ParameterTable Part(uint32_t begin, uint32_t end) const;
  Status PutPart(uint32_t begin, uint32_t end, const Bundle& saved);

  void SaveTo(Bundle& bundle) const;
  Status Restore(const Bundle& bundle);

 private:
  void Steps(StepInfo info, uint32_t key, size_t keys, float* gradients);

  TableSettings settings_;
  uint32_t begin_;
  std::vector<float> values_;
  std::vector<std::vector<float>> slots_;
  uint64_t steps_ = 0;
};

}  // namespace tusk::ml
