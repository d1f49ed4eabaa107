// What to write for a model and how: every tensor's type and place, and the units of work (a tensor's rows [first, first+rows))
// whose bytes depend on nothing but the model and the plan. Whoever runs units, in whatever order and place, writes one file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "quant/io/imatrix.h"
#include "quant/plan/mix.h"
#include "quant/plan/model.h"
#include "quant/plan/output_recipe.h"

namespace tusk::quant {

// A regular expression that is searched in tensors' names, as llama-quantize's --tensor-type.
class TensorPattern {
 public:
  static Result<TensorPattern> Make(const std::string& text);
  bool Matches(const std::string& name) const;
  const std::string& text() const { return text_; }

 private:
  TensorPattern(std::string text, std::regex regex) : text_(std::move(text)), regex_(std::move(regex)) {}
  std::string text_;
  std::regex regex_;
};

struct QuantSettings {
  Mix mix = Mix::kQ4_K_M;
  bool pure = false;              // the mix's base type for all
  bool leave_output = false;      // output.weight stays as it is
  bool allow_requantize = false;  // of tensors that are quantized already
  bool allow_bad_weights = false;  // see RunUnit
  std::vector<TensorPattern> exclude;  // stay as they are
  std::vector<std::pair<TensorPattern, TensorType>> types;
  std::optional<TensorType> output_type, embedding_type;
  std::string imatrix_file;       // its name, for the metadata; "" without one
  // Types by tensors' names, from the budget; before the mix, after patterns.
  std::map<std::string, TensorType> chosen;
};

struct TensorPlan {
  size_t tensor = 0;  // index into Model::tensors
  TensorType from = TensorType::kF32, to = TensorType::kF32;
  const std::vector<float>* importance = nullptr;  // the imatrix's, of all experts
};

struct QuantPlan {
  GgufHeader header;                  // laid out: offsets of the output
  std::vector<uint8_t> header_bytes;  // the output's begin
  std::vector<TensorPlan> tensors;    // as header.tensors
  std::vector<std::string> notes;     // fallbacks, overrides, importance that was missing: for standard error

  uint64_t output_bytes() const { return header.data_offset + header.data_bytes; }
};

// `imatrix` may be null; it and `model` outlive the plan.
Result<QuantPlan> MakePlan(const Model& model, const QuantSettings& settings, const Imatrix* imatrix);

struct WorkUnit {
  uint32_t tensor = 0;  // index into QuantPlan::tensors
  uint64_t first_row = 0, rows = 0;
  uint64_t out_offset = 0;  // within the output file
  uint64_t out_bytes = 0;   // the last unit of a tensor brings its padding
};

constexpr uint64_t kUnitWeights = 1 << 20;

// Every byte behind the header is in exactly one unit; units are in the order of the file. A row is never split, nor are rows of
// two experts in one unit.
std::vector<WorkUnit> UnitsOf(const Model& model, const QuantPlan& plan, uint64_t weights_max = kUnitWeights);

// Makes a unit's bytes; out has unit.out_bytes. NaN and infinite weights are refused with tensor and place; with
// `allow_bad_weights` they become 0 and the largest float of their sign before they are encoded. Its error is measured where the
// scratch wants it. Thread-safe.
Status RunUnit(const Model& model, const QuantPlan& plan, const WorkUnit& unit, bool allow_bad_weights, UnitScratch& scratch,
               MutableByteView out);

// A plan as units to run. Model and plan are the caller's.
class GgufRecipe final : public OutputRecipe {
 public:
  GgufRecipe(const Model& model, const QuantPlan& plan, bool allow_bad_weights);
  ByteView header() const override { return plan_.header_bytes; }
  uint64_t size() const override { return plan_.output_bytes(); }
  const std::vector<Unit>& units() const override { return units_; }
  const std::vector<Tensor>& tensors() const override { return tensors_; }
  Status Run(size_t unit, UnitScratch& scratch, MutableByteView out) const override {
    return RunUnit(model_, plan_, work_[unit], allow_bad_weights_, scratch, out);
  }

 private:
  const Model& model_;
  const QuantPlan& plan_;
  const bool allow_bad_weights_;
  const std::vector<WorkUnit> work_;
  std::vector<Unit> units_;
  std::vector<Tensor> tensors_;
};

}  // namespace tusk::quant
