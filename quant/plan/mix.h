// Named mixes (Q4_K_M and its like): which type each tensor of a model gets, as llama.cpp's llama-quantize chooses
// (llama-cpp-python 0.3.36's copy of it). The rules are llama.cpp's behaviour; tests/compat/quant compares every mix with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quant/plan/model.h"

namespace tusk::quant {

// llama.cpp's numbers of file types (general.file_type).
enum class Mix : uint32_t {
  kF32 = 0, kF16 = 1, kQ4_0 = 2, kQ4_1 = 3, kQ8_0 = 7, kQ5_0 = 8, kQ5_1 = 9, kQ2_K = 10, kQ3_K_S = 11, kQ3_K_M = 12,
  kQ3_K_L = 13, kQ4_K_S = 14, kQ4_K_M = 15, kQ5_K_S = 16, kQ5_K_M = 17, kQ6_K = 18, kQ2_K_S = 21, kIQ4_NL = 25, kIQ4_XS = 30,
  kBF16 = 32, kTQ1_0 = 36, kTQ2_0 = 37, kMXFP4_MOE = 38
};

struct MixEntry {
  Mix mix;
  std::string_view name;
  TensorType type;  // of the tensors that no rule speaks of
  std::string_view summary;
};
std::span<const MixEntry> Mixes();
// Any case; Q3_K, Q4_K and Q5_K mean their _M. Null where there is none.
const MixEntry* MixByName(std::string_view name);

// Whether llama.cpp quantizes a tensor of that name and shape at all: weights of two dimensions or more, but norms, routers, ....
bool IsQuantizable(const ModelTensor& tensor);

// "llama.cpp's part in": the rules count the tensors of a kind in order, so one chooser goes over all tensors in order.
class MixChooser {
 public:
  MixChooser(const ModelShape& shape, const std::vector<ModelTensor>& tensors, Mix mix, bool has_imatrix,
             std::optional<TensorType> output_type);
  // The type that the rules give a tensor; call once for each quantizable one that no override names, in order.
  TensorType Choose(const ModelTensor& tensor);

 private:
  enum class Role : uint8_t { kEmbedding, kQuery, kKey, kValue, kQueryKeyValue, kKeyValueB, kAttentionOutput, kUp, kGate, kDown, kOutput, kOther };
  static Role RoleOf(const std::string& name);
  static bool IsValueLike(Role role);

  TensorType ChooseOutput(const ModelTensor& tensor) const;
  TensorType ChooseValue();
  TensorType ChooseDown(const std::string& name);
  TensorType ChooseAttentionOutput() const;
  TensorType ChooseMxfp4(const ModelTensor& tensor) const;
  bool MoreBits(uint32_t layer, uint32_t layers) const;

  ModelShape shape_;
  Mix mix_;
  TensorType base_;
  bool has_imatrix_;
  bool tied_ = true;  // no output.weight: the embedding serves as the output
  std::optional<TensorType> output_type_;
  uint32_t values_ = 0, value_ = 0, down_ = 0;
};

bool IsOutput(const std::string& name);
bool IsEmbedding(const std::string& name);

// What a tensor gets whose rows `type` can't hold: a type of 32-blocks, else F16.
TensorType FallbackFor(TensorType type, uint64_t columns);

// Whether llama.cpp refuses to encode `type` there without an importance matrix.
bool NeedsImatrix(const std::string& name, TensorType type, Mix mix);

}  // namespace tusk::quant
