// Hugging Face models of the llama family, and safetensors files without a config.
#include "quant/convert/hugging_face.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "quant/convert/json_text.h"
#include "quant/convert/safetensors_set.h"
#include "quant/convert/vocabulary.h"

namespace tusk::quant {
namespace {

using nlohmann::json;

constexpr uint64_t kConfigMax = 16 << 20;
constexpr uint64_t kLayersMax = 10'000, kExpertsMax = 10'000, kHeadsMax = 1 << 20;
constexpr std::string_view kArchitectures[] = {"LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM", "MixtralForCausalLM"};

std::optional<TensorType> TypeOf(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32: return TensorType::kF32;
    case Dtype::kF16: return TensorType::kF16;
    case Dtype::kBF16: return TensorType::kBF16;
    case Dtype::kF64: return TensorType::kF64;
    case Dtype::kI8: return TensorType::kI8;
    case Dtype::kI16: return TensorType::kI16;
    case Dtype::kI32: return TensorType::kI32;
    case Dtype::kI64: return TensorType::kI64;
    default: return std::nullopt;
  }
}

// Vectors, norms and routers are kept in F32, as llama.cpp's converter does; the rest as it is.
TensorType PlainType(const std::string& name, TensorType type, size_t dimensions) {
  const bool half = type == TensorType::kF16 || type == TensorType::kBF16;
  if (!half) return type;
  const bool small = dimensions <= 1 || name.ends_with("_norm.weight") || name.ends_with("ffn_gate_inp.weight") || !name.ends_with(".weight");
  return small ? TensorType::kF32 : type;
}

Result<ModelTensor> MakeTensor(const SetTensor& source, std::string name) {
  const std::optional<TensorType> type = TypeOf(source.dtype);
  if (!type) {
    return Status(Code::kUnsupported, "tensor '" + source.name + "' is " + std::string(NameOf(source.dtype)) + ", which GGUF has not");
  }
  if (source.shape.size() > 4) return Status(Code::kUnsupported, "tensor '" + source.name + "' has more than 4 dimensions");
  ModelTensor tensor{.name = std::move(name), .type = *type, .dims = {source.shape.rbegin(), source.shape.rend()}, .pieces = {}, .made = {}};
  if (tensor.dims.empty()) tensor.dims = {1};
  tensor.plain_type = PlainType(tensor.name, *type, tensor.dims.size());
  tensor.pieces.push_back({source.file, source.offset, tensor.rows()});
  return tensor;
}

// "blk.N.REST" for "model.layers.N.REST" with REST's name in GGUF; "" for what llama models don't have.
struct Rename {
  std::string_view from, to;
};
constexpr Rename kWhole[] = {{"model.embed_tokens", "token_embd"}, {"model.norm", "output_norm"}, {"lm_head", "output"}};
constexpr Rename kInLayer[] = {
    {"input_layernorm", "attn_norm"}, {"self_attn.q_proj", "attn_q"}, {"self_attn.k_proj", "attn_k"}, {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"}, {"post_attention_layernorm", "ffn_norm"}, {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"}, {"mlp.down_proj", "ffn_down"}, {"block_sparse_moe.gate", "ffn_gate_inp"}};
constexpr Rename kExperts[] = {{"w1", "ffn_gate_exps"}, {"w2", "ffn_down_exps"}, {"w3", "ffn_up_exps"}};

class LlamaConverter {
 public:
  LlamaConverter(const SafetensorsSet& set, const json& config, Model& model) : set_(set), config_(config), model_(model) {}

  Status Convert() {
    RETURN_IF_ERROR(ReadSizes());
    for (const SetTensor& source : set_.tensors) RETURN_IF_ERROR(Add(source));
    RETURN_IF_ERROR(StackExperts());
    SetMetadata();
    AddRopeFactors();
    SortTensors(model_.tensors);
    return Status::Ok();
  }

 private:
  Status Missing(const char* key) const { return Status(Code::kInvalidArgument, "config.json has no sound " + std::string(key)); }

  Status Size(const char* key, uint64_t max, std::optional<uint64_t> otherwise, uint64_t& out) const {
    const std::optional<uint64_t> value = UnsignedIn(config_, key);
    out = value ? *value : otherwise.value_or(0);
    return out == 0 || out > max ? Missing(key) : Status::Ok();
  }

  Status ReadSizes() {
    RETURN_IF_ERROR(Size("num_hidden_layers", kLayersMax, std::nullopt, layers_));
    RETURN_IF_ERROR(Size("num_attention_heads", kHeadsMax, std::nullopt, heads_));
    RETURN_IF_ERROR(Size("num_key_value_heads", kHeadsMax, heads_, kv_heads_));
    RETURN_IF_ERROR(Size("hidden_size", uint64_t{1} << 32, std::nullopt, hidden_));
    experts_ = UnsignedIn(config_, "num_local_experts").value_or(0);
    if (experts_ > kExpertsMax) return Missing("num_local_experts");
    head_size_ = UnsignedIn(config_, "head_dim").value_or(hidden_ / heads_);
    if (head_size_ == 0 || head_size_ > (1 << 20)) return Missing("head_dim");
    const json* rope = ObjectIn(config_, "rope_parameters");
    if (rope == nullptr) rope = ObjectIn(config_, "rope_scaling");
    if (rope != nullptr) rope_ = *rope;
    rope_type_ = TextIn(rope_, "rope_type").value_or(TextIn(rope_, "type").value_or(""));
    return Status::Ok();
  }

  // The parts of "model.layers.N.REST".
  static bool SplitLayer(const std::string& name, uint64_t& layer, std::string& rest) {
    constexpr std::string_view kPrefix = "model.layers.";
    if (!name.starts_with(kPrefix)) return false;
    const size_t dot = name.find('.', kPrefix.size());
    if (dot == std::string::npos || dot == kPrefix.size() || dot - kPrefix.size() > 6) return false;
    layer = 0;
    for (size_t i = kPrefix.size(); i < dot; ++i) {
      if (name[i] < '0' || name[i] > '9') return false;
      layer = layer * 10 + static_cast<uint64_t>(name[i] - '0');
    }
    rest = name.substr(dot + 1);
    return true;
  }

  Status Add(const SetTensor& source) {
    const std::string& name = source.name;
    if (name.ends_with(".rotary_emb.inv_freq") || name.ends_with(".attention.bias") || name.ends_with(".attention.masked_bias")) return Status::Ok();
    const size_t dot = name.rfind('.');
    const std::string stem = name.substr(0, dot == std::string::npos ? 0 : dot), suffix = dot == std::string::npos ? name : name.substr(dot);
    uint64_t layer = 0;
    std::string rest;
    if (suffix == ".weight" || suffix == ".bias") {
      for (const Rename& row : kWhole) {
        if (stem == row.from) return Put(source, std::string(row.to) + suffix);
      }
      if (SplitLayer(stem, layer, rest)) {
        if (layer >= layers_) return Unknown(name, "layer " + std::to_string(layer) + " of " + std::to_string(layers_));
        const std::string block = "blk." + std::to_string(layer) + ".";
        for (const Rename& row : kInLayer) {
          if (rest == row.from) return Put(source, block + std::string(row.to) + suffix);
        }
        if (rest.starts_with("block_sparse_moe.experts.") && suffix == ".weight") return KeepExpert(source, block, rest);
      }
    }
    return Unknown(name, "a name that llama models have not");
  }

  static Status Unknown(const std::string& name, const std::string& why) {
    return Status(Code::kUnsupported, "tensor '" + name.substr(0, 200) + "': " + why);
  }

  Status Put(const SetTensor& source, std::string name) {
    ASSIGN_OR_RETURN(ModelTensor tensor, MakeTensor(source, std::move(name)));
    const bool query = tensor.name.find(".attn_q.") != std::string::npos, key = tensor.name.find(".attn_k.") != std::string::npos;
    if (query || key) {
      tensor.interleaved_heads = static_cast<uint32_t>(query ? heads_ : kv_heads_);
      const uint64_t units = tensor.dims.size() == 1 ? tensor.columns() : tensor.rows();
      if (units % (uint64_t{2} * tensor.interleaved_heads) != 0) {
        return Unknown(source.name, std::to_string(units) + " rows are not " + std::to_string(tensor.interleaved_heads) + " heads of two halves");
      }
    }
    model_.tensors.push_back(std::move(tensor));
    return Status::Ok();
  }

  // "block_sparse_moe.experts.X.wN"
  Status KeepExpert(const SetTensor& source, const std::string& block, const std::string& rest) {
    const std::string tail = rest.substr(std::string_view("block_sparse_moe.experts.").size());
    const size_t dot = tail.find('.');
    const uint64_t expert = std::strtoull(tail.c_str(), nullptr, 10);
    for (const Rename& row : kExperts) {
      if (dot == std::string::npos || tail.substr(dot + 1) != row.from || expert >= experts_) continue;
      stacks_[block + std::string(row.to) + ".weight"].emplace(expert, &source);
      return Status::Ok();
    }
    return Unknown(source.name, "an expert that config.json does not know");
  }

  Status StackExperts() {
    for (const auto& [name, experts] : stacks_) {
      if (experts.size() != experts_) return Unknown(name, "made of " + std::to_string(experts.size()) + " experts of " + std::to_string(experts_));
      ASSIGN_OR_RETURN(ModelTensor tensor, MakeTensor(*experts.begin()->second, name));
      const SetTensor& first = *experts.begin()->second;
      tensor.pieces.clear();
      for (const auto& [expert, source] : experts) {
        if (source->shape != first.shape || source->dtype != first.dtype) return Unknown(source->name, "another shape or type than expert 0's");
        tensor.pieces.push_back({source->file, source->offset, tensor.dims.size() > 1 ? tensor.dims[1] : 1});
      }
      tensor.dims.push_back(experts_);
      model_.tensors.push_back(std::move(tensor));
    }
    return Status::Ok();
  }

  void Set(const std::string& key, GgufValue value) { model_.metadata.emplace_back(key, std::move(value)); }
  void SetNumber(const char* from, const std::string& key) {
    if (const auto value = UnsignedIn(config_, from)) Set(key, GgufValue::U32(static_cast<uint32_t>(*value)));
  }

  void SetMetadata() {
    Set("llama.block_count", GgufValue::U32(static_cast<uint32_t>(layers_)));
    SetNumber("max_position_embeddings", "llama.context_length");
    Set("llama.embedding_length", GgufValue::U32(static_cast<uint32_t>(hidden_)));
    SetNumber("intermediate_size", "llama.feed_forward_length");
    Set("llama.attention.head_count", GgufValue::U32(static_cast<uint32_t>(heads_)));
    Set("llama.attention.head_count_kv", GgufValue::U32(static_cast<uint32_t>(kv_heads_)));
    SetRope();
    if (const auto epsilon = NumberIn(config_, "rms_norm_eps")) {
      Set("llama.attention.layer_norm_rms_epsilon", GgufValue::F32(static_cast<float>(*epsilon)));
    }
    SetNumber("num_local_experts", "llama.expert_count");
    SetNumber("num_experts_per_tok", "llama.expert_used_count");
    SetNumber("head_dim", "llama.attention.key_length");
    SetNumber("head_dim", "llama.attention.value_length");
    SetNumber("vocab_size", "llama.vocab_size");
    Set("llama.rope.dimension_count", GgufValue::U32(static_cast<uint32_t>(head_size_)));
  }

  void SetRope() {
    const auto factor = NumberIn(rope_, "factor");
    if ((rope_type_ == "linear" || rope_type_ == "yarn") && factor) {
      Set("llama.rope.scaling.type", GgufValue::String(rope_type_));
      Set("llama.rope.scaling.factor", GgufValue::F32(static_cast<float>(*factor)));
      if (const auto context = UnsignedIn(rope_, "original_max_position_embeddings"); context && rope_type_ == "yarn") {
        Set("llama.rope.scaling.original_context_length", GgufValue::U32(static_cast<uint32_t>(*context)));
      }
    } else if (!rope_type_.empty() && rope_type_ != "default" && rope_type_ != "llama3") {
      model_.notes.push_back("config.json: rope scaling of type '" + rope_type_ + "' is not taken over");
    }
    const auto theta = NumberIn(config_, "rope_theta");
    const auto base = theta ? theta : NumberIn(rope_, "rope_theta");
    if (base) Set("llama.rope.freq_base", GgufValue::F32(static_cast<float>(*base)));
  }

  // Llama 3's scaling: a factor for each frequency, in floats as the converter's tensors compute.
  void AddRopeFactors() {
    if (rope_type_ != "llama3") return;
    const auto number = [this](const char* key, double otherwise) { return static_cast<float>(NumberIn(rope_, key).value_or(otherwise)); };
    const float base = static_cast<float>(NumberIn(config_, "rope_theta").value_or(NumberIn(rope_, "rope_theta").value_or(10000)));
    const float factor = number("factor", 8), low = number("low_freq_factor", 1), high = number("high_freq_factor", 4);
    const float context = number("original_max_position_embeddings", 8192);
    ModelTensor tensor{.name = "rope_freqs.weight", .dims = {head_size_ / 2}, .pieces = {}, .made = {}};
    for (uint64_t i = 0; i < head_size_ / 2; ++i) {
      const float frequency = 1.0F / std::pow(base, static_cast<float>(2 * i) / static_cast<float>(head_size_));
      const float length = static_cast<float>(2 * 3.14159265358979323846) / frequency;
      if (length < context / high) {
        tensor.made.push_back(1);
      } else if (length > context / low) {
        tensor.made.push_back(factor);
      } else {
        const float smooth = (context / length - low) / (high - low);
        tensor.made.push_back(1 / ((1 - smooth) / factor + smooth));
      }
    }
    model_.tensors.push_back(std::move(tensor));
  }

  const SafetensorsSet& set_;
  const json& config_;
  Model& model_;
  json rope_ = json::object();
  std::string rope_type_;
  uint64_t layers_ = 0, heads_ = 0, kv_heads_ = 0, hidden_ = 0, experts_ = 0, head_size_ = 0;
  std::map<std::string, std::map<uint64_t, const SetTensor*>> stacks_;
};

// The last part of the folder's path.
std::string ModelName(const std::string& folder) {
  const size_t end = folder.find_last_not_of('/');
  if (end == std::string::npos) return "model";
  const size_t slash = folder.rfind('/', end);
  const std::string name = folder.substr(slash == std::string::npos ? 0 : slash + 1, end - (slash == std::string::npos ? 0 : slash + 1) + 1);
  return name == "." || name == ".." ? "model" : name;
}

Status KeepNames(const SafetensorsSet& set, Model& model) {
  for (const SetTensor& source : set.tensors) {
    ASSIGN_OR_RETURN(ModelTensor tensor, MakeTensor(source, source.name));
    model.tensors.push_back(std::move(tensor));
  }
  SortTensors(model.tensors);
  return Status::Ok();
}

}  // namespace

Result<Model> OpenHuggingFaceModel(const RangeFiles& files, const std::string& path, const ConvertOptions& options) {
  ASSIGN_OR_RETURN(SafetensorsSet set, OpenSafetensorsSet(files, path));
  Model model;
  model.files = set.files;
  const Result<json> config = ReadJsonObject(files, PathIn(set.folder, "config.json"), kConfigMax);
  if (config.code() == Code::kFileNotFound) {
    model.notes.push_back("no config.json: tensors keep their names, the file tells no architecture");
    RETURN_IF_ERROR(KeepNames(set, model));
    return model;
  }
  if (!config.ok()) return config.status();
  const json* names = ArrayIn(*config, "architectures");
  const std::string architecture = names != nullptr && !names->empty() && names->front().is_string() ? names->front().get<std::string>() : "";
  if (std::find(std::begin(kArchitectures), std::end(kArchitectures), architecture) == std::end(kArchitectures)) {
    return Status(Code::kUnsupported, PathIn(set.folder, "config.json") + ": architecture '" + architecture +
                                          "' is not converted here (Llama, Mistral, Mixtral are); a GGUF file of it can be quantized, or "
                                          "the safetensors file alone, in a folder without config.json, with its names kept");
  }
  model.metadata.emplace_back("general.architecture", GgufValue::String("llama"));
  model.metadata.emplace_back("general.type", GgufValue::String("model"));
  model.metadata.emplace_back("general.name", GgufValue::String(ModelName(set.folder)));
  RETURN_IF_ERROR(LlamaConverter(set, *config, model).Convert());
  RETURN_IF_ERROR(AddVocabulary(files, set.folder, *config, options.pre_tokenizer, model));
  return model;
}

}  // namespace tusk::quant
