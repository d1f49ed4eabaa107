// The rules of named mixes.
#include "quant/plan/mix.h"

#include <algorithm>
#include <cstdio>
#include <strings.h>

namespace tusk::quant {
namespace {

using T = TensorType;

constexpr MixEntry kMixes[] = {
    {Mix::kQ4_0, "Q4_0", T::kQ4_0, "4.5 bits a weight, one scale for 32"},
    {Mix::kQ4_1, "Q4_1", T::kQ4_1, "5 bits, scale and minimum"},
    {Mix::kQ5_0, "Q5_0", T::kQ5_0, "5.5 bits"},
    {Mix::kQ5_1, "Q5_1", T::kQ5_1, "6 bits, scale and minimum"},
    {Mix::kQ8_0, "Q8_0", T::kQ8_0, "8.5 bits"},
    {Mix::kQ2_K, "Q2_K", T::kQ2_K, "2.6 bits, values and down projections in Q3_K or Q4_K"},
    {Mix::kQ2_K_S, "Q2_K_S", T::kQ2_K, "2.6 bits; wants an importance matrix"},
    {Mix::kQ3_K_S, "Q3_K_S", T::kQ3_K, "3.4 bits"},
    {Mix::kQ3_K_M, "Q3_K_M", T::kQ3_K, "3.4 bits, some in Q4_K and Q5_K"},
    {Mix::kQ3_K_L, "Q3_K_L", T::kQ3_K, "3.4 bits, more in Q5_K"},
    {Mix::kQ4_K_S, "Q4_K_S", T::kQ4_K, "4.5 bits, the first layers' values and down projections in Q5_K"},
    {Mix::kQ4_K_M, "Q4_K_M", T::kQ4_K, "4.5 bits, half of values and down projections in Q6_K"},
    {Mix::kQ5_K_S, "Q5_K_S", T::kQ5_K, "5.5 bits"},
    {Mix::kQ5_K_M, "Q5_K_M", T::kQ5_K, "5.5 bits, half of values and down projections in Q6_K"},
    {Mix::kQ6_K, "Q6_K", T::kQ6_K, "6.6 bits"},
    {Mix::kIQ4_NL, "IQ4_NL", T::kIQ4_NL, "4.5 bits, a codebook"},
    {Mix::kIQ4_XS, "IQ4_XS", T::kIQ4_XS, "4.25 bits, a codebook"},
    {Mix::kMXFP4_MOE, "MXFP4_MOE", T::kMXFP4, "experts in MXFP4, the rest in Q8_0"},
    {Mix::kTQ1_0, "TQ1_0", T::kTQ1_0, "1.7 bits, for ternary weights"},
    {Mix::kTQ2_0, "TQ2_0", T::kTQ2_0, "2.1 bits, for ternary weights"},
    {Mix::kF16, "F16", T::kF16, "half floats"},
    {Mix::kBF16, "BF16", T::kBF16, "brain floats"},
    {Mix::kF32, "F32", T::kF32, "floats"},
};

bool Equal(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

bool Has(const std::string& name, std::string_view part) { return name.find(part) != std::string::npos; }

// Small, or of another use than to be multiplied with: llama.cpp leaves tensors with these in their names alone.
constexpr std::string_view kLeftAlone[] = {
    "_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d",
    "shortconv.conv.weight", "indexer.k_proj.weight", "indexer.q_proj.weight", "time_mix_first.weight", "time_mix_w0.weight",
    "time_mix_w1.weight", "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight", "time_mix_v2.weight",
    "time_mix_a0.weight", "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight", "time_mix_g2.weight",
    "time_mix_decay_w1.weight", "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight", "attn_rel_b.weight", ".position_embd",
    "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger", "a.rvq.codebook", "mm.a.code_embd"};

}  // namespace

std::span<const MixEntry> Mixes() { return kMixes; }

const MixEntry* MixByName(std::string_view name) {
  for (const std::string_view alias : {"Q3_K", "Q4_K", "Q5_K"}) {
    if (Equal(alias, name)) return MixByName(std::string(alias) + "_M");
  }
  for (const MixEntry& entry : kMixes) {
    if (Equal(entry.name, name)) return &entry;
  }
  return nullptr;
}

bool IsOutput(const std::string& name) { return name == "output.weight"; }
bool IsEmbedding(const std::string& name) { return name == "token_embd.weight" || name == "per_layer_token_embd.weight"; }

bool IsQuantizable(const ModelTensor& tensor) {
  if (tensor.dims.size() < 2 || !tensor.name.ends_with("weight")) return false;
  if (tensor.name == "position_embd.weight" || tensor.name == "token_types.weight") return false;
  return std::none_of(std::begin(kLeftAlone), std::end(kLeftAlone),
                      [&tensor](std::string_view part) { return Has(tensor.name, part); });
}

MixChooser::Role MixChooser::RoleOf(const std::string& name) {
  struct Row {
    std::string_view part;
    Role role;
  };
  constexpr Row kRows[] = {{"attn_qkv.weight", Role::kQueryKeyValue}, {"attn_kv_b.weight", Role::kKeyValueB},
                           {"attn_v.weight", Role::kValue},           {"attn_k.weight", Role::kKey},
                           {"attn_q.weight", Role::kQuery},           {"attn_output.weight", Role::kAttentionOutput},
                           {"ffn_up", Role::kUp},                     {"ffn_gate", Role::kGate},
                           {"ffn_down", Role::kDown}};
  if (IsOutput(name)) return Role::kOutput;
  if (IsEmbedding(name)) return Role::kEmbedding;
  for (const Row& row : kRows) {
    if (Has(name, row.part)) return row.role;
  }
  return Role::kOther;
}

bool MixChooser::IsValueLike(Role role) {
  return role == Role::kValue || role == Role::kQueryKeyValue || role == Role::kKeyValueB;
}

MixChooser::MixChooser(const ModelShape& shape, const std::vector<ModelTensor>& tensors, Mix mix, bool has_imatrix,
                       std::optional<TensorType> output_type)
    : shape_(shape), mix_(mix), base_(T::kF32), has_imatrix_(has_imatrix), output_type_(output_type) {
  for (const MixEntry& entry : kMixes) {
    if (entry.mix == mix) base_ = entry.type;
  }
  for (const ModelTensor& tensor : tensors) {
    if (IsValueLike(RoleOf(tensor.name))) ++values_;
    if (IsOutput(tensor.name)) tied_ = false;
  }
}

// The first and the last eighth of the layers, and every third between.
bool MixChooser::MoreBits(uint32_t layer, uint32_t layers) const {
  return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

TensorType MixChooser::ChooseOutput(const ModelTensor& tensor) const {
  if (output_type_) return *output_type_;
  const TypeTraits* traits = TraitsOf(base_);
  if (mix_ == Mix::kMXFP4_MOE || shape_.architecture == "falcon" ||
      tensor.columns() % static_cast<uint64_t>(traits->block_weights) != 0) {
    return T::kQ8_0;
  }
  return base_ == T::kQ8_0 ? T::kQ8_0 : T::kQ6_K;
}

TensorType MixChooser::ChooseMxfp4(const ModelTensor& tensor) const {
  const bool experts = tensor.dims.size() > 2 && tensor.dims[2] > 1;
  const Role role = RoleOf(tensor.name);
  const bool of_ffn = role == Role::kUp || role == Role::kGate || role == Role::kDown;
  return experts && (shape_.architecture != "bailingmoe3" || of_ffn) ? T::kMXFP4 : T::kQ8_0;
}

TensorType MixChooser::ChooseValue() {
  TensorType type = base_;
  const bool shared = shape_.heads_per_kv_head >= 4;
  switch (mix_) {
    case Mix::kQ2_K: type = shared ? T::kQ4_K : T::kQ3_K; break;
    case Mix::kQ2_K_S: if (shared) type = T::kQ4_K; break;
    case Mix::kQ3_K_M: type = value_ < 2 ? T::kQ5_K : T::kQ4_K; break;
    case Mix::kQ3_K_L: type = T::kQ5_K; break;
    case Mix::kIQ4_NL: case Mix::kIQ4_XS: if (shared) type = T::kQ5_K; break;
    case Mix::kQ4_K_M: case Mix::kQ5_K_M: if (MoreBits(value_, values_)) type = T::kQ6_K; break;
    case Mix::kQ4_K_S: if (value_ < 4) type = T::kQ5_K; break;
    default: break;
  }
  // Eight times smaller than the queries there: more bits cost little.
  if (shape_.is_70b && (type == T::kQ3_K || type == T::kQ4_K)) type = T::kQ5_K;
  if (shape_.experts == 8) type = T::kQ8_0;
  ++value_;
  return type;
}

TensorType MixChooser::ChooseDown(const std::string& name) {
  const uint32_t layers = shape_.layers;
  uint32_t layer = down_++;
  // Experts don't come in the order of layers: the name tells the layer.
  if (shape_.experts > 1) {
    unsigned read = 0;
    if (std::sscanf(name.c_str(), "blk.%u.", &read) == 1) layer = read;
  }
  const bool falcon = shape_.architecture == "falcon";
  switch (mix_) {
    case Mix::kQ2_K: return T::kQ3_K;
    case Mix::kQ2_K_S: return layer < layers / 8 ? T::kQ4_K : base_;
    case Mix::kQ3_K_M:
      if (layer < layers / 16) return T::kQ5_K;
      return !falcon || MoreBits(layer, layers) ? T::kQ4_K : T::kQ3_K;
    case Mix::kQ3_K_L: return falcon ? T::kQ4_K : T::kQ5_K;
    case Mix::kQ4_K_M:
      if (falcon && layer < layers / 16) return T::kQ6_K;
      if (MoreBits(layer, layers)) return falcon ? T::kQ5_K : T::kQ6_K;
      return base_;
    case Mix::kIQ4_NL: case Mix::kIQ4_XS: return layer < layers / 8 && !has_imatrix_ ? T::kQ5_K : base_;
    case Mix::kQ5_K_M: return MoreBits(layer, layers) ? T::kQ6_K : base_;
    case Mix::kQ4_K_S: return !falcon && layer < layers / 8 ? T::kQ5_K : base_;
    case Mix::kQ4_0: return has_imatrix_ && layer < layers / 8 ? T::kQ4_1 : base_;
    case Mix::kQ5_0: return has_imatrix_ && layer < layers / 8 ? T::kQ5_1 : base_;
    default: return base_;
  }
}

TensorType MixChooser::ChooseAttentionOutput() const {
  if (shape_.architecture == "falcon") return mix_ == Mix::kQ3_K_L ? T::kQ4_K : base_;
  if (shape_.experts == 8) {
    constexpr Mix kRaised[] = {Mix::kQ2_K, Mix::kQ3_K_S, Mix::kQ3_K_M, Mix::kIQ4_NL, Mix::kQ4_K_S, Mix::kQ4_K_M, Mix::kIQ4_XS};
    return std::find(std::begin(kRaised), std::end(kRaised), mix_) != std::end(kRaised) ? T::kQ5_K : base_;
  }
  switch (mix_) {
    case Mix::kQ2_K: return T::kQ3_K;
    case Mix::kQ3_K_M: return T::kQ4_K;
    case Mix::kQ3_K_L: return T::kQ5_K;
    default: return base_;
  }
}

TensorType MixChooser::Choose(const ModelTensor& tensor) {
  const Role role = RoleOf(tensor.name);
  if (role == Role::kOutput || (tied_ && role == Role::kEmbedding)) return ChooseOutput(tensor);
  if (mix_ == Mix::kMXFP4_MOE) return ChooseMxfp4(tensor);
  if (role == Role::kEmbedding) return mix_ == Mix::kTQ1_0 || mix_ == Mix::kTQ2_0 ? T::kQ4_K : base_;
  if (IsValueLike(role)) return ChooseValue();
  if (role == Role::kKey) return shape_.experts == 8 ? T::kQ8_0 : base_;
  if (role == Role::kDown) return ChooseDown(tensor.name);
  if (role == Role::kAttentionOutput) return ChooseAttentionOutput();
  return base_;
}

TensorType FallbackFor(TensorType type, uint64_t columns) {
  const auto fits = [columns](TensorType t) { return columns % static_cast<uint64_t>(TraitsOf(t)->block_weights) == 0; };
  if (fits(type)) return type;
  TensorType smaller = type;
  switch (type) {
    case T::kIQ1_S: case T::kIQ1_M: case T::kIQ2_XXS: case T::kIQ2_XS: case T::kIQ2_S: case T::kIQ3_XXS: case T::kIQ3_S:
    case T::kIQ4_XS: smaller = T::kIQ4_NL; break;
    case T::kQ2_0: case T::kQ2_K: case T::kQ3_K: case T::kTQ1_0: case T::kTQ2_0: smaller = T::kQ4_0; break;
    case T::kQ4_K: smaller = T::kQ5_0; break;
    case T::kQ5_K: smaller = T::kQ5_1; break;
    case T::kQ6_K: smaller = T::kQ8_0; break;
    default: break;
  }
  return fits(smaller) ? smaller : T::kF16;
}

bool NeedsImatrix(const std::string& name, TensorType type, Mix mix) {
  if (IsEmbedding(name) || IsOutput(name)) return false;
  switch (type) {
    case T::kIQ3_XXS: case T::kIQ2_XXS: case T::kIQ2_XS: case T::kIQ2_S: case T::kIQ1_M: case T::kIQ1_S: return true;
    case T::kQ2_K: return mix == Mix::kQ2_K_S;
    default: return false;
  }
}

}  // namespace tusk::quant
