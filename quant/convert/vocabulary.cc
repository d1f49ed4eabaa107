// Tokens, their scores and kinds, merges, special tokens.
#include "quant/convert/vocabulary.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "quant/convert/json_text.h"
#include "quant/convert/sentence_piece.h"

namespace tusk::quant {
namespace {

using nlohmann::json;

constexpr uint64_t kTokenizerMax = 512 << 20;
constexpr uint64_t kConfigMax = 16 << 20;
constexpr uint64_t kVocabularyMax = 16'000'000;
constexpr int32_t kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6;
constexpr float kAbsentScore = -10000, kAddedScore = -1000;

// How a byte-level tokenizer splits text before it merges: known by the expression in tokenizer.json.
struct Splitting {
  std::string_view expression;
  std::string_view name;  // llama.cpp's tokenizer.ggml.pre
};
constexpr Splitting kSplittings[] = {
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "llama-bpe"},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "qwen2"},
};

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<float> scores;  // empty: none
  std::vector<int32_t> types;

  void Resize(uint64_t size) {
    const size_t begin = tokens.size();
    tokens.resize(size);
    scores.resize(size, kAbsentScore);
    types.resize(size, kUnused);
    for (size_t i = begin; i < size; ++i) tokens[i] = "[PAD" + std::to_string(i) + "]";
  }
};

bool LooksSpecial(const std::string& token) {
  const auto between = [&token](std::string_view begin, std::string_view end) { return token.starts_with(begin) && token.ends_with(end); };
  return token == "<pad>" || token == "<mask>" || token == "<2mass>" || token == "[@BOS@]" || between("<|", "|>") ||
         between("<\xef\xbd\x9c", "\xef\xbd\x9c>") || between("<unused", ">");
}

// SentencePiece's sign for a space, as a space.
std::string WithSpaces(std::string token) {
  constexpr std::string_view kSign = "\xe2\x96\x81";
  for (size_t at = token.find(kSign); at != std::string::npos; at = token.find(kSign, at + 1)) token.replace(at, kSign.size(), " ");
  return token;
}

bool IsByteToken(const std::string& token) {
  return token.size() == 6 && token.starts_with("<0x") && token[5] == '>' && std::isxdigit(static_cast<unsigned char>(token[3])) != 0 &&
         std::isxdigit(static_cast<unsigned char>(token[4])) != 0;
}

class VocabularyReader {
 public:
  VocabularyReader(const RangeFiles& files, const std::string& folder, const json& config, const std::string& pre_tokenizer, Model& model)
      : files_(files), folder_(folder), config_(config), pre_tokenizer_(pre_tokenizer), model_(model) {}

  Status Add() {
    RETURN_IF_ERROR(ReadOptional("tokenizer_config.json", kConfigMax, tokenizer_config_));
    RETURN_IF_ERROR(ReadOptional("tokenizer.json", kTokenizerMax, tokenizer_));
    if (const auto space = BoolIn(tokenizer_config_, "add_prefix_space")) Set("tokenizer.ggml.add_space_prefix", GgufValue::Bool(*space));
    Result<std::string> pieces = ReadText(files_, PathIn(folder_, "tokenizer.model"), kTokenizerMax);
    if (pieces.ok()) {
      RETURN_IF_ERROR(AddSentencePiece(*pieces));
    } else if (pieces.code() != Code::kFileNotFound) {
      return pieces.status();
    } else if (const json* bpe = ObjectIn(tokenizer_, "model"); bpe != nullptr) {
      RETURN_IF_ERROR(AddTokenizerJson(*bpe));
    } else {
      Set("tokenizer.ggml.model", GgufValue::String("none"));
      model_.notes.push_back("no tokenizer.model or tokenizer.json: the model gets no tokenizer");
      return Status::Ok();
    }
    AddSpecialTokens();
    return Status::Ok();
  }

 private:
  void Set(std::string key, GgufValue value) { model_.metadata.emplace_back(std::move(key), std::move(value)); }

  Status ReadOptional(const std::string& name, uint64_t bytes_max, json& out) {
    Result<json> read = ReadJsonObject(files_, PathIn(folder_, name), bytes_max);
    if (read.code() == Code::kFileNotFound) return Status::Ok();
    if (!read.ok()) return read.status();
    out = std::move(read).value();
    return Status::Ok();
  }

  Result<uint64_t> VocabularySize(uint64_t known) const {
    const uint64_t size = UnsignedIn(config_, "vocab_size").value_or(known);
    if (size > kVocabularyMax) return Status(Code::kCorruption, "config.json: vocab_size is " + std::to_string(size));
    return size;
  }

  void SetTokens(std::string_view kind, std::string_view pre, const Vocabulary& vocabulary) {
    size_ = vocabulary.tokens.size();
    Set("tokenizer.ggml.model", GgufValue::String(kind));
    Set("tokenizer.ggml.pre", GgufValue::String(pre));
    Set("tokenizer.ggml.tokens", GgufValue::Strings(vocabulary.tokens));
    if (!vocabulary.scores.empty()) Set("tokenizer.ggml.scores", GgufValue::F32s(vocabulary.scores));
    Set("tokenizer.ggml.token_type", GgufValue::I32s(vocabulary.types));
  }

  Status AddSentencePiece(const std::string& bytes) {
    ASSIGN_OR_RETURN(const std::vector<SentencePiece> pieces, ReadSentencePieces(AsBytes(bytes), PathIn(folder_, "tokenizer.model")));
    ASSIGN_OR_RETURN(const uint64_t size, VocabularySize(pieces.size()));
    Vocabulary vocabulary;
    vocabulary.Resize(size);
    for (size_t i = 0; i < pieces.size() && i < size; ++i) {
      vocabulary.tokens[i] = pieces[i].text;
      vocabulary.scores[i] = pieces[i].score;
      // What users defined counts as normal in SentencePiece's own answers; so in llama.cpp's.
      vocabulary.types[i] = pieces[i].type == kUserDefined ? kNormal : pieces[i].type;
    }
    json added;
    RETURN_IF_ERROR(ReadOptional("added_tokens.json", kConfigMax, added));
    for (const auto& [token, id] : added.items()) {
      if (id.is_number_unsigned() && id.get<uint64_t>() < size) PutAdded(id.get<uint64_t>(), token, kUserDefined, vocabulary);
    }
    if (const json* decoder = ObjectIn(tokenizer_config_, "added_tokens_decoder"); decoder != nullptr) {
      for (const auto& [number, entry] : decoder->items()) {
        const uint64_t id = std::strtoull(number.c_str(), nullptr, 10);
        const auto content = TextIn(entry, "content");
        if (!content || id >= size) continue;
        const bool special = BoolIn(entry, "special").value_or(false) || LooksSpecial(*content);
        PutAdded(id, special ? *content : WithSpaces(*content), special ? kControl : kUserDefined, vocabulary);
      }
    }
    SetTokens("llama", "default", vocabulary);
    return Status::Ok();
  }

  static void PutAdded(uint64_t id, const std::string& token, int32_t type, Vocabulary& vocabulary) {
    vocabulary.tokens[id] = token;
    vocabulary.scores[id] = kAddedScore;
    vocabulary.types[id] = type;
  }

  Status AddTokenizerJson(const json& bpe) {
    const json* words = ObjectIn(bpe, "vocab");
    if (TextIn(bpe, "type").value_or("") != "BPE" || words == nullptr) {
      return Status(Code::kUnsupported, PathIn(folder_, "tokenizer.json") + ": a tokenizer of type '" +
                                            TextIn(bpe, "type").value_or("") + "'; BPE and SentencePiece are known");
    }
    const bool pieces = BoolIn(bpe, "byte_fallback").value_or(false);  // SentencePiece's BPE, as of Llama 2
    uint64_t known = 0;
    for (const auto& [token, id] : words->items()) known = std::max(known, id.is_number_unsigned() ? id.get<uint64_t>() + 1 : 0);
    const json* added = ArrayIn(tokenizer_, "added_tokens");
    if (added != nullptr) {
      for (const json& entry : *added) known = std::max(known, UnsignedIn(entry, "id").value_or(0) + 1);
    }
    ASSIGN_OR_RETURN(const uint64_t size, VocabularySize(known));
    if (known > size) return Status(Code::kCorruption, "tokenizer.json has " + std::to_string(known) + " tokens, vocab_size is " + std::to_string(size));
    Vocabulary vocabulary;
    vocabulary.Resize(size);
    for (const auto& [token, id] : words->items()) {
      if (!id.is_number_unsigned()) return Status(Code::kCorruption, "tokenizer.json: the id of '" + token.substr(0, 64) + "' is no number");
      const auto at = id.get<uint64_t>();
      vocabulary.tokens[at] = token;
      vocabulary.scores[at] = kAddedScore;
      vocabulary.types[at] = pieces && IsByteToken(token) ? kByte : kNormal;
    }
    if (added != nullptr) {
      for (const json& entry : *added) {
        const auto id = UnsignedIn(entry, "id");
        const auto content = TextIn(entry, "content");
        if (!id || !content) continue;
        const bool special = BoolIn(entry, "special").value_or(false) || LooksSpecial(*content);
        PutAdded(*id, special ? *content : WithSpaces(*content), special ? kControl : kUserDefined, vocabulary);
      }
    }
    if (pieces) {
      SetTokens("llama", "default", vocabulary);
      return Status::Ok();
    }
    vocabulary.scores.clear();
    ASSIGN_OR_RETURN(const std::string pre, PreTokenizer());
    SetTokens("gpt2", pre, vocabulary);
    return AddMerges(bpe);
  }

  Result<std::string> PreTokenizer() const {
    if (!pre_tokenizer_.empty()) return pre_tokenizer_;
    const json* pre = ObjectIn(tokenizer_, "pre_tokenizer");
    if (pre != nullptr) {
      const std::string text = pre->dump(-1, ' ', false, json::error_handler_t::replace);
      for (const Splitting& splitting : kSplittings) {
        if (text.find(json(splitting.expression).dump()) != std::string::npos) return std::string(splitting.name);
      }
      if (TextIn(*pre, "type") == "ByteLevel") return std::string("gpt-2");
      if (text.find("\"Regex\"") == std::string::npos && text.find("\"Digits\"") != std::string::npos) return std::string("smollm");
    }
    return Status(Code::kUnsupported, PathIn(folder_, "tokenizer.json") +
                                          ": it splits text in a way that is not known here; --pre-tokenizer gives llama.cpp's name for it");
  }

  Status AddMerges(const json& bpe) {
    const json* merges = ArrayIn(bpe, "merges");
    if (merges == nullptr) return Status::Ok();
    std::vector<std::string> lines;
    lines.reserve(merges->size());
    for (const json& merge : *merges) {
      if (merge.is_string()) {
        lines.push_back(merge.get<std::string>());
        continue;
      }
      if (!merge.is_array() || merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) {
        return Status(Code::kCorruption, "tokenizer.json: merge " + std::to_string(lines.size()) + " is no pair of texts");
      }
      lines.push_back(Escaped(merge[0].get<std::string>()) + " " + Escaped(merge[1].get<std::string>()));
    }
    Set("tokenizer.ggml.merges", GgufValue::Strings(lines));
    return Status::Ok();
  }

  // A space within a half of a merge is written as the byte-level alphabet's sign for it.
  static std::string Escaped(std::string half) {
    for (size_t at = half.find(' '); at != std::string::npos; at = half.find(' ', at + 1)) half.replace(at, 1, "\xc4\xa0");
    return half;
  }

  std::optional<uint64_t> IdOf(const std::string& content) const {
    const json* added = ArrayIn(tokenizer_, "added_tokens");
    if (added == nullptr) return std::nullopt;
    for (const json& entry : *added) {
      if (TextIn(entry, "content") == content) return UnsignedIn(entry, "id");
    }
    return std::nullopt;
  }

  // What a post-processor that frames the text with special tokens says about them.
  void AddFraming(std::map<std::string, bool>& flags) const {
    const json* processor = ObjectIn(tokenizer_, "post_processor");
    if (processor == nullptr) return;
    const json* several = ArrayIn(*processor, "processors");
    const json one = json::array({*processor});
    for (const json& step : several != nullptr ? *several : one) {
      const std::string type = TextIn(step, "type").value_or("");
      if (type == "ByteLevel") {
        flags.try_emplace("bos", false);
        flags.try_emplace("eos", false);
      }
      const json* single = ArrayIn(step, "single");
      if (type != "TemplateProcessing" || single == nullptr || single->size() < 2) continue;
      if (const json* first = ObjectIn(single->front(), "SpecialToken")) flags["bos"] = TextIn(*first, "id") == TokenText("bos");
      if (const json* last = ObjectIn(single->back(), "SpecialToken")) flags["eos"] = TextIn(*last, "id") == TokenText("eos");
    }
  }

  std::optional<std::string> TokenText(const std::string& kind) const {
    const std::string key = kind + "_token";
    if (const auto text = TextIn(tokenizer_config_, key.c_str())) return text;
    const json* entry = ObjectIn(tokenizer_config_, key.c_str());
    return entry == nullptr ? std::nullopt : TextIn(*entry, "content");
  }

  void AddSpecialTokens() {
    const std::pair<const char*, const char*> kinds[] = {{"bos", "bos"}, {"eos", "eos"}, {"unk", "unknown"}, {"sep", "seperator"},
                                                         {"pad", "padding"}, {"cls", "cls"}, {"mask", "mask"}};
    std::map<std::string, bool> flags;
    AddFraming(flags);
    for (const auto& [kind, name] : kinds) {
      if (const auto flag = BoolIn(tokenizer_config_, ("add_" + std::string(kind) + "_token").c_str())) flags.try_emplace(kind, *flag);
      std::optional<uint64_t> id;
      if (const auto text = TokenText(kind)) id = IdOf(*text);
      if (!id) id = UnsignedIn(config_, (std::string(kind) + "_token_id").c_str());
      if (id && *id < size_) Set("tokenizer.ggml." + std::string(name) + "_token_id", GgufValue::U32(static_cast<uint32_t>(*id)));
    }
    for (const char* kind : {"bos", "eos", "sep"}) {
      if (flags.contains(kind)) Set("tokenizer.ggml.add_" + std::string(kind) + "_token", GgufValue::Bool(flags[kind]));
    }
    if (const auto chat = TextIn(tokenizer_config_, "chat_template")) {
      Set("tokenizer.chat_template", GgufValue::String(*chat));
    } else if (Result<std::string> file = ReadText(files_, PathIn(folder_, "chat_template.jinja"), kConfigMax); file.ok()) {
      Set("tokenizer.chat_template", GgufValue::String(*file));
    }
  }

  const RangeFiles& files_;
  const std::string& folder_;
  const json& config_;
  const std::string& pre_tokenizer_;
  Model& model_;
  json tokenizer_config_ = json::object(), tokenizer_ = json::object();
  uint64_t size_ = 0;
};

}  // namespace

Status AddVocabulary(const RangeFiles& files, const std::string& folder, const json& config, const std::string& pre_tokenizer, Model& model) {
  return VocabularyReader(files, folder, config, pre_tokenizer, model).Add();
}

}  // namespace tusk::quant
