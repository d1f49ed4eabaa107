// What the text formats share: lines of a byte range, and errors that know their line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "mlkit/data/byte_source.h"

namespace tusk::ml {

// What is wrong, and in which line of the text that was parsed (from 0).
struct TextError {
  uint64_t line = 0;
  std::string what;
};

inline constexpr uint64_t kLineMax = uint64_t{64} << 20;

// The lines whose first byte lies in [begin, end), into `buffer`; ranges that touch share no line and lose none.
// `data_start` is where the file's first line of rows begins.
Result<std::string_view> ReadLines(ByteSource& source, uint64_t data_start, uint64_t begin, uint64_t end, std::string& buffer);

// The bytes [begin, end).
Result<std::string_view> ReadRange(ByteSource& source, uint64_t begin, uint64_t end, std::string& buffer);

// Takes the next line off `text`, without its end ("\n" or "\r\n").
inline std::string_view TakeLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

inline bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace tusk::ml
