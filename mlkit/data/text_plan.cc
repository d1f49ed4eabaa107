// Planning of CSV and libsvm: which field is what, where files are cut, and one parallel scan over the pieces.
#include <algorithm>
#include <charconv>
#include <set>

#include "mlkit/data/libsvm_format.h"
#include "mlkit/data/number_text.h"
#include "mlkit/data/plan_parts_internal.h"

namespace tusk::ml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kLeadingLinesMax = 1000;

// The first line that is neither blank nor a comment, and where it begins and ends.
struct FirstLine {
  std::string text;
  uint64_t begin = 0, end = 0;
  uint64_t lines_before = 0, lines = 1;
};

bool EndsInsideQuotes(const std::string& text, char delimiter) {
  CsvRowEnds ends(delimiter);
  for (const char c : text) (void)ends.Take(c);
  return ends.inside_quotes();
}

// A row of CSV may go on behind line breaks inside quotes.
Status TakeWholeRow(ByteSource& source, char delimiter, FirstLine& first) {
  FirstLine whole = first;
  std::string buffer;
  while (whole.lines < kLeadingLinesMax && whole.end < source.size()) {
    ASSIGN_OR_RETURN(std::string_view rest, ReadLines(source, whole.end, whole.end, whole.end + 1, buffer));
    whole.end += buffer.size();
    ++whole.lines;
    whole.text += '\n';
    whole.text += TakeLine(rest);
    if (EndsInsideQuotes(whole.text, delimiter)) continue;
    first = std::move(whole);
    break;
  }
  return Status::Ok();
}

Result<FirstLine> ReadFirstLine(OpenedFiles& files, const FoundFile& file, bool csv, char delimiter) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files.Open(file.path, file.gzip));
  FirstLine first;
  uint64_t at = file.start.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (size_t i = 0; i < kLeadingLinesMax && at < source->size(); ++i) {
    std::string buffer;
    ASSIGN_OR_RETURN(std::string_view rest, ReadLines(*source, at, at, at + 1, buffer));
    first.begin = at;
    at += buffer.size();
    const std::string_view line = TakeLine(rest);
    if (!IsBlank(line) && !line.starts_with('#')) {
      first.text = line;
      first.end = at;
      if (csv) {
        const char between = delimiter != 0 ? delimiter : GuessDelimiter(line);
        if (EndsInsideQuotes(first.text, between)) RETURN_IF_ERROR(TakeWholeRow(*source, between, first));
      }
      return first;
    }
    ++first.lines_before;
  }
  first.begin = first.end = at;
  return first;
}

// A field by name, else by number from 0. Empty: there is none.
std::optional<size_t> FindField(const std::string& wanted, const std::vector<std::string>& names, size_t fields) {
  const auto named = std::find(names.begin(), names.end(), wanted);
  if (named != names.end()) return static_cast<size_t>(named - names.begin());
  size_t number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (wanted.empty() || error != std::errc() || end != wanted.data() + wanted.size() || number >= fields) return std::nullopt;
  return number;
}

Status NoField(const std::string& path, const char* what, const std::string& wanted, const std::vector<std::string>& names,
               size_t fields) {
  std::string known;
  for (size_t i = 0; i < names.size() && i < 20; ++i) known += (i == 0 ? " (" : ", ") + names[i];
  if (!names.empty()) known += names.size() > 20 ? ", …)" : ")";
  return Status(Code::kInvalidArgument, path + ": no " + what + " column " + Shown(wanted) + " among the " +
                                            std::to_string(fields) + " columns" + known);
}

std::optional<size_t> UsualLabel(const std::vector<std::string>& names) {
  for (const std::string_view usual : {"label", "target", "class", "y"}) {
    for (size_t i = 0; i < names.size(); ++i) {
      std::string lower = names[i];
      for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      if (lower == usual) return i;
    }
  }
  return std::nullopt;
}

// Which field is the label; nothing: there is none.
Result<std::optional<size_t>> LabelField(const PlanContext& context, const std::string& path,
                                         const std::vector<std::string>& names, size_t fields) {
  const std::string& wanted = context.options.label;
  if (wanted == "none") return std::optional<size_t>();
  if (!wanted.empty()) {
    const std::optional<size_t> field = FindField(wanted, names, fields);
    if (!field.has_value()) return NoField(path, "label", wanted, names, fields);
    return field;
  }
  if (context.like == nullptr) {
    const std::optional<size_t> usual = UsualLabel(names);
    return usual.has_value() ? usual : std::optional<size_t>(0);
  }
  const size_t extra = context.options.weight.empty() ? 0 : 1;
  if (names.empty() && fields == context.like->columns + extra) return std::optional<size_t>();  // features only
  if (names.empty() && fields != context.like->columns + extra + 1) {
    return Status(Code::kInvalidArgument, path + ": rows of " + std::to_string(fields) + " fields; the model has " +
                                              std::to_string(context.like->columns) + " features");
  }
  const std::optional<size_t> field = FindField(context.like->label_name, names, fields);
  if (!names.empty() && (!field.has_value() || names[*field] != context.like->label_name)) return std::optional<size_t>();
  if (!field.has_value()) {
    return Status(Code::kInvalidArgument, path + ": the data has no header, so which column is the label must be said (--label)");
  }
  return field;
}

// Fields that are neither label nor weight are the features, in their order.
Status FeaturesInOrder(const PlanContext& context, const std::string& path, DataPlan& plan) {
  size_t columns = 0;
  for (int32_t& target : plan.targets) {
    if (target == kIgnoredField) target = static_cast<int32_t>(columns++);
  }
  if (context.like != nullptr && columns != context.like->columns) {
    return Status(Code::kInvalidArgument, path + ": rows of " + std::to_string(columns) + " features; the model has " +
                                              std::to_string(context.like->columns));
  }
  if (columns == 0) return Status(Code::kInvalidArgument, path + ": there are no columns beside the label (is the delimiter right?)");
  plan.schema.columns = columns;
  return Status::Ok();
}

// The model's columns by their names.
Status FeaturesByName(const Schema& like, const std::string& path, DataPlan& plan) {
  for (size_t column = 0; column < like.columns; ++column) {
    const std::optional<size_t> field = FindField(like.column_names[column], plan.field_names, 0);
    if (!field.has_value()) {
      return Status(Code::kInvalidArgument, path + ": the model's column " + Shown(like.column_names[column]) + " is missing");
    }
    plan.targets[*field] = static_cast<int32_t>(column);
  }
  plan.schema.columns = like.columns;
  return Status::Ok();
}

Status ChooseCategorical(const PlanContext& context, const std::string& path, DataPlan& plan) {
  Schema& schema = plan.schema;
  if (context.like != nullptr) {
    schema.categorical = context.like->categorical;
    schema.categories = context.like->categories;
    return Status::Ok();
  }
  for (const std::string& wanted : context.options.categorical) {
    const std::optional<size_t> field = FindField(wanted, plan.field_names, plan.targets.size());
    if (!field.has_value()) return NoField(path, "categorical", wanted, plan.field_names, plan.targets.size());
    if (plan.targets[*field] < 0) return Status(Code::kInvalidArgument, path + ": column " + Shown(wanted) + " is the label or the weight");
    if (schema.categorical.empty()) {
      schema.categorical.assign(schema.columns, false);
      schema.categories.resize(schema.columns);
    }
    schema.categorical[static_cast<size_t>(plan.targets[*field])] = true;
  }
  return Status::Ok();
}

// Delimiter, header, and what each field is for, from the first line. True: it is a header.
Result<bool> PlanFields(const PlanContext& context, const FoundFile& file, const FirstLine& first, DataPlan& plan) {
  const DataOptions& options = context.options;
  plan.delimiter = options.delimiter != 0 ? options.delimiter : GuessDelimiter(first.text);
  std::vector<std::string> fields;
  if (const auto error = SplitCsvLine(first.text, plan.delimiter, fields); error.has_value()) {
    return Status(Code::kInvalidArgument, file.path + ": line " + std::to_string(first.lines_before + 1) + ": " + error->what);
  }
  const bool header = options.header.value_or(LooksLikeHeader(fields));
  if (header) plan.field_names = fields;
  plan.targets.assign(fields.size(), kIgnoredField);
  ASSIGN_OR_RETURN(const std::optional<size_t> label, LabelField(context, file.path, plan.field_names, fields.size()));
  plan.has_labels = label.has_value();
  if (label.has_value()) {
    plan.targets[*label] = kLabelField;
    plan.schema.label_name = header ? fields[*label] : std::to_string(*label);
  }
  if (!options.weight.empty()) {
    const std::optional<size_t> weight = FindField(options.weight, plan.field_names, fields.size());
    if (!weight.has_value()) return NoField(file.path, "weight", options.weight, plan.field_names, fields.size());
    plan.targets[*weight] = kWeightField;
  }
  if (context.like != nullptr && header && !context.like->column_names.empty()) {
    RETURN_IF_ERROR(FeaturesByName(*context.like, file.path, plan));
  } else {
    RETURN_IF_ERROR(FeaturesInOrder(context, file.path, plan));
  }
  if (header) {
    plan.schema.column_names.resize(plan.schema.columns);
    for (size_t field = 0; field < fields.size(); ++field) {
      if (plan.targets[field] >= 0) plan.schema.column_names[static_cast<size_t>(plan.targets[field])] = fields[field];
    }
  }
  RETURN_IF_ERROR(ChooseCategorical(context, file.path, plan));
  return header;
}

// The file in pieces of about shard_bytes.
void CutFile(const PlanContext& context, size_t number, const FoundFile& file, uint64_t data_start, uint64_t first_line,
             DataPlan& plan) {
  const uint64_t length = file.size > data_start ? file.size - data_start : 0;
  const uint64_t pieces = std::max<uint64_t>(1, (length + context.shard_bytes - 1) / context.shard_bytes);
  for (uint64_t i = 0; i < pieces; ++i) {
    plan.shards.push_back({.file = number,
                           .begin = data_start + length / pieces * i + std::min(i, length % pieces),
                           .end = data_start + length / pieces * (i + 1) + std::min(i + 1, length % pieces),
                           .data_start = data_start,
                           .first_line = first_line});
  }
}

Result<TextScan> ScanShard(const PlanContext& context, const DataPlan& plan, const PlannedShard& shard,
                           const CsvLayout& layout, bool tally, const std::vector<size_t>& categorical) {
  const PlannedFile& file = plan.files[shard.file];
  const Result<std::unique_ptr<ByteSource>> source = context.files.Open(file.path, file.gzip);
  if (!source.ok()) return source.status();
  std::string buffer;
  const Result<std::string_view> text = plan.quoted_lines
                                            ? ReadRange(**source, shard.begin, shard.end, buffer)
                                            : ReadLines(**source, shard.data_start, shard.begin, shard.end, buffer);
  if (!text.ok()) return text.status().WithContext(file.path);
  if (plan.format == DataFormat::kCsv) return ScanCsv(*text, layout, tally, categorical);
  return ScanLibsvm(*text, plan.has_labels, tally);
}

// Rows, lines and errors of the pieces in order; the rest merged into `sum`.
Status AddScans(const std::vector<Result<TextScan>>& scans, DataPlan& plan, TextScan& sum) {
  uint64_t lines = 0;
  std::map<size_t, std::set<std::string>> categories;
  for (size_t i = 0; i < scans.size(); ++i) {
    PlannedShard& shard = plan.shards[i];
    if (i == 0 || plan.shards[i - 1].file != shard.file) lines = 0;
    if (!scans[i].ok()) return scans[i].status();
    const TextScan& scan = *scans[i];
    shard.first_line += lines;
    if (scan.error.has_value()) {
      return Status(Code::kInvalidArgument, plan.files[shard.file].path + ": line " +
                                                std::to_string(shard.first_line + scan.error->line) + ": " + scan.error->what);
    }
    shard.rows = scan.rows;
    lines += scan.lines;
    sum.labels.Merge(scan.labels);
    sum.columns = std::max(sum.columns, scan.columns);
    sum.has_zero_index |= scan.has_zero_index;
    sum.has_query |= scan.has_query;
    for (const auto& [column, texts] : scan.categories) categories[column].insert(texts.begin(), texts.end());
  }
  for (auto& [column, texts] : categories) {
    if (texts.size() > kCategoriesMax) {
      return Status(Code::kInvalidArgument, "a categorical column has more than " + std::to_string(kCategoriesMax) + " different texts");
    }
    sum.categories[column].assign(texts.begin(), texts.end());
  }
  return Status::Ok();
}

// Shards [first, last) of one file, cut where rows begin: one pass over the file.
Status CutAtRows(const PlanContext& context, size_t first, size_t last, DataPlan& plan) {
  constexpr uint64_t kPiece = 1 << 20;
  const PlannedFile& file = plan.files[plan.shards[first].file];
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, context.files.Open(file.path, file.gzip));
  CsvRowEnds ends(plan.delimiter);
  std::string buffer;
  uint64_t row = plan.shards[first].data_start, line = plan.shards[first].first_line, row_line = line;
  size_t next = first + 1;              // the shard whose beginning is looked for
  for (uint64_t at = row; at < source->size(); at += kPiece) {
    ASSIGN_OR_RETURN(const std::string_view piece, ReadRange(*source, at, at + kPiece, buffer));
    for (size_t i = 0; i < piece.size(); ++i) {
      const bool end = ends.Take(piece[i]);
      line += piece[i] == '\n' ? 1 : 0;
      if (!end) continue;
      row = at + i + 1;
      row_line = line;
      for (; next < last && plan.shards[next].begin <= row; ++next) plan.shards[next].begin = plan.shards[next - 1].end = row;
    }
    if (at + piece.size() - row > kLineMax) {
      return Status(Code::kInvalidArgument, file.path + ": line " + std::to_string(row_line) + ": a row longer than " +
                                                std::to_string(kLineMax) + " bytes; is a quote not closed?");
    }
  }
  if (ends.inside_quotes()) {
    return Status(Code::kInvalidArgument, file.path + ": line " + std::to_string(row_line) + ": a quote that is not closed");
  }
  for (; next < last; ++next) plan.shards[next].begin = plan.shards[next - 1].end = source->size();
  plan.shards[last - 1].end = source->size();
  return Status::Ok();
}

// Lines end inside quotes: rows are looked for from the beginning of every file.
Status CutAtRows(const PlanContext& context, DataPlan& plan) {
  plan.quoted_lines = true;
  for (size_t first = 0; first < plan.shards.size();) {
    size_t last = first + 1;
    while (last < plan.shards.size() && plan.shards[last].file == plan.shards[first].file) ++last;
    RETURN_IF_ERROR(CutAtRows(context, first, last, plan));
    first = last;
  }
  return Status::Ok();
}

Status Scan(const PlanContext& context, DataPlan& plan) {
  const CsvLayout layout{.delimiter = plan.delimiter, .quoted_lines = plan.quoted_lines, .targets = plan.targets, .names = plan.field_names,
                         .columns = plan.schema.columns};
  std::vector<size_t> categorical;
  for (size_t column = 0; context.like == nullptr && column < plan.schema.categorical.size(); ++column) {
    if (plan.schema.categorical[column]) categorical.push_back(column);
  }
  const bool tally = plan.has_labels && context.like == nullptr && context.options.task != LabelKind::kRegression;
  std::vector<Result<TextScan>> scans(plan.shards.size(), Result<TextScan>(TextScan()));
  context.pool.ParallelFor(scans.size(), [&](size_t i) {
    scans[i] = ScanShard(context, plan, plan.shards[i], layout, tally, categorical);
  });
  for (const Result<TextScan>& scan : scans) {
    if (!scan.ok() || !scan->open_quotes) continue;
    RETURN_IF_ERROR(CutAtRows(context, plan));
    return Scan(context, plan);
  }
  TextScan sum;
  RETURN_IF_ERROR(AddScans(scans, plan, sum));
  for (auto& [column, texts] : sum.categories) plan.schema.categories[column] = std::move(texts);
  if (sum.has_query) plan.notes.push_back("qid: query numbers are ignored (there is no ranking objective)");
  if (plan.format == DataFormat::kLibsvm && context.like == nullptr) {
    plan.schema.first_index = sum.has_zero_index ? 0 : 1;
    plan.schema.columns = sum.columns > plan.schema.first_index ? sum.columns - plan.schema.first_index : 0;
    if (plan.schema.columns == 0) return Status(Code::kInvalidArgument, plan.files[0].path + ": no row has any feature");
  }
  return DecideLabels(context, sum.labels, plan);
}

}  // namespace

Result<DataPlan> PlanText(const PlanContext& context, DataFormat format, const std::vector<FoundFile>& found) {
  DataPlan plan;
  plan.format = format;
  std::string header;
  for (size_t i = 0; i < found.size(); ++i) {
    ASSIGN_OR_RETURN(const FirstLine first, ReadFirstLine(context.files, found[i], format == DataFormat::kCsv, context.options.delimiter));
    plan.files.push_back({.path = found[i].path, .gzip = found[i].gzip, .labels_path = ""});
    if (i == 0 && format == DataFormat::kLibsvm) {
      plan.schema.sparse = true;
      plan.has_labels = context.options.label != "none" && (context.like == nullptr || LibsvmLineHasLabel(first.text));
      if (context.like != nullptr) {
        plan.schema.columns = context.like->columns;
        plan.schema.first_index = context.like->first_index;
      }
    } else if (i == 0) {
      if (first.text.empty()) return Status(Code::kInvalidArgument, found[i].path + ": there are no rows");
      ASSIGN_OR_RETURN(const bool is_header, PlanFields(context, found[i], first, plan));
      if (is_header) header = first.text;
    }
    const bool skip = !header.empty() && first.text == header;
    CutFile(context, i, found[i], skip ? first.end : first.begin, first.lines_before + 1 + (skip ? first.lines : 0), plan);
  }
  RETURN_IF_ERROR(Scan(context, plan));
  return plan;
}

}  // namespace tusk::ml
