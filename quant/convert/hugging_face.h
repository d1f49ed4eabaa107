// Models as Hugging Face keeps them: safetensors (one file, or shards with model.safetensors.index.json) beside config.json and
// a tokenizer. Of the llama family (Llama, Mistral, Mixtral) they become what llama.cpp's converter makes of them: metadata,
// names, rotated heads, experts stacked. Another architecture is an error that names it. Without config.json the tensors keep
// their names, and the file says that its architecture is "".
#pragma once

#include <string>

#include "quant/plan/model.h"

namespace tusk::quant {

struct ConvertOptions {
  std::string pre_tokenizer;  // of a byte-level tokenizer.json whose splitting we don't know; llama.cpp's name
};

// `path` is a folder, a .safetensors file, or an index.
Result<Model> OpenHuggingFaceModel(const RangeFiles& files, const std::string& path, const ConvertOptions& options);

}  // namespace tusk::quant
