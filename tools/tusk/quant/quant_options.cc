// Parsing the words.
#include "tools/tusk/quant/quant_options.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace tusk::tools {
namespace {

Status Bad(const std::string& message) { return Status(Code::kInvalidArgument, message); }

Result<quant::TensorType> TypeOf(const std::string& name) {
  const quant::TypeTraits* traits = quant::TypeByName(name);
  if (traits == nullptr) return Bad("no type '" + name + "'");
  if (!traits->encodable) return Bad("type " + std::string(traits->name) + " is read, not written");
  return traits->type;
}

Result<uint64_t> Count(const std::string& name, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Bad(name + " wants a count, not '" + text + "'");
  return value;
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& args) : args_(args) {}

  Result<QuantOptions> Parse() {
    out_.args = args_;
    while (at_ < args_.size()) {
      const std::string& word = args_[at_++];
      if (word.size() < 2 || word[0] != '-') {
        out_.words.push_back(word);
        continue;
      }
      std::string name = word.substr(word.starts_with("--") ? 2 : 1);
      value_.reset();
      if (const size_t equals = name.find('='); equals != std::string::npos) {
        value_ = name.substr(equals + 1);
        name.resize(equals);
      }
      if (TakeFlag(name)) continue;
      if (!value_) {
        if (at_ >= args_.size()) return Bad("unknown option, or one without its value: " + word);
        value_ = args_[at_++];
      }
      RETURN_IF_ERROR(TakeValue(name, *value_));
    }
    return std::move(out_);
  }

 private:
  bool TakeFlag(const std::string& name) {
    const std::pair<const char*, bool*> flags[] = {
        {"help", &out_.help}, {"h", &out_.help}, {"json", &out_.json}, {"quiet", &out_.quiet}, {"restart", &out_.restart},
        {"cluster", &out_.cluster},
        {"pure", &out_.settings.pure}, {"leave-output-tensor", &out_.settings.leave_output},
        {"allow-requantize", &out_.settings.allow_requantize}, {"allow-bad-weights", &out_.settings.allow_bad_weights}};
    for (const auto& [flag, target] : flags) {
      if (name == flag) return *target = true;
    }
    if (name == "affine") out_.scaled["affine"] = "true";
    return name == "affine";
  }

  Status TakeValue(const std::string& name, const std::string& value) {
    if (name == "type" || name == "t") {
      out_.type = value;
    } else if (name == "imatrix") {
      out_.imatrix = value;
    } else if (name == "pre-tokenizer") {
      out_.pre_tokenizer = value;
    } else if (name == "threads") {
      ASSIGN_OR_RETURN(out_.threads, Count("--threads", value));
      if (out_.threads > 1024) return Bad("--threads of at most 1024");
    } else if (name == "weights") {
      ASSIGN_OR_RETURN(out_.bench_weights, ParseByteCount(value));
    } else if (name == "types") {
      SplitTypes(value);
    } else if (name == "budget") {
      ASSIGN_OR_RETURN(out_.budget_bytes, ParseByteCount(value));
      if (out_.budget_bytes == 0) return Bad("--budget of 0 bytes");
    } else if (name == "exclude") {
      ASSIGN_OR_RETURN(quant::TensorPattern pattern, quant::TensorPattern::Make(value));
      out_.settings.exclude.push_back(std::move(pattern));
    } else if (name == "tensor-type") {
      return TakeTensorType(value);
    } else if (name == "output-tensor-type") {
      ASSIGN_OR_RETURN(out_.settings.output_type, TypeOf(value));
    } else if (name == "token-embedding-type") {
      ASSIGN_OR_RETURN(out_.settings.embedding_type, TypeOf(value));
    } else if (name == "workers" || name == "gpus" || name == "vcores" || name == "memory") {
      return TakeJobNumber(name, value);
    } else if (name == "device") {
      if (value != "cpu" && value != "cuda" && value != "auto") return Bad("--device is one of cpu, cuda, auto, not '" + value + "'");
      out_.device = value;
    } else if (name == "queue") {
      out_.queue = value;
    } else if (name == "name") {
      out_.job_name = value;
    } else if (name == "granularity" || name == "range") {
      out_.scaled[name] = value;
    } else {
      return Bad("unknown option --" + name);
    }
    return Status::Ok();
  }

  Status TakeJobNumber(const std::string& name, const std::string& value) {
    ASSIGN_OR_RETURN(const uint64_t count, Count("--" + name, value));
    const uint64_t most = name == "memory" ? 1 << 24 : 10'000;
    if (count > most || (count == 0 && name != "gpus")) return Bad("--" + name + " of " + value);
    if (name == "workers") out_.workers = static_cast<int>(count);
    if (name == "gpus") out_.gpus = static_cast<int>(count);
    if (name == "vcores") out_.vcores = static_cast<int>(count);
    if (name == "memory") out_.memory_mb = static_cast<int64_t>(count);
    return Status::Ok();
  }

  Status TakeTensorType(const std::string& value) {
    const size_t equals = value.rfind('=');
    if (equals == std::string::npos || equals == 0) return Bad("--tensor-type wants PATTERN=TYPE, not '" + value + "'");
    ASSIGN_OR_RETURN(quant::TensorPattern pattern, quant::TensorPattern::Make(value.substr(0, equals)));
    ASSIGN_OR_RETURN(const quant::TensorType type, TypeOf(value.substr(equals + 1)));
    out_.settings.types.emplace_back(std::move(pattern), type);
    return Status::Ok();
  }

  void SplitTypes(const std::string& value) {
    for (size_t begin = 0; begin <= value.size();) {
      const size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) out_.bench_types.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  const std::vector<std::string>& args_;
  size_t at_ = 0;
  std::optional<std::string> value_;
  QuantOptions out_;
};

}  // namespace

Result<uint64_t> ParseByteCount(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  double factor = 0;
  const std::pair<const char*, double> units[] = {{"", 1},        {"k", 1e3},          {"kB", 1e3},  {"KiB", 1024.0},
                                                  {"M", 1e6},     {"MB", 1e6},         {"MiB", 1048576.0}, {"G", 1e9},
                                                  {"GB", 1e9},    {"GiB", 1073741824.0}};
  for (const auto& [name, value] : units) {
    if (unit == name) factor = value;
  }
  if (end == text.c_str() || factor == 0 || !std::isfinite(number) || number < 0 || number * factor > 1e18) {
    return Bad("'" + text + "' is no number of bytes (such as 123456, 800M, 1.5G, 4GiB)");
  }
  return static_cast<uint64_t>(number * factor);
}

Result<QuantOptions> ParseQuantOptions(const std::vector<std::string>& args) { return Parser(args).Parse(); }

}  // namespace tusk::tools
