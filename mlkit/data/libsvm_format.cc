// The libsvm parser.
#include "mlkit/data/libsvm_format.h"

#include <cfloat>
#include <cmath>
#include <cstring>

#include "mlkit/data/number_text.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kIndexMax = (uint64_t{1} << 31) - 1;

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

std::string_view WithoutComment(std::string_view line) { return Trimmed(line.substr(0, line.find('#'))); }

std::string_view TakeToken(std::string_view& rest) {
  size_t end = 0;
  while (end < rest.size() && !IsSpace(rest[end])) ++end;
  const std::string_view token = rest.substr(0, end);
  while (end < rest.size() && IsSpace(rest[end])) ++end;
  rest.remove_prefix(end);
  return token;
}

// Digits and ':' at p: the index; null if it is none.
const char* ParseIndex(const char* p, const char* end, uint64_t& index) {
  const char* const start = p;
  index = 0;
  while (p < end && static_cast<unsigned char>(*p - '0') < 10 && p - start < 11) index = index * 10 + static_cast<uint64_t>(*p++ - '0');
  if (p == start || p == end || *p != ':' || index > kIndexMax) return nullptr;
  return p + 1;
}

// The pairs of one line into the block. Empty: done.
std::string ParsePairs(std::string_view rest, const LibsvmLayout& layout, Block& block) {
  const char* p = rest.data();
  const char* const end = p + rest.size();
  int64_t previous = -1;
  std::string beyond;  // told at the line's end: indices out of order explain it better
  while (p < end) {
    uint64_t index = 0;
    const char* value_start = ParseIndex(p, end, index);
    if (value_start == nullptr) {
      std::string_view from(p, static_cast<size_t>(end - p));
      const std::string_view token = TakeToken(from);
      if (token.starts_with("qid:")) {
        p = from.empty() ? end : from.data();
        continue;
      }
      return Shown(token) + " is no index:value with an index of at most " + std::to_string(kIndexMax);
    }
    if (index < layout.first_index) return "index 0, but indices of this data begin at 1";
    const uint64_t column = index - layout.first_index;
    if (column >= layout.columns && beyond.empty()) {
      beyond = "index " + std::to_string(index) + " is beyond the " + std::to_string(layout.columns) + " columns (from " +
               std::to_string(layout.first_index) + ")";
    }
    if (static_cast<int64_t>(column) <= previous) return "index " + std::to_string(index) + " is not larger than the one before it";
    previous = static_cast<int64_t>(column);
    double value = 0;
    const char* stop = ParseNumber(value_start, end, value);
    if (stop == nullptr || (stop < end && !IsSpace(*stop)) || !(std::abs(value) <= FLT_MAX)) {
      std::string_view from(p, static_cast<size_t>(end - p));
      return Shown(TakeToken(from)) + ": the value is not a finite number";
    }
    block.indices.push_back(static_cast<uint32_t>(column));
    block.values.push_back(static_cast<float>(value));
    for (p = stop; p < end && IsSpace(*p);) ++p;
  }
  return beyond;
}

}  // namespace

bool LooksLikeLibsvm(std::string_view line) {
  std::string_view rest = WithoutComment(line);
  bool pairs = false;
  for (size_t i = 0; i < 3 && !rest.empty(); ++i) {
    const std::string_view token = TakeToken(rest);
    uint64_t index = 0;
    if (token.starts_with("qid:") || ParseIndex(token.data(), token.data() + token.size(), index) != nullptr) {
      pairs = true;
    } else if (i > 0 || token.find(',') != std::string_view::npos) {
      return false;
    }
  }
  return pairs;
}

bool LibsvmLineHasLabel(std::string_view line) {
  std::string_view rest = WithoutComment(line);
  return TakeToken(rest).find(':') == std::string_view::npos;
}

std::optional<TextError> ParseLibsvm(std::string_view text, const LibsvmLayout& layout, Block& block) {
  if (block.row_starts.empty()) block.row_starts.push_back(0);
  for (uint64_t number = 0; !text.empty(); ++number) {
    std::string_view rest = WithoutComment(TakeLine(text));
    if (rest.empty()) continue;
    if (layout.has_label) {
      const std::string_view token = TakeToken(rest);
      const std::optional<float> label = layout.labels.Find(token);
      if (!label.has_value()) {
        return TextError{number, "the label " + Shown(token) +
                                     (layout.labels.regression() ? " is not a finite number" : " is none of the classes")};
      }
      block.labels.push_back(*label);
    }
    std::string error = ParsePairs(rest, layout, block);
    if (!error.empty()) return TextError{number, std::move(error)};
    block.row_starts.push_back(block.indices.size());
    ++block.rows;
  }
  return std::nullopt;
}

TextScan ScanLibsvm(std::string_view text, bool has_label, bool tally) {
  TextScan scan;
  for (; !text.empty(); ++scan.lines) {
    std::string_view rest = WithoutComment(TakeLine(text));
    if (rest.empty()) continue;
    ++scan.rows;
    if (has_label) {
      const std::string_view label = TakeToken(rest);
      if (label.find(':') != std::string_view::npos) {
        scan.error = TextError{scan.lines, "the label is missing before " + Shown(label)};
        return scan;
      }
      if (tally) scan.labels.Add(label);
    }
    if (rest.starts_with("qid:")) {
      scan.has_query = true;
      TakeToken(rest);
    }
    if (rest.empty()) continue;
    uint64_t first = 0, last = 0;
    if (ParseIndex(rest.data(), rest.data() + rest.size(), first) != nullptr && first == 0) scan.has_zero_index = true;
    // Indices ascend (the parser insists), so the last one is the largest.
    size_t begin = rest.size();
    while (begin > 0 && !IsSpace(rest[begin - 1])) --begin;
    if (ParseIndex(rest.data() + begin, rest.data() + rest.size(), last) != nullptr) {
      scan.columns = std::max(scan.columns, last + 1);
    }
  }
  return scan;
}

}  // namespace tusk::ml
