// Cutting text and reading numbers of it.
#pragma once

#include <charconv>
#include <string_view>
#include <vector>

namespace tusk::web {

inline std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t cut = text.find(at);
    parts.push_back(text.substr(0, cut));
    if (cut == std::string_view::npos) return parts;
    text.remove_prefix(cut + 1);
  }
}

// False unless all of `text` is a number.
template <typename Integer>
bool ParseNumber(std::string_view text, Integer& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace tusk::web
