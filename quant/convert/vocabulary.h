// The tokenizer of a Hugging Face model as GGUF metadata: from tokenizer.model (SentencePiece) or tokenizer.json (byte-level BPE,
// or BPE with byte fallback), with tokenizer_config.json and added_tokens.json beside them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "quant/plan/model.h"

namespace tusk::quant {

// Appends tokenizer.* to model.metadata; says in model.notes what it could not take over. A folder without any tokenizer gets
// tokenizer.ggml.model "none".
Status AddVocabulary(const RangeFiles& files, const std::string& folder, const nlohmann::json& config,
                     const std::string& pre_tokenizer, Model& model);

}  // namespace tusk::quant
