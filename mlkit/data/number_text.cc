// Numbers and other small texts.
#include "mlkit/data/number_text.h"

#include <charconv>
#include <limits>

namespace tusk::ml {

const char* ParseNumberSlowly(const char* p, const char* end, double& value) {
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  if (p == end || (static_cast<unsigned char>(*p - '0') >= 10 && *p != '.')) return nullptr;
  double magnitude = 0;
  const auto [rest, error] = std::from_chars(p, end, magnitude);
  if (error == std::errc::invalid_argument) return nullptr;
  if (error == std::errc::result_out_of_range) {
    const std::string_view text(p, static_cast<size_t>(rest - p));
    const size_t e = text.find_first_of("eE");
    // Without an exponent it is out of range only by hundreds of digits: before the point, or zeros behind it.
    const std::string_view whole = text.substr(0, text.find('.'));
    const bool small = e != std::string_view::npos ? text.substr(e + 1).starts_with('-')
                                                   : whole.find_first_not_of('0') == std::string_view::npos;
    magnitude = small ? 0 : std::numeric_limits<double>::infinity();
  }
  value = negative ? -magnitude : magnitude;
  return rest;
}

std::string NumberText(double value) {
  char text[32];
  if (value == std::floor(value) && std::abs(value) < 0x1p53) {
    const auto [end, error] = std::to_chars(text, text + sizeof(text), static_cast<int64_t>(value));
    return error == std::errc() ? std::string(text, end) : "";
  }
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return error == std::errc() ? std::string(text, end) : "";
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '.';
  }
  return "'" + shown + (text.size() > 40 ? "…'" : "'");
}

bool IsMissingText(std::string_view text) {
  if (text.empty() || text == "?") return true;
  if (text.size() > 4) return false;
  char lower[5] = {};
  for (size_t i = 0; i < text.size(); ++i) lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  const std::string_view word(lower, text.size());
  return word == "na" || word == "nan" || word == "n/a" || word == "null" || word == "none";
}

}  // namespace tusk::ml
