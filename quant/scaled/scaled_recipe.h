// ScaledRecipe: a safetensors model with its matrices as int8 or fp8, as units that depend on nothing but the model and the settings.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "quant/convert/safetensors_set.h"
#include "quant/plan/output_recipe.h"
#include "quant/types/scaled.h"

namespace tusk::quant {

struct ScaledRecipeSettings {
  ScaledSettings coding;
  std::function<bool(const std::string& name)> exclude = nullptr;   // stay as they are
  bool allow_bad_weights = false;   // NaN and infinite ones become 0 and the largest float of their sign; else they are refused
};

// Whether a tensor of that name, type and shape is made of weights to quantize: matrices ("….weight") of floats.
bool IsScalable(const SetTensor& tensor);
// As a matrix: the last dimension is a row, of convolutions (four dimensions) all but the first.
struct MatrixShape {
  int64_t rows = 0, columns = 0;
};
MatrixShape MatrixOf(const std::vector<uint64_t>& shape);

// Rows of a tensor of floats as float32.
Status ReadFloatRows(const SafetensorsSet& set, const SetTensor& tensor, int64_t first, int64_t rows, std::vector<uint8_t>& bytes,
                     std::vector<float>& out);

class ScaledRecipe final : public OutputRecipe {
 public:
  static Result<std::unique_ptr<ScaledRecipe>> Make(SafetensorsSet set, ScaledRecipeSettings settings);

  ByteView header() const override { return header_bytes_; }
  uint64_t size() const override { return header_.data_offset + header_.data_bytes; }
  const std::vector<Unit>& units() const override { return units_; }
  const std::vector<Tensor>& tensors() const override { return tensors_; }
  Status Run(size_t unit, UnitScratch& scratch, MutableByteView out) const override;

  size_t quantized() const { return quantized_; }
  size_t copied() const { return copied_; }
  uint64_t weights() const { return weights_; }
  const SafetensorsSet& set() const { return set_; }

 private:
  enum class Part : uint8_t { kCopy, kCodes, kScales, kZeroPoints };
  struct Output {                  // of an entry of the header
    size_t tensor = 0;             // in set_
    Part part = Part::kCopy;
  };
  struct Work {
    size_t entry = 0;              // of header_.tensors
    int64_t first = 0, count = 0;  // rows; bytes of a copy
  };
  // Of a whole tensor; found once, by whoever needs it first.
  struct Whole {
    std::mutex mutex;
    std::optional<BlockScale> scale;
  };

  ScaledRecipe(SafetensorsSet set, ScaledRecipeSettings settings) : set_(std::move(set)), settings_(std::move(settings)) {}
  Status LayOut();
  Status AddOutputs(size_t tensor, std::map<std::string, Output>& outputs);
  void AddUnits();
  Status Measure(const Work& work, int64_t columns, ByteView codes, std::span<const BlockScale> scales, UnitScratch& scratch) const;
  std::string Describe() const;
  Result<std::vector<BlockScale>> ScalesOf(size_t tensor, std::span<const float> weights, int64_t rows, int64_t columns) const;
  Result<BlockScale> WholeScale(size_t tensor) const;
  // Rows of a tensor, all of them finite.
  Status ReadWeights(size_t tensor, int64_t first, int64_t rows, UnitScratch& scratch) const;

  SafetensorsSet set_;
  ScaledRecipeSettings settings_;
  SafetensorsHeader header_;
  std::vector<uint8_t> header_bytes_;
  std::vector<Output> outputs_;    // as header_.tensors
  std::vector<Work> work_;         // as units_
  std::vector<Unit> units_;
  std::vector<Tensor> tensors_;    // as header_.tensors, those that have bytes
  mutable std::map<size_t, Whole> wholes_;   // by tensor; made before any Run
  std::vector<std::string> ignored_;
  size_t quantized_ = 0, copied_ = 0;
  uint64_t weights_ = 0;
};

}  // namespace tusk::quant
