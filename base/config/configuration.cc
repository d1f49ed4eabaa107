// Configuration's keys, precedence, substitution and typed reads.
#include "base/config/configuration.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "base/config/deprecated_keys_internal.h"

namespace tusk {
namespace {

constexpr int kSubstitutionsMax = 20;  // as Hadoop's MAX_SUBST

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

Status NotA(std::string_view key, std::string_view value, std::string_view kind) {
  std::string message(key);
  message.append(": \"").append(value).append("\" is not ").append(kind);
  return Status(Code::kInvalidArgument, std::move(message));
}

bool ParseWhole(std::string_view text, int64_t& out, int base = 10) {
  if (text.starts_with("+")) text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool ParseInteger(std::string_view text, int64_t& out) {
  if (text.starts_with("0x") || text.starts_with("0X")) return ParseWhole(text.substr(2), out, 16);
  return ParseWhole(text, out);
}

struct TimeSuffix {
  std::string_view text;
  Duration unit;
};
// The longer suffix first: "ms" ends with "s" too.
constexpr TimeSuffix kTimeSuffixes[] = {{"ns", std::chrono::nanoseconds(1)}, {"us", std::chrono::microseconds(1)},
                                        {"ms", std::chrono::milliseconds(1)}, {"s", std::chrono::seconds(1)},
                                        {"m", std::chrono::minutes(1)},       {"h", std::chrono::hours(1)},
                                        {"d", std::chrono::hours(24)}};

}  // namespace

void Configuration::Set(std::string_view key, std::string value, std::string source) {
  key = CurrentKeyOf(Trim(key));
  Entry& entry = entries_[std::string(key)];
  if (entry.is_final) return;
  entry.value = std::move(value);
  entry.source = std::move(source);
}

void Configuration::SetIfUnset(std::string_view key, std::string value, std::string source) {
  if (!GetRaw(key)) Set(key, std::move(value), std::move(source));
}

void Configuration::Unset(std::string_view key) {
  auto found = entries_.find(CurrentKeyOf(key));
  if (found != entries_.end()) entries_.erase(found);
}

std::optional<std::string> Configuration::GetRaw(std::string_view key) const {
  auto found = entries_.find(CurrentKeyOf(key));
  if (found == entries_.end()) return std::nullopt;
  return found->second.value;
}

std::optional<std::string> Configuration::Get(std::string_view key) const {
  auto raw = GetRaw(key);
  if (!raw || raw->find("${") == std::string::npos) return raw;
  return Substitute(*raw, kSubstitutionsMax);
}

std::string Configuration::Get(std::string_view key, std::string_view otherwise) const {
  auto value = Get(key);
  return value ? *value : std::string(otherwise);
}

// Replaces the innermost ${name} again and again; what nothing defines stays as it is.
std::string Configuration::Substitute(std::string_view text, int depth) const {
  std::string value(text);
  size_t search_from = 0;
  while (depth-- > 0) {
    size_t end = value.find('}', search_from);
    if (end == std::string::npos) return value;
    size_t start = value.rfind("${", end);
    if (start == std::string::npos || start < search_from) {
      search_from = end + 1;
      continue;
    }
    std::string name = value.substr(start + 2, end - start - 2);
    std::optional<std::string> replacement;
    if (variables_) replacement = variables_(name);
    if (!replacement) replacement = GetRaw(name);
    if (!replacement) {
      search_from = end + 1;
      continue;
    }
    value.replace(start, end - start + 1, *replacement);
  }
  return value;
}

Result<int64_t> Configuration::GetInt(std::string_view key, int64_t otherwise) const {
  auto value = Get(key);
  if (!value || Trim(*value).empty()) return otherwise;
  int64_t number = 0;
  if (!ParseInteger(Trim(*value), number)) return NotA(key, *value, "an integer");
  return number;
}

Result<double> Configuration::GetDouble(std::string_view key, double otherwise) const {
  auto value = Get(key);
  if (!value || Trim(*value).empty()) return otherwise;
  std::string_view text = Trim(*value);
  if (text.ends_with('f') || text.ends_with('d')) text.remove_suffix(1);  // Java's literal suffixes
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return NotA(key, *value, "a number");
  return number;
}

Result<bool> Configuration::GetBool(std::string_view key, bool otherwise) const {
  auto value = Get(key);
  if (!value || Trim(*value).empty()) return otherwise;
  std::string text(Trim(*value));
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text == "true") return true;
  if (text == "false") return false;
  return NotA(key, *value, "true or false");
}

Result<int64_t> Configuration::GetBytes(std::string_view key, int64_t otherwise) const {
  auto value = Get(key);
  if (!value || Trim(*value).empty()) return otherwise;
  std::string_view text = Trim(*value);
  int shift = 0;
  constexpr std::string_view kPrefixes = "kmgtpe";
  size_t prefix = kPrefixes.find(static_cast<char>(std::tolower(static_cast<unsigned char>(text.back()))));
  if (prefix != std::string_view::npos) {
    shift = static_cast<int>(prefix + 1) * 10;
    text.remove_suffix(1);
  }
  int64_t number = 0;
  int64_t bytes = 0;
  if (!ParseInteger(Trim(text), number) || __builtin_mul_overflow(number, int64_t{1} << shift, &bytes)) {
    return NotA(key, *value, "a size such as 131072, 128k or 1g");
  }
  return bytes;
}

Result<Duration> Configuration::GetDuration(std::string_view key, Duration otherwise, Duration bare_unit) const {
  auto value = Get(key);
  if (!value || Trim(*value).empty()) return otherwise;
  std::string_view text = Trim(*value);
  Duration unit = bare_unit;
  for (const auto& suffix : kTimeSuffixes) {
    if (text.ends_with(suffix.text)) {
      unit = suffix.unit;
      text.remove_suffix(suffix.text.size());
      break;
    }
  }
  int64_t number = 0;
  int64_t nanos = 0;
  if (!ParseInteger(Trim(text), number)) return NotA(key, *value, "a time such as 500ms, 30s or 2m");
  // "Never" is written as Long.MAX_VALUE: it saturates.
  if (__builtin_mul_overflow(number, unit.count(), &nanos)) return number > 0 ? Duration::max() : Duration::min();
  return Duration(nanos);
}

std::vector<std::string> Configuration::GetStrings(std::string_view key) const {
  std::vector<std::string> parts;
  auto value = Get(key);
  if (!value) return parts;
  std::string_view rest = *value;
  while (true) {
    size_t comma = rest.find(',');
    std::string_view part = Trim(rest.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace tusk
