// JSON written by hand, read by nlohmann's parser.
#include "base/web/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

namespace tusk::web {
namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 32;

// Bytes of the UTF-8 character at the start of `text`; 0 if it is none.
size_t CharacterBytes(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto follows = [&](size_t i) { return i < text.size() && (at(i) & 0xC0) == 0x80; };
  const uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    const bool overlong = lead == 0xE0 && at(1) < 0xA0;
    const bool surrogate = lead == 0xED && at(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    const bool overlong = lead == 0xF0 && at(1) < 0x90;
    const bool beyond = lead == 0xF4 && at(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

Status Wrong(std::string_view name, std::string_view what) {
  return Status(Code::kInvalidArgument, std::string(name) + ": " + std::string(what));
}

}  // namespace

std::string Quote(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    const char c = text.front();
    if (bytes == 0) {
      out += "\xEF\xBF\xBD";
    } else if (bytes > 1) {
      out += text.substr(0, bytes);
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      out += "\\u00";
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return out + '"';
}

std::string NumberText(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 64> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), written.ptr};
}

JsonObject& JsonObject::Set(std::string_view name, double value) { return SetJson(name, NumberText(value)); }

JsonObject& JsonObject::SetJson(std::string_view name, std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  text_ += Quote(name);
  text_ += ':';
  text_ += json;
  return *this;
}

JsonArray& JsonArray::AddJson(std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  text_ += json;
  return *this;
}

struct JsonBody::State {
  Json value = Json::object();
  const Json* Find(std::string_view name) const {
    auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
  }
};

JsonBody::JsonBody() : state_(std::make_unique<State>()) {}
JsonBody::~JsonBody() = default;
JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody& JsonBody::operator=(JsonBody&&) noexcept = default;

Result<JsonBody> JsonBody::Parse(std::string_view text) {
  JsonBody body;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return body;
  bool too_deep = false;
  bool twice = false;
  std::vector<std::set<std::string>> names;
  auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDepthMax) too_deep = true;
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end && !names.empty()) names.pop_back();
    if (event == Json::parse_event_t::key && !names.empty()) twice |= !names.back().insert(parsed.get<std::string>()).second;
    return !too_deep;
  };
  // Deeper ones are refused before the parser's own recursion: it keeps a stack of its own, so depth is only memory.
  Json value = Json::parse(text, watch, false);
  if (too_deep) return Status(Code::kInvalidArgument, "the body is nested too deeply");
  if (value.is_discarded()) return Status(Code::kInvalidArgument, "the body is no JSON");
  if (twice) return Status(Code::kInvalidArgument, "the body has a name twice");
  if (!value.is_object()) return Status(Code::kInvalidArgument, "the body is no JSON object");
  body.state_->value = std::move(value);
  return body;
}

bool JsonBody::Has(std::string_view name) const { return state_->Find(name) != nullptr; }
bool JsonBody::IsNull(std::string_view name) const {
  const Json* value = state_->Find(name);
  return value != nullptr && value->is_null();
}

Result<std::string> JsonBody::Text(std::string_view name) const {
  const Json* value = state_->Find(name);
  if (value == nullptr) return Wrong(name, "is missing");
  if (!value->is_string()) return Wrong(name, "is no text");
  auto text = value->get<std::string>();
  if (text.find('\0') != std::string::npos) return Wrong(name, "has a NUL");
  return text;
}
Result<std::string> JsonBody::Text(std::string_view name, std::string_view otherwise) const {
  if (!Has(name)) return std::string(otherwise);
  return Text(name);
}

Result<int64_t> JsonBody::Int(std::string_view name, int64_t min, int64_t max) const {
  const Json* value = state_->Find(name);
  if (value == nullptr) return Wrong(name, "is missing");
  int64_t number = 0;
  if (value->is_number_unsigned()) {
    const uint64_t large = value->get<uint64_t>();
    if (large > static_cast<uint64_t>(INT64_MAX)) return Wrong(name, "is out of range");
    number = static_cast<int64_t>(large);
  } else if (value->is_number_integer()) {
    number = value->get<int64_t>();
  } else if (value->is_number_float() && std::trunc(value->get<double>()) == value->get<double>() &&
             std::abs(value->get<double>()) <= 9007199254740992.0) {
    number = static_cast<int64_t>(value->get<double>());  // JSON has one kind of number: 1.0 is 1
  } else {
    return Wrong(name, "is no whole number");
  }
  if (number < min || number > max) return Wrong(name, "is out of range");
  return number;
}
Result<int64_t> JsonBody::Int(std::string_view name, int64_t otherwise, int64_t min, int64_t max) const {
  if (!Has(name)) return otherwise;
  return Int(name, min, max);
}

Result<bool> JsonBody::Bool(std::string_view name, bool otherwise) const {
  const Json* value = state_->Find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) return Wrong(name, "is neither true nor false");
  return value->get<bool>();
}

Result<std::vector<std::string>> JsonBody::Texts(std::string_view name) const {
  std::vector<std::string> texts;
  const Json* value = state_->Find(name);
  if (value == nullptr) return texts;
  if (!value->is_array()) return Wrong(name, "is no list");
  for (const Json& item : *value) {
    if (!item.is_string()) return Wrong(name, "is no list of texts");
    texts.push_back(item.get<std::string>());
    if (texts.back().find('\0') != std::string::npos) return Wrong(name, "has a NUL");
  }
  return texts;
}

Result<JsonBody> JsonBody::Object(std::string_view name) const {
  JsonBody body;
  const Json* value = state_->Find(name);
  if (value == nullptr) return body;
  if (!value->is_object()) return Wrong(name, "is no object");
  body.state_->value = *value;
  return body;
}

std::vector<std::string> JsonBody::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : state_->value.items()) names.push_back(name);
  return names;
}

Status JsonBody::OnlyHas(std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : state_->value.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) return Wrong(name, "is not known here");
  }
  return Status::Ok();
}

}  // namespace tusk::web
