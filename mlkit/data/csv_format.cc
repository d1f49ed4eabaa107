// The CSV parser. The hot path is a plain number that ends at a delimiter; everything else goes the slow way.
#include "mlkit/data/csv_format.h"

#include <algorithm>
#include <cfloat>
#include <cstring>
#include <unordered_set>

#include "mlkit/data/number_text.h"

namespace tusk::ml {
namespace {

// The field that begins at p: its text (unquoted into `storage` if need be) and where it ends (a delimiter, or `end`).
// Null: a quote that is not closed, or text behind a closing quote.
const char* TakeField(const char* p, const char* end, char delimiter, std::string& storage, std::string_view& text) {
  const char* start = p;
  while (start < end && (*start == ' ' || (*start == '\t' && delimiter != '\t')) && *start != delimiter) ++start;
  if (start == end || *start != '"') {
    const void* found = std::memchr(p, delimiter, static_cast<size_t>(end - p));
    const char* const stop = found == nullptr ? end : static_cast<const char*>(found);
    text = Trimmed({p, static_cast<size_t>(stop - p)});
    return stop;
  }
  storage.clear();
  for (p = start + 1; p < end; ++p) {
    if (*p != '"') {
      storage += *p;
    } else if (p + 1 < end && p[1] == '"') {
      storage += *p++;
    } else {
      for (++p; p < end && *p != delimiter; ++p) {
        if (*p != ' ' && *p != '\t') return nullptr;
      }
      text = storage;
      return p;
    }
  }
  return nullptr;
}

constexpr const char* kBadQuotes = ": quotes that do not end with the field";

// Takes the next row off `text`; `lines` is how many it spans.
std::string_view TakeRow(std::string_view& text, const CsvLayout& layout, uint64_t& lines) {
  lines = 1;
  if (!layout.quoted_lines) return TakeLine(text);
  CsvRowEnds ends(layout.delimiter);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool end = ends.Take(text[i]);
    if (text[i] != '\n') continue;
    if (!end) {
      ++lines;
      continue;
    }
    std::string_view row = text.substr(0, i);
    text.remove_prefix(i + 1);
    if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
    return row;
  }
  const std::string_view row = text;
  text = {};
  return row;
}

// Does some line end inside quotes?
bool HasOpenQuotes(std::string_view text, char delimiter) {
  std::vector<std::string> fields;
  for (size_t quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"')) {
    const size_t before = text.rfind('\n', quote);
    if (before != std::string_view::npos) text.remove_prefix(before + 1);
    if (SplitCsvLine(TakeLine(text), delimiter, fields).has_value()) return true;
  }
  return false;
}

size_t CountFields(std::string_view line, char delimiter) {
  std::vector<std::string> fields;
  return SplitCsvLine(line, delimiter, fields).has_value() ? 0 : fields.size();
}

std::string Ragged(std::string_view line, const CsvLayout& layout) {
  return std::to_string(CountFields(line, layout.delimiter)) + " fields instead of " + std::to_string(layout.targets.size());
}

// One row being filled.
struct RowParser {
  const CsvLayout& layout;
  Block& block;
  std::string storage;

  // Anything but a plain number in a feature: quotes, missing values, texts, labels, weights. Empty: done.
  std::string Put(size_t field, std::string_view text, float* row) {
    const int32_t target = layout.targets[field];
    if (target == kIgnoredField) return "";
    if (target == kLabelField) return PutLabel(field, text);
    double value = 0;
    if (target >= 0 && !layout.dictionaries.empty() && !layout.dictionaries[static_cast<size_t>(target)].empty()) {
      const auto& dictionary = layout.dictionaries[static_cast<size_t>(target)];
      const auto it = dictionary.find(std::string(text));
      row[target] = it == dictionary.end() ? kMissing : it->second;  // a text that training never saw is missing
      return "";
    }
    if (IsNumber(text, value) && std::abs(value) <= FLT_MAX) {
      if (target >= 0) {
        row[target] = static_cast<float>(value);
        return "";
      }
      if (value < 0) return layout.FieldName(field) + ": the weight " + Shown(text) + " is negative";
      block.weights.push_back(static_cast<float>(value));
      return "";
    }
    if (target >= 0 && IsMissingText(text)) {
      row[target] = kMissing;
      return "";
    }
    return layout.FieldName(field) + ": " + Shown(text) + " is not a finite number" +
           (target >= 0 ? " (a column of texts is to be named in --categorical)" : "");
  }

  std::string PutLabel(size_t field, std::string_view text) {
    const std::optional<float> label = layout.labels.Find(text);
    if (!label.has_value()) {
      return layout.FieldName(field) + ": the label " + Shown(text) +
             (layout.labels.regression() ? " is not a finite number" : " is none of the classes");
    }
    block.labels.push_back(*label);
    return "";
  }

  // Empty: done.
  std::string Parse(std::string_view line) {
    const char* p = line.data();
    const char* const end = p + line.size();
    const size_t fields = layout.targets.size();
    const char delimiter = layout.delimiter;
    const bool dictionaries = !layout.dictionaries.empty();
    const size_t begin = block.dense.size();
    block.dense.resize(begin + layout.columns, kMissing);
    float* const row = block.dense.data() + begin;
    for (size_t field = 0;; ++field) {
      if (field >= fields) return Ragged(line, layout);
      const int32_t target = layout.targets[field];
      double value = 0;
      const char* stop = target >= 0 && !dictionaries ? ParseNumber(p, end, value) : nullptr;
      if (stop != nullptr && (stop == end || *stop == delimiter) && std::abs(value) <= FLT_MAX) {
        row[target] = static_cast<float>(value);
      } else {
        std::string_view text;
        stop = TakeField(p, end, delimiter, storage, text);
        if (stop == nullptr) return layout.FieldName(field) + kBadQuotes;
        std::string error = Put(field, text, row);
        if (!error.empty()) return error;
      }
      if (stop == end) {
        return field + 1 == fields ? "" : Ragged(line, layout);
      }
      p = stop + 1;
    }
  }
};

}  // namespace

std::string CsvLayout::FieldName(size_t field) const {
  if (field < names.size() && !names[field].empty()) return "column " + Shown(names[field]);
  return "column " + std::to_string(field);
}

char GuessDelimiter(std::string_view line) {
  size_t counts[4] = {};
  constexpr std::string_view kCandidates = ",\t;|";
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (const size_t i = kCandidates.find(c); i != std::string_view::npos) ++counts[i];
  }
  const size_t best = static_cast<size_t>(std::max_element(counts, counts + 4) - counts);
  if (counts[best] > 0) return kCandidates[best];
  return Trimmed(line).find(' ') == std::string_view::npos ? ',' : ' ';
}

std::optional<TextError> SplitCsvLine(std::string_view line, char delimiter, std::vector<std::string>& fields) {
  fields.clear();
  const char* p = line.data();
  const char* const end = p + line.size();
  std::string storage;
  while (true) {
    std::string_view text;
    p = TakeField(p, end, delimiter, storage, text);
    if (p == nullptr) return TextError{0, "column " + std::to_string(fields.size()) + kBadQuotes};
    fields.emplace_back(text);
    if (p == end) return std::nullopt;
    ++p;
  }
}

bool LooksLikeHeader(const std::vector<std::string>& fields) {
  double value = 0;
  bool text = false;
  for (const std::string& field : fields) {
    if (IsNumber(field, value)) return false;
    text |= !IsMissingText(field);
  }
  return text;
}

std::optional<TextError> ParseCsv(std::string_view text, const CsvLayout& layout, Block& block) {
  RowParser parser{layout, block, {}};
  uint64_t lines = 0;
  for (uint64_t number = 0; !text.empty(); number += lines) {
    const std::string_view line = TakeRow(text, layout, lines);
    if (IsBlank(line)) continue;
    std::string error = parser.Parse(line);
    if (!error.empty()) return TextError{number, std::move(error)};
    ++block.rows;
  }
  return std::nullopt;
}

TextScan ScanCsv(std::string_view text, const CsvLayout& layout, bool tally, const std::vector<size_t>& categorical) {
  TextScan scan;
  if (!layout.quoted_lines && HasOpenQuotes(text, layout.delimiter)) {
    scan.open_quotes = true;
    return scan;
  }
  std::map<size_t, std::unordered_set<std::string>> texts;
  std::vector<bool> wanted(layout.columns, false);
  for (const size_t column : categorical) wanted[column] = true;
  size_t last = 0;  // fields behind it are of no interest
  for (size_t field = 0; field < layout.targets.size(); ++field) {
    const int32_t target = layout.targets[field];
    if ((target == kLabelField && tally) || (target >= 0 && wanted[static_cast<size_t>(target)])) last = field + 1;
  }
  std::string storage;
  uint64_t lines = 0;
  for (; !text.empty(); scan.lines += lines) {
    const std::string_view line = TakeRow(text, layout, lines);
    if (IsBlank(line)) continue;
    ++scan.rows;
    const char* p = line.data();
    const char* const end = p + line.size();
    for (size_t field = 0; field < last; ++field) {
      std::string_view value;
      const char* const stop = TakeField(p, end, layout.delimiter, storage, value);
      if (stop == nullptr) {
        scan.error = TextError{scan.lines, layout.FieldName(field) + kBadQuotes};
        return scan;
      }
      const int32_t target = layout.targets[field];
      if (target == kLabelField && tally) {
        if (IsMissingText(value)) {
          scan.error = TextError{scan.lines, layout.FieldName(field) + ": the label is missing"};
          return scan;
        }
        scan.labels.Add(value);
      } else if (target >= 0 && wanted[static_cast<size_t>(target)] && !IsMissingText(value)) {
        auto& known = texts[static_cast<size_t>(target)];
        if (known.size() <= kCategoriesMax) known.emplace(value);
      }
      if (stop == end) {
        if (field + 1 == last) break;
        scan.error = TextError{scan.lines, Ragged(line, layout)};
        return scan;
      }
      p = stop + 1;
    }
  }
  for (auto& [column, known] : texts) {
    scan.categories[column].assign(known.begin(), known.end());
    std::sort(scan.categories[column].begin(), scan.categories[column].end());
  }
  return scan;
}

}  // namespace tusk::ml
