// CSV: fields between delimiters, quotes as in RFC 4180. A row is a line, which is where files are cut; where quotes hold line
// breaks (quoted_lines), the plan has found out where rows begin. Empty fields, NA, NaN, null and ? are missing values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mlkit/data/block.h"
#include "mlkit/data/label_map.h"
#include "mlkit/data/text_rows.h"

namespace tusk::ml {

// What a field is for: a feature's column number, or one of these.
inline constexpr int32_t kIgnoredField = -1, kLabelField = -2, kWeightField = -3;

struct CsvLayout {
  char delimiter = ',';
  bool quoted_lines = false;                        // some rows are several lines
  std::vector<int32_t> targets = {};                // [fields]
  std::vector<std::string> names = {};              // [fields] or empty, for messages
  size_t columns = 0;                               // features
  // Per feature: value of each text, for categorical columns; empty maps elsewhere. Empty if there are none.
  std::vector<std::unordered_map<std::string, float>> dictionaries = {};
  LabelMap labels = {};

  std::string FieldName(size_t field) const;        // "column 3" or "column 'age'"
};

// Where rows end, character by character: a line break inside quotes does not end one.
class CsvRowEnds {
 public:
  explicit CsvRowEnds(char delimiter) : delimiter_(delimiter) {}
  // True: `c` is the last character of a row.
  bool Take(char c) {
    if (c == '"') {
      // Inside a field without quotes it is a character like others; after a closing quote it opens again ("").
      state_ = state_ == State::kQuoted ? State::kClosed : (state_ == State::kPlain ? State::kPlain : State::kQuoted);
      return false;
    }
    if (state_ == State::kQuoted) return false;
    if (c == '\n' || c == delimiter_) {
      state_ = State::kStart;
      return c == '\n';
    }
    if (state_ == State::kStart && c != ' ' && c != '\t') state_ = State::kPlain;
    return false;
  }
  bool inside_quotes() const { return state_ == State::kQuoted; }

 private:
  enum class State : uint8_t { kStart, kPlain, kQuoted, kClosed };
  char delimiter_;
  State state_ = State::kStart;
};

// The most frequent of , tab ; | outside of quotes, else space, else comma.
char GuessDelimiter(std::string_view line);
// The texts of a line's fields, trimmed and unquoted; the error says which field is bad.
std::optional<TextError> SplitCsvLine(std::string_view line, char delimiter, std::vector<std::string>& fields);
// Names rather than data: there is a text, and no field is a number.
bool LooksLikeHeader(const std::vector<std::string>& fields);

// Appends the rows of `text` (whole lines; blank ones are skipped) to a dense block.
std::optional<TextError> ParseCsv(std::string_view text, const CsvLayout& layout, Block& block);

// What a scan finds out about some lines.
struct TextScan {
  uint64_t rows = 0, lines = 0;
  LabelTally labels;
  std::map<size_t, std::vector<std::string>> categories;  // by feature column: its distinct texts, sorted
  uint64_t columns = 0;          // libsvm: the largest index (as in the file) + 1
  bool has_zero_index = false;   // libsvm
  bool has_query = false;        // libsvm
  bool open_quotes = false;      // CSV: a line ends inside quotes; nothing else is known then
  std::optional<TextError> error;
};
inline constexpr size_t kCategoriesMax = 1'000'000;

// `categorical` are feature columns whose texts are wanted. Labels only if `tally`.
TextScan ScanCsv(std::string_view text, const CsvLayout& layout, bool tally, const std::vector<size_t>& categorical);

}  // namespace tusk::ml
