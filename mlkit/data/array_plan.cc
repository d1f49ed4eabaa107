// Planning of IDX and .npy: headers, the files of labels beside them, and one scan over the labels.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlkit/data/array_format.h"
#include "mlkit/data/number_text.h"
#include "mlkit/data/plan_parts_internal.h"

namespace tusk::ml {
namespace {

Result<ArrayHeader> ParseHeader(DataFormat format, std::string_view start, uint64_t size, const std::string& path) {
  return format == DataFormat::kIdx ? ParseIdxHeader(AsBytes(start), size, path) : ParseNpyHeader(AsBytes(start), size, path);
}

Result<ArrayHeader> ReadHeader(OpenedFiles& files, DataFormat format, const std::string& path, bool gzip) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files.Open(path, gzip));
  std::string start(std::min<uint64_t>(source->size(), kArrayHeaderMax), '\0');
  ASSIGN_OR_RETURN(const size_t count, source->ReadAt(0, {reinterpret_cast<uint8_t*>(start.data()), start.size()}));
  start.resize(count);
  return ParseHeader(format, start, source->size(), path);
}

bool ReplaceLast(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

// Where the labels of `path` are, by the usual names; empty: no idea.
std::string UsualLabelsPath(DataFormat format, const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (format == DataFormat::kIdx) {
    if (!ReplaceLast(name, "images", "labels")) return "";
    ReplaceLast(name, "idx3", "idx1");
    return folder + name;
  }
  if (name.starts_with("X") || name.starts_with("x")) return folder + "y" + name.substr(1);
  if (ReplaceLast(name, "_X.", "_y.") || ReplaceLast(name, "_x.", "_y.") || ReplaceLast(name, "features", "labels")) return folder + name;
  return "";
}

// The file of labels that belongs to `path`; empty: there is none, and none is needed.
Result<std::string> FindLabels(const PlanContext& context, DataFormat format, const std::string& path) {
  if (context.options.label == "none") return std::string();
  if (!context.options.labels_path.empty()) return context.options.labels_path;
  const std::string usual = UsualLabelsPath(format, path);
  std::vector<std::string> candidates;
  if (!usual.empty()) {
    candidates = {usual, usual.ends_with(".gz") ? usual.substr(0, usual.size() - 3) : usual + ".gz"};
  }
  for (const std::string& candidate : candidates) {
    if (candidate != path && context.files.sources().Find(candidate).ok()) return candidate;
  }
  if (context.like != nullptr) return std::string();
  return Status(Code::kInvalidArgument, path + ": no labels" + (usual.empty() ? "" : " (" + usual + " is not there)") +
                                            ": name their file with --labels" +
                                            (format == DataFormat::kNpy ? ", or a column with --label" : ""));
}

// Labels (one a row) into the tally, with an error for one that is no number.
Status TallyNumbers(const std::vector<double>& labels, const std::string& path, uint64_t first, LabelTally& tally) {
  for (size_t row = 0; row < labels.size(); ++row) {
    if (!std::isfinite(labels[row])) {
      return Status(Code::kInvalidArgument, path + ": row " + std::to_string(first + row) + ": the label is not finite");
    }
    if (row == 0 || labels[row] != labels[row - 1]) tally.AddNumber(labels[row]);
  }
  return Status::Ok();
}

Result<std::vector<double>> ReadColumn(OpenedFiles& files, const PlannedFile& file, const ArrayHeader& header, uint64_t begin,
                                       uint64_t end, size_t column) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files.Open(file.path, file.gzip));
  std::vector<uint8_t> bytes((end - begin) * header.row_size());
  ASSIGN_OR_RETURN(const size_t count, source->ReadAt(header.data_offset + begin * header.row_size(), bytes));
  if (count != bytes.size()) return Status(Code::kEndOfFile, file.path + ": the file became shorter while it was read");
  std::vector<double> values(end - begin);
  for (size_t row = 0; row < values.size(); ++row) {
    ConvertElements(header, bytes.data() + row * header.row_size() + column * header.element_size(), std::span<double>(&values[row], 1));
  }
  return values;
}

// Rows that are labels of another file, or an array without columns, are no data of their own.
bool IsLabelsOfAnother(DataFormat format, const std::vector<FoundFile>& found, size_t i) {
  for (size_t other = 0; other < found.size(); ++other) {
    if (other != i && UsualLabelsPath(format, found[other].path) == found[i].path) return true;
  }
  return false;
}

struct ArrayPlanner {
  const PlanContext& context;
  DataPlan plan;
  std::vector<ArrayHeader> headers;  // by file
  LabelTally tally;

  // "--label N" says that column N of X is the label.
  Status ChooseLabelColumn(const FoundFile& file, uint64_t columns) {
    std::string wanted = context.options.label;
    if (wanted == "none" || plan.format != DataFormat::kNpy || !context.options.labels_path.empty()) return Status::Ok();
    if (wanted.empty() && context.like != nullptr && columns == context.like->columns + 1) wanted = context.like->label_name;
    if (wanted.empty()) return Status::Ok();
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), plan.label_column);
    if (error != std::errc() || end != wanted.data() + wanted.size() || plan.label_column < 0 ||
        static_cast<uint64_t>(plan.label_column) >= columns || columns < 2) {
      return Status(Code::kInvalidArgument, file.path + ": no label column " + Shown(wanted) + " among the " + std::to_string(columns) + " columns");
    }
    plan.schema.label_name = wanted;
    return Status::Ok();
  }

  Status AddFile(const FoundFile& file) {
    ASSIGN_OR_RETURN(ArrayHeader header, ParseHeader(plan.format, file.start, file.size, file.path));
    if (plan.files.empty()) {
      RETURN_IF_ERROR(ChooseLabelColumn(file, header.columns()));
      plan.schema.columns = header.columns() - (plan.label_column >= 0 ? 1 : 0);
      if (context.like != nullptr && plan.schema.columns != context.like->columns) {
        return Status(Code::kInvalidArgument, file.path + ": rows of " + std::to_string(plan.schema.columns) +
                                                  " features; the model has " + std::to_string(context.like->columns));
      }
    } else if (header.columns() != headers[0].columns()) {
      return Status(Code::kInvalidArgument, file.path + ": rows of " + std::to_string(header.columns()) + " columns, " +
                                                plan.files[0].path + " has " + std::to_string(headers[0].columns()));
    }
    PlannedFile planned{.path = file.path, .gzip = file.gzip, .labels_path = ""};
    if (plan.label_column < 0) {
      ASSIGN_OR_RETURN(planned.labels_path, FindLabels(context, plan.format, file.path));
      if (plan.files.empty()) plan.has_labels = !planned.labels_path.empty();
      if (plan.has_labels == planned.labels_path.empty()) {
        return Status(Code::kInvalidArgument, file.path + ": labels for some files only");
      }
      if (plan.has_labels) RETURN_IF_ERROR(AddLabels(header, planned));
    }
    const uint64_t step = std::max<uint64_t>(1, context.shard_bytes / header.row_size());
    for (uint64_t begin = 0; begin < header.rows(); begin += step) {
      const uint64_t end = std::min(begin + step, header.rows());
      plan.shards.push_back({.file = plan.files.size(), .begin = begin, .end = end, .rows = end - begin});
    }
    plan.files.push_back(std::move(planned));
    headers.push_back(std::move(header));
    return Status::Ok();
  }

  Status AddLabels(const ArrayHeader& data, PlannedFile& planned) {
    ASSIGN_OR_RETURN(planned.labels_gzip, context.files.IsGzip(planned.labels_path));
    ASSIGN_OR_RETURN(const ArrayHeader header,
                     ReadHeader(context.files, plan.format, planned.labels_path, planned.labels_gzip));
    if (header.rows() != data.rows() || header.columns() != 1) {
      return Status(Code::kInvalidArgument, planned.labels_path + ": " + std::to_string(header.rows()) + " × " +
                                                std::to_string(header.columns()) + " labels for " +
                                                std::to_string(data.rows()) + " rows of " + planned.path);
    }
    const PlannedFile labels{.path = planned.labels_path, .gzip = planned.labels_gzip, .labels_path = ""};
    ASSIGN_OR_RETURN(const std::vector<double> values, ReadColumn(context.files, labels, header, 0, header.rows(), 0));
    return TallyNumbers(values, planned.labels_path, 0, tally);
  }

  // The labels within X, in parallel over the shards.
  Status ScanLabelColumn() {
    std::vector<LabelTally> tallies(plan.shards.size());
    std::vector<Status> statuses(plan.shards.size());
    context.pool.ParallelFor(plan.shards.size(), [&](size_t i) {
      const PlannedShard& shard = plan.shards[i];
      const PlannedFile& file = plan.files[shard.file];
      const Result<std::vector<double>> labels = ReadColumn(context.files, file, headers[shard.file], shard.begin, shard.end,
                                                            static_cast<size_t>(plan.label_column));
      statuses[i] = labels.ok() ? TallyNumbers(*labels, file.path, shard.begin, tallies[i]) : labels.status();
    });
    for (size_t i = 0; i < statuses.size(); ++i) {
      RETURN_IF_ERROR(std::move(statuses[i]));
      tally.Merge(tallies[i]);
    }
    return Status::Ok();
  }
};

}  // namespace

Result<DataPlan> PlanArrays(const PlanContext& context, DataFormat format, const std::vector<FoundFile>& found) {
  if (!context.options.labels_path.empty() && found.size() > 1) {
    return Status(Code::kInvalidArgument, "--labels names one file, but the data is in " + std::to_string(found.size()));
  }
  ArrayPlanner planner{.context = context, .plan = {}, .headers = {}, .tally = {}};
  planner.plan.format = format;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!IsLabelsOfAnother(format, found, i)) RETURN_IF_ERROR(planner.AddFile(found[i]));
  }
  if (planner.plan.label_column >= 0) RETURN_IF_ERROR(planner.ScanLabelColumn());
  RETURN_IF_ERROR(DecideLabels(context, planner.tally, planner.plan));
  return std::move(planner.plan);
}

}  // namespace tusk::ml
