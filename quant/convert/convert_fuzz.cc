// Fuzz: any bytes as tokenizer.model, as an imatrix, as config.json and tokenizer.json of a small model are taken or refused.
#include <map>

#include "quant/convert/hugging_face.h"
#include "quant/convert/sentence_piece.h"
#include "quant/io/imatrix.h"
#include "quant/io/safetensors.h"

namespace {

using namespace tusk;  // NOLINT

class OneFile final : public quant::RangeFiles {
 public:
  OneFile(std::string name, ByteView bytes) : name_(std::move(name)), bytes_(bytes) {
    quant::SafetensorsHeader header;
    header.tensors.push_back({.name = "model.norm.weight", .dtype = quant::Dtype::kF32, .shape = {4}});
    model_ = quant::EncodeSafetensorsHeader(header).value();
    model_.resize(model_.size() + header.data_bytes);
  }
  Result<std::shared_ptr<const quant::RangeReader>> Open(const std::string& path) const override {
    static constexpr std::string_view kConfig =
        R"({"architectures":["LlamaForCausalLM"],"hidden_size":4,"num_attention_heads":1,"num_hidden_layers":1})";
    const ByteView bytes = path == name_ ? bytes_ : path == "m/model.safetensors" ? ByteView(model_) : AsBytes(kConfig);
    if (path != name_ && path != "m/model.safetensors" && path != "m/config.json") return Status(Code::kFileNotFound, path);
    return std::shared_ptr<const quant::RangeReader>(std::make_shared<quant::MemoryRanges>(path, bytes));
  }
  Result<bool> IsFolder(const std::string& path) const override { return path == "m"; }
  Result<std::vector<std::string>> List(const std::string&) const override { return std::vector<std::string>{"model.safetensors"}; }

 private:
  std::string name_;
  ByteView bytes_;
  std::vector<uint8_t> model_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(data, size);
  (void)quant::ReadSentencePieces(bytes, "fuzz");
  (void)quant::ReadImatrix(quant::MemoryRanges("fuzz", bytes));
  for (const char* name : {"m/config.json", "m/tokenizer.json", "m/tokenizer_config.json", "m/tokenizer.model", "m/model.safetensors.index.json"}) {
    (void)quant::OpenHuggingFaceModel(OneFile(name, bytes), "m", {});
  }
  return 0;
}
