// quant-small-model KIND FOLDER: writes a small byte-level model of the llama family as Hugging Face keeps it, the same bytes
// everywhere. The weights are random (no training): what is compared is bytes, not sense. With them an importance matrix of
// both kinds, imatrix.gguf and imatrix.dat, as random.
//
//   dense   8 layers, 256 wide, queries share keys four to one, bf16, two shards with an index
//   moe     4 layers, 8 experts, 256 wide, bf16
//   odd     3 layers, 288 wide (no multiple of 256), tied embeddings, f32
//   wide    4 layers, 2048 wide, bf16: 350 MB, for benchmarks
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "quant/io/gguf.h"
#include "quant/io/safetensors.h"

namespace {

using tusk::quant::Dtype;

struct Shape {
  std::string kind;
  uint64_t layers, width, inner, heads, kv_heads, experts, shards;
  Dtype dtype;
  bool tied;
};
constexpr uint64_t kVocabulary = 259;  // unknown, begin, end, 256 bytes

const std::array<Shape, 4> kShapes = {{
    {"dense", 8, 256, 512, 8, 2, 0, 2, Dtype::kBF16, false},
    {"moe", 4, 256, 256, 4, 2, 8, 1, Dtype::kBF16, false},
    {"odd", 3, 288, 352, 6, 6, 0, 1, Dtype::kF32, true},
    {"wide", 4, 2048, 5632, 32, 8, 0, 1, Dtype::kBF16, false},
}};

uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// About normal with some heavy tails, exact in every step: no function of the C library.
float Weight(uint64_t seed, uint64_t index) {
  const uint64_t bits = Mix(seed * 0x100000001b3ULL + index);
  int64_t sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<int64_t>((bits >> (16 * i)) & 0xffff) - 32768;
  const uint64_t tail = Mix(bits) % 64;
  const float scale = tail == 0 ? 4.0F : tail < 8 ? 2.0F : 1.0F;
  return static_cast<float>(sum) * 0x1p-19F * scale;
}

struct Tensor {
  std::string name;
  std::vector<uint64_t> shape;
  bool ones = false;  // norms
};

std::vector<Tensor> TensorsOf(const Shape& s) {
  std::vector<Tensor> out = {{"model.embed_tokens.weight", {kVocabulary, s.width}}, {"model.norm.weight", {s.width}, true}};
  if (!s.tied) out.push_back({"lm_head.weight", {kVocabulary, s.width}});
  const uint64_t kv = s.width / s.heads * s.kv_heads;
  for (uint64_t layer = 0; layer < s.layers; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    out.push_back({at + "input_layernorm.weight", {s.width}, true});
    out.push_back({at + "post_attention_layernorm.weight", {s.width}, true});
    out.push_back({at + "self_attn.q_proj.weight", {s.width, s.width}});
    out.push_back({at + "self_attn.k_proj.weight", {kv, s.width}});
    out.push_back({at + "self_attn.v_proj.weight", {kv, s.width}});
    out.push_back({at + "self_attn.o_proj.weight", {s.width, s.width}});
    if (s.experts == 0) {
      out.push_back({at + "mlp.gate_proj.weight", {s.inner, s.width}});
      out.push_back({at + "mlp.up_proj.weight", {s.inner, s.width}});
      out.push_back({at + "mlp.down_proj.weight", {s.width, s.inner}});
      continue;
    }
    out.push_back({at + "block_sparse_moe.gate.weight", {s.experts, s.width}});
    for (uint64_t expert = 0; expert < s.experts; ++expert) {
      const std::string in = at + "block_sparse_moe.experts." + std::to_string(expert) + ".";
      out.push_back({in + "w1.weight", {s.inner, s.width}});
      out.push_back({in + "w2.weight", {s.width, s.inner}});
      out.push_back({in + "w3.weight", {s.inner, s.width}});
    }
  }
  return out;
}

std::vector<uint8_t> BytesOf(const Tensor& tensor, uint64_t seed, Dtype dtype) {
  uint64_t count = 1;
  for (const uint64_t size : tensor.shape) count *= size;
  std::vector<uint8_t> bytes(count * SizeOf(dtype));
  for (uint64_t i = 0; i < count; ++i) {
    const float value = tensor.ones ? 1.0F + Weight(seed, i) : Weight(seed, i);
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    if (dtype == Dtype::kF32) std::memcpy(bytes.data() + 4 * i, &bits, 4);
    if (dtype == Dtype::kBF16) std::memcpy(bytes.data() + 2 * i, reinterpret_cast<uint8_t*>(&bits) + 2, 2);
  }
  return bytes;
}

bool WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

// SentencePiece's message, just the pieces.
std::string TokenizerModel() {
  std::string out;
  for (uint64_t id = 0; id < kVocabulary; ++id) {
    char name[8];
    std::snprintf(name, sizeof(name), "<0x%02X>", static_cast<unsigned>(id >= 3 ? id - 3 : 0));
    const std::string text = id == 0 ? "<unk>" : id == 1 ? "<s>" : id == 2 ? "</s>" : name;
    const float score = 0;
    std::string piece = "\x0a" + std::string(1, static_cast<char>(text.size())) + text + "\x15";
    piece.append(reinterpret_cast<const char*>(&score), sizeof(score));
    piece += std::string("\x18") + static_cast<char>(id == 0 ? 2 : id < 3 ? 3 : 6);
    out += "\x0a" + std::string(1, static_cast<char>(piece.size())) + piece;
  }
  return out;
}

std::string Config(const Shape& s) {
  const auto number = [](uint64_t value) { return std::to_string(value); };
  std::string out = "{\"architectures\":[\"" + std::string(s.experts > 0 ? "MixtralForCausalLM" : "LlamaForCausalLM") +
                    "\"],\"bos_token_id\":1,\"eos_token_id\":2,\"hidden_size\":" + number(s.width) +
                    ",\"intermediate_size\":" + number(s.inner) + ",\"max_position_embeddings\":2048,\"num_attention_heads\":" +
                    number(s.heads) + ",\"num_key_value_heads\":" + number(s.kv_heads) + ",\"num_hidden_layers\":" + number(s.layers) +
                    ",\"rms_norm_eps\":1e-05,\"rope_theta\":10000.0,\"vocab_size\":" + number(kVocabulary) +
                    ",\"tie_word_embeddings\":" + (s.tied ? "true" : "false");
  if (s.experts > 0) out += ",\"num_local_experts\":" + number(s.experts) + ",\"num_experts_per_tok\":2";
  return out + "}\n";
}

// How important each column of a tensor is, of all experts.
struct Importance {
  std::string name;
  uint64_t columns, experts;
  std::vector<float> sums;
};

std::vector<Importance> ImportanceOf(const Shape& s) {
  std::vector<Importance> out;
  const auto add = [&out](const std::string& name, uint64_t columns, uint64_t experts) {
    Importance entry{name, columns, experts, {}};
    const uint64_t seed = 1000 + out.size();
    for (uint64_t i = 0; i < columns * experts; ++i) entry.sums.push_back(static_cast<float>(Mix(seed * 77 + i) % 4096 + 1) * 0x1p-8F);
    out.push_back(std::move(entry));
  };
  for (uint64_t layer = 0; layer < s.layers; ++layer) {
    const std::string at = "blk." + std::to_string(layer) + ".";
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) add(at + name + ".weight", s.width, 1);
    const std::string tail = s.experts > 0 ? "_exps.weight" : ".weight";
    const uint64_t experts = s.experts > 0 ? s.experts : 1;
    add(at + "ffn_gate" + tail, s.width, experts);
    add(at + "ffn_up" + tail, s.width, experts);
    add(at + "ffn_down" + tail, s.inner, experts);
  }
  add("output.weight", s.width, 1);
  return out;
}

template <typename T>
void Append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

bool WriteImportance(const Shape& shape, const std::string& folder) {
  using tusk::quant::GgufValue;
  constexpr int32_t kCalls = 3;
  const std::vector<Importance> entries = ImportanceOf(shape);
  tusk::quant::GgufHeader header;
  const std::string datasets[] = {"random"};
  header.Set("general.type", GgufValue::String("imatrix"));
  header.Set("imatrix.datasets", GgufValue::Strings(datasets));
  header.Set("imatrix.chunk_count", GgufValue::U32(kCalls));
  header.Set("imatrix.chunk_size", GgufValue::U32(512));
  std::string data, legacy;
  const auto pad = [&data] { data.resize((data.size() + 31) / 32 * 32); };
  Append(legacy, static_cast<int32_t>(entries.size()));
  for (const Importance& entry : entries) {
    header.tensors.push_back({.name = entry.name + ".in_sum2", .dims = {entry.columns, entry.experts}});
    header.tensors.push_back({.name = entry.name + ".counts", .dims = {1, entry.experts}});
    Append(legacy, static_cast<int32_t>(entry.name.size()));
    legacy += entry.name;
    Append(legacy, kCalls);
    Append(legacy, static_cast<int32_t>(entry.sums.size()));
    for (const float sum : entry.sums) Append(data, sum);
    for (const float sum : entry.sums) Append(legacy, sum);
    pad();
    for (uint64_t expert = 0; expert < entry.experts; ++expert) Append(data, static_cast<float>(kCalls));
    pad();
  }
  Append(legacy, kCalls);
  Append(legacy, int32_t{6});
  legacy += "random";
  const auto encoded = tusk::quant::EncodeGgufHeader(header);
  return encoded.ok() && WriteFile(folder + "/imatrix.gguf", std::string(encoded->begin(), encoded->end()) + data) &&
         WriteFile(folder + "/imatrix.dat", legacy);
}

bool WriteModel(const Shape& shape, const std::string& folder) {
  const std::vector<Tensor> tensors = TensorsOf(shape);
  std::string index;
  for (uint64_t shard = 0; shard < shape.shards; ++shard) {
    char name[64] = "model.safetensors";
    if (shape.shards > 1) {
      std::snprintf(name, sizeof(name), "model-%05u-of-%05u.safetensors", static_cast<unsigned>(shard + 1), static_cast<unsigned>(shape.shards));
    }
    tusk::quant::SafetensorsHeader header;
    header.metadata["format"] = "pt";
    std::string data;
    for (size_t i = shard; i < tensors.size(); i += shape.shards) {
      header.tensors.push_back({.name = tensors[i].name, .dtype = shape.dtype, .shape = tensors[i].shape});
      const std::vector<uint8_t> bytes = BytesOf(tensors[i], i + 1, shape.dtype);
      data.append(bytes.begin(), bytes.end());
      index += (index.empty() ? "" : ",") + ("\"" + tensors[i].name + "\":\"" + name + "\"");
    }
    const auto encoded = tusk::quant::EncodeSafetensorsHeader(header);
    if (!encoded.ok()) return false;
    if (!WriteFile(folder + "/" + name, std::string(encoded->begin(), encoded->end()) + data)) return false;
  }
  if (shape.shards > 1 && !WriteFile(folder + "/model.safetensors.index.json", "{\"weight_map\":{" + index + "}}")) return false;
  return WriteImportance(shape, folder) && WriteFile(folder + "/config.json", Config(shape)) && WriteFile(folder + "/tokenizer.model", TokenizerModel());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    for (const Shape& shape : kShapes) {
      if (shape.kind != argv[1]) continue;
      std::error_code error;
      std::filesystem::create_directories(argv[2], error);
      if (!error && WriteModel(shape, argv[2])) return 0;
      std::fprintf(stderr, "quant-small-model: cannot write %s\n", argv[2]);
      return 1;
    }
  }
  std::fprintf(stderr, "usage: quant-small-model dense|moe|odd|wide FOLDER\n");
  return 255;
}
