// Bundle: what a model file or a checkpoint holds: named tensors and named texts. On disk it is a safetensors file
// (u64 header length, JSON, raw little-endian data in C order) whose __metadata__ holds the texts, so NumPy and PyTorch
// read it. The order of entries is the names' order: equal contents are equal bytes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

enum class ElementType : uint8_t { kF32, kF64, kI8, kU8, kI16, kI32, kI64, kU32, kU64, kBF16, kF16 };
size_t SizeOf(ElementType type);

struct Tensor {
  ElementType type = ElementType::kF32;
  std::vector<uint64_t> shape;
  std::vector<uint8_t> data;
};

class Bundle {
 public:
  void SetText(std::string name, std::string value) { texts_[std::move(name)] = std::move(value); }
  Result<std::string> Text(const std::string& name) const;
  bool HasText(const std::string& name) const { return texts_.contains(name); }

  void SetFloats(std::string name, std::span<const float> values, std::vector<uint64_t> shape = {});
  void SetDoubles(std::string name, std::span<const double> values, std::vector<uint64_t> shape = {});
  void SetIntegers(std::string name, std::span<const int32_t> values, std::vector<uint64_t> shape = {});
  void SetLongs(std::string name, std::span<const int64_t> values, std::vector<uint64_t> shape = {});
  void SetTensor(std::string name, Tensor tensor) { tensors_[std::move(name)] = std::move(tensor); }
  // The error says which tensor is missing, or of another type than wanted.
  Result<std::vector<float>> Floats(const std::string& name) const;
  Result<std::vector<double>> Doubles(const std::string& name) const;
  Result<std::vector<int32_t>> Integers(const std::string& name) const;
  Result<std::vector<int64_t>> Longs(const std::string& name) const;
  bool Has(const std::string& name) const { return tensors_.contains(name); }

  const std::map<std::string, Tensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& texts() const { return texts_; }

  // Adds another bundle's entries under "prefix/".
  void Merge(const std::string& prefix, const Bundle& other);
  Bundle Part(const std::string& prefix) const;

  std::vector<uint8_t> Encode() const;
  // Bounds every length before it allocates; the error names offset and field. `what` begins its message (a path).
  static Result<Bundle> Decode(ByteView bytes, std::string_view what);

 private:
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> texts_;
};

}  // namespace tusk::ml
