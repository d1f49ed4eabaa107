// Hugging Face folders in memory: names, shapes, metadata, tokenizers; and what is refused.
#include <gtest/gtest.h>

#include <map>

#include "quant/convert/hugging_face.h"
#include "quant/convert/sentence_piece.h"
#include "quant/io/safetensors.h"

namespace tusk::quant {
namespace {

class MemoryFiles final : public RangeFiles {
 public:
  std::map<std::string, std::vector<uint8_t>> files;  // "m/config.json"

  void Put(const std::string& path, std::string_view text) { files[path] = {text.begin(), text.end()}; }
  Result<std::shared_ptr<const RangeReader>> Open(const std::string& path) const override {
    const auto it = files.find(path);
    if (it == files.end()) return Status(Code::kFileNotFound, path);
    return std::shared_ptr<const RangeReader>(std::make_shared<MemoryRanges>(path, it->second));
  }
  Result<bool> IsFolder(const std::string& path) const override { return !files.contains(path); }
  Result<std::vector<std::string>> List(const std::string& folder) const override {
    std::vector<std::string> names;
    for (const auto& [path, bytes] : files) {
      if (path.starts_with(folder + "/")) names.push_back(path.substr(folder.size() + 1));
    }
    return names;
  }
  void PutTensors(const std::string& path, const std::vector<std::pair<std::string, std::vector<uint64_t>>>& tensors, Dtype dtype = Dtype::kBF16) {
    SafetensorsHeader header;
    for (const auto& [name, shape] : tensors) header.tensors.push_back({.name = name, .dtype = dtype, .shape = shape});
    std::vector<uint8_t> bytes = EncodeSafetensorsHeader(header).value();
    bytes.resize(bytes.size() + header.data_bytes);
    files[path] = std::move(bytes);
  }
};

constexpr const char* kConfig =
    R"({"architectures":["LlamaForCausalLM"],"hidden_size":8,"num_attention_heads":2,"num_key_value_heads":1,
        "num_hidden_layers":1,"intermediate_size":16,"rms_norm_eps":1e-6,"rope_theta":500000.0,"vocab_size":4,
        "max_position_embeddings":128,"bos_token_id":1})";

MemoryFiles Sample() {
  MemoryFiles files;
  files.Put("m/config.json", kConfig);
  files.PutTensors("m/model.safetensors", {{"model.embed_tokens.weight", {4, 8}},
                                           {"model.layers.0.self_attn.q_proj.weight", {8, 8}},
                                           {"model.layers.0.self_attn.k_proj.weight", {4, 8}},
                                           {"model.layers.0.self_attn.rotary_emb.inv_freq", {2}},
                                           {"model.layers.0.post_attention_layernorm.weight", {8}},
                                           {"model.norm.weight", {8}}});
  return files;
}

const GgufValue* Find(const Model& model, const std::string& key) {
  for (const auto& [name, value] : model.metadata) {
    if (name == key) return &value;
  }
  return nullptr;
}

TEST(ConvertTest, NamesShapesAndHeadsOfALlama) {
  const Result<Model> model = OpenHuggingFaceModel(Sample(), "m", {});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  std::map<std::string, ModelTensor> tensors;
  for (const ModelTensor& tensor : model->tensors) tensors[tensor.name] = tensor;
  EXPECT_EQ(tensors.size(), 5U);
  EXPECT_EQ(tensors["token_embd.weight"].dims, (std::vector<uint64_t>{8, 4}));
  EXPECT_EQ(tensors["token_embd.weight"].plain_type, TensorType::kBF16);
  EXPECT_EQ(tensors["blk.0.attn_q.weight"].interleaved_heads, 2U);
  EXPECT_EQ(tensors["blk.0.attn_k.weight"].interleaved_heads, 1U);
  EXPECT_EQ(tensors["blk.0.ffn_norm.weight"].plain_type, TensorType::kF32);
  EXPECT_EQ(tensors["output_norm.weight"].type, TensorType::kBF16);
  EXPECT_EQ(Find(*model, "llama.rope.freq_base")->AsNumber(), 500000.0);
  EXPECT_EQ(Find(*model, "llama.rope.dimension_count")->AsUnsigned(), 4U);
  EXPECT_EQ(*Find(*model, "general.name")->AsString(), "m");
  EXPECT_EQ(*Find(*model, "tokenizer.ggml.model")->AsString(), "none");
}

TEST(ConvertTest, ExpertsAreStackedInTheirOrder) {
  MemoryFiles files;
  std::string config = kConfig;
  config.replace(config.find("LlamaForCausalLM"), 16, "MixtralForCausalLM");
  config.insert(1, R"("num_local_experts":12,)");
  files.Put("m/config.json", config);
  std::vector<std::pair<std::string, std::vector<uint64_t>>> tensors;
  for (int i = 0; i < 12; ++i) tensors.emplace_back("model.layers.0.block_sparse_moe.experts." + std::to_string(i) + ".w2.weight", std::vector<uint64_t>{8, 16});
  files.PutTensors("m/model.safetensors", tensors);
  const Result<Model> model = OpenHuggingFaceModel(files, "m", {});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  ASSERT_EQ(model->tensors.size(), 1U);
  EXPECT_EQ(model->tensors[0].name, "blk.0.ffn_down_exps.weight");
  EXPECT_EQ(model->tensors[0].dims, (std::vector<uint64_t>{16, 8, 12}));
  for (size_t i = 1; i < 12; ++i) EXPECT_EQ(model->tensors[0].pieces[i].offset, model->tensors[0].pieces[i - 1].offset + 8 * 16 * 2);
  tensors.pop_back();
  files.PutTensors("m/model.safetensors", tensors);
  EXPECT_NE(OpenHuggingFaceModel(files, "m", {}).status().message().find("made of 11 experts of 12"), std::string_view::npos);
}

TEST(ConvertTest, LlamaThreeScalesItsRotations) {
  MemoryFiles files = Sample();
  std::string config = kConfig;
  config.insert(1, R"("rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192},)");
  files.Put("m/config.json", config);
  const Result<Model> model = OpenHuggingFaceModel(files, "m", {});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  for (const ModelTensor& tensor : model->tensors) {
    if (tensor.name == "rope_freqs.weight") EXPECT_EQ(tensor.made.size(), 2U);
    if (tensor.name == "rope_freqs.weight") EXPECT_EQ(tensor.made[0], 1.0F);
  }
  EXPECT_EQ(model->tensors.size(), 6U);
}

TEST(ConvertTest, WhatIsNotKnownIsNamed) {
  const auto refusal = [](MemoryFiles files) { return std::string(OpenHuggingFaceModel(files, "m", {}).status().message()); };
  MemoryFiles files = Sample();
  files.Put("m/config.json", R"({"architectures":["GPTNeoXForCausalLM"]})");
  EXPECT_NE(refusal(files).find("architecture 'GPTNeoXForCausalLM' is not converted"), std::string::npos);
  files.Put("m/config.json", R"({"architectures":["LlamaForCausalLM"],"num_hidden_layers":0})");
  EXPECT_NE(refusal(files).find("no sound num_hidden_layers"), std::string::npos);
  files.Put("m/config.json", "[]");
  EXPECT_NE(refusal(files).find("m/config.json is not a JSON object"), std::string::npos);
  files = Sample();
  files.PutTensors("m/more.safetensors", {{"model.layers.1.mlp.up_proj.weight", {16, 8}}});
  EXPECT_NE(refusal(files).find("layer 1 of 1"), std::string::npos);
  files.PutTensors("m/more.safetensors", {{"model.layers.0.mlp.sideways.weight", {16, 8}}});
  EXPECT_NE(refusal(files).find("a name that llama models have not"), std::string::npos);
  files.PutTensors("m/more.safetensors", {{"model.norm.weight", {8}}});
  EXPECT_NE(refusal(files).find("'model.norm.weight' is in two of the files"), std::string::npos);
  files.PutTensors("m/more.safetensors", {{"lm_head.weight", {4, 8}}}, Dtype::kF8E4M3);
  EXPECT_NE(refusal(files).find("is F8_E4M3, which GGUF has not"), std::string::npos);
}

TEST(ConvertTest, ShardsMustBeWhereTheIndexSays) {
  MemoryFiles files;
  files.Put("m/config.json", kConfig);
  files.PutTensors("m/a.safetensors", {{"model.norm.weight", {8}}});
  files.PutTensors("m/b.safetensors", {{"model.embed_tokens.weight", {4, 8}}});
  const auto with = [&files](std::string_view index) {
    files.Put("m/model.safetensors.index.json", index);
    return OpenHuggingFaceModel(files, "m", {}).status();
  };
  EXPECT_TRUE(with(R"({"weight_map":{"model.norm.weight":"a.safetensors","model.embed_tokens.weight":"b.safetensors"}})").ok());
  EXPECT_EQ(with(R"({"weight_map":{"model.norm.weight":"b.safetensors","model.embed_tokens.weight":"b.safetensors"}})").code(), Code::kCorruption);
  EXPECT_EQ(with(R"({"weight_map":{"model.norm.weight":"b.safetensors","model.embed_tokens.weight":"a.safetensors"}})").code(), Code::kCorruption);
  EXPECT_EQ(with(R"({"weight_map":{"model.norm.weight":"../a.safetensors"}})").code(), Code::kCorruption);
  EXPECT_EQ(with(R"({"weight_map":{"model.norm.weight":7}})").code(), Code::kCorruption);
  EXPECT_EQ(with(R"({"weight_map":{"model.norm.weight":"c.safetensors"}})").code(), Code::kFileNotFound);
}

TEST(ConvertTest, ByteLevelTokenizersKeepMergesAndSpecialTokens) {
  MemoryFiles files = Sample();
  files.Put("m/tokenizer.json",
            R"({"added_tokens":[{"id":3,"content":"<|end|>","special":true}],"pre_tokenizer":{"type":"ByteLevel"},
                "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b",["a","b"]]}})");
  files.Put("m/tokenizer_config.json", R"({"eos_token":"<|end|>","add_bos_token":false,"chat_template":"{{x}}"})");
  const Result<Model> model = OpenHuggingFaceModel(files, "m", {});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  EXPECT_EQ(*Find(*model, "tokenizer.ggml.model")->AsString(), "gpt2");
  EXPECT_EQ(*Find(*model, "tokenizer.ggml.pre")->AsString(), "gpt-2");
  EXPECT_EQ(Find(*model, "tokenizer.ggml.tokens")->AsStrings()[3], "<|end|>");
  EXPECT_EQ(Find(*model, "tokenizer.ggml.token_type")->ToText(), "[1, 1, 1, 3]");
  EXPECT_EQ(Find(*model, "tokenizer.ggml.merges")->AsStrings()[1], "a b");
  EXPECT_EQ(Find(*model, "tokenizer.ggml.eos_token_id")->AsUnsigned(), 3U);
  EXPECT_EQ(Find(*model, "tokenizer.ggml.bos_token_id")->AsUnsigned(), 1U);
  EXPECT_EQ(Find(*model, "tokenizer.ggml.add_bos_token")->ToText(), "false");
  files.Put("m/tokenizer.json", R"({"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"x"}}})");
  EXPECT_NE(OpenHuggingFaceModel(files, "m", {}).status().message().find("--pre-tokenizer"), std::string_view::npos);
  EXPECT_TRUE(OpenHuggingFaceModel(files, "m", {.pre_tokenizer = "llama-bpe"}).ok());
  files.Put("m/tokenizer.json", R"({"model":{"type":"BPE","vocab":{"a":9},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}})");
  EXPECT_EQ(OpenHuggingFaceModel(files, "m", {}).code(), Code::kCorruption);
}

TEST(SentencePieceTest, EveryCutOfAPieceIsAnErrorOrFewerPieces) {
  const std::string_view file("\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x03\x0a\x01" "a\x12\x02xy", 25);
  const Result<std::vector<SentencePiece>> pieces = ReadSentencePieces(AsBytes(file), "t");
  ASSERT_TRUE(pieces.ok()) << pieces.status().ToString();
  ASSERT_EQ(pieces->size(), 2U);
  EXPECT_EQ((*pieces)[0].text, "<unk>");
  EXPECT_EQ((*pieces)[0].type, 2);
  EXPECT_EQ((*pieces)[1].text, "a");
  for (size_t size = 0; size < file.size(); ++size) {
    const auto cut = ReadSentencePieces(AsBytes(file.substr(0, size)), "t");
    if (size != 21) EXPECT_FALSE(cut.ok() && cut->size() == 2) << size;
  }
}

}  // namespace
}  // namespace tusk::quant
