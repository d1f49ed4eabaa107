// ScaledModel: a safetensors model with scales, read back: which matrices are coded how, and their rows as floats.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "quant/convert/safetensors_set.h"
#include "quant/types/scaled.h"

namespace tusk::quant {

class ScaledModel {
 public:
  // Whether a safetensors file says that it has scales.
  static bool IsOne(const RangeReader& file);
  // Checks that scales and zero points fit their matrices; an error names the tensor.
  static Result<ScaledModel> Open(const RangeFiles& files, const std::string& path);

  const SafetensorsSet& set() const { return set_; }
  // The coding as a person reads it: "int8, channel, symmetric".
  std::string Describe() const;
  // "…_scale" and "…_zero_point".
  bool IsSide(const SetTensor& tensor) const { return sides_.contains(tensor.name); }
  bool IsCoded(const SetTensor& tensor) const { return coded_.contains(tensor.name); }
  const SetTensor* Find(const std::string& name) const;
  // Rows of a coded matrix, or of one of floats. `first` is a multiple of RowStep(), or 0.
  int64_t RowStep() const { return settings_.whole_tensor() ? 1 : settings_.block_rows; }
  Status ReadRows(const SetTensor& tensor, int64_t first, int64_t rows, std::vector<uint8_t>& bytes, std::vector<float>& out) const;

 private:
  struct Coded {
    const SetTensor* scales = nullptr;
    const SetTensor* zero_points = nullptr;
  };
  Status TakeConfig(const std::string& json);
  Status TakeTensors();
  Result<std::vector<BlockScale>> ReadScales(const SetTensor& tensor, const Coded& coded, int64_t first, int64_t rows) const;

  SafetensorsSet set_;
  ScaledSettings settings_;
  std::map<std::string, Coded> coded_;
  std::map<std::string, bool> sides_;
};

}  // namespace tusk::quant
