// PlanData's beginning (files, formats) and end (labels, numbers of rows), and the plan as JSON.
#include "mlkit/data/data_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mlkit/api/model.h"
#include "mlkit/data/array_format.h"
#include "mlkit/data/libsvm_format.h"
#include "mlkit/data/number_text.h"
#include "mlkit/data/plan_parts_internal.h"

namespace tusk::ml {
namespace {

constexpr size_t kSniffed = 64 << 10;
constexpr uint64_t kShardBytesMin = 64 << 10, kShardBytesMax = 16 << 20, kShardsWanted = 32;
constexpr const char* kFormatNames[] = {"csv", "libsvm", "idx", "npy"};

Status Sniff(OpenedFiles& files, FoundFile& file) {
  ASSIGN_OR_RETURN(file.gzip, files.IsGzip(file.path));
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files.Open(file.path, file.gzip));
  file.size = source->size();
  file.start.resize(std::min<uint64_t>(file.size, kSniffed));
  ASSIGN_OR_RETURN(const size_t count,
                   source->ReadAt(0, {reinterpret_cast<uint8_t*>(file.start.data()), file.start.size()}));
  file.start.resize(count);
  return Status::Ok();
}

Result<std::vector<FoundFile>> FindFiles(OpenedFiles& files, const DataOptions& options, ThreadPool& pool) {
  std::vector<FoundFile> found;
  for (const std::string& path : options.paths) {
    ASSIGN_OR_RETURN(const std::vector<ByteSources::Entry> entries, files.sources().Find(path));
    for (const ByteSources::Entry& entry : entries) found.push_back({.path = entry.path, .size = entry.size, .start = ""});
  }
  if (found.empty()) return Status(Code::kInvalidArgument, "no input is named");
  std::vector<Status> statuses(found.size());
  pool.ParallelFor(found.size(), [&](size_t i) {
    if (found[i].size > 0) statuses[i] = Sniff(files, found[i]);
  });
  for (Status& status : statuses) RETURN_IF_ERROR(std::move(status));
  const std::string first = found[0].path;
  std::erase_if(found, [](const FoundFile& file) { return file.size == 0; });  // Hadoop jobs leave empty parts
  if (found.empty()) return Status(Code::kInvalidArgument, first + ": the file is empty");
  return found;
}

Result<DataFormat> FormatOf(const FoundFile& file, const std::string& wanted) {
  for (size_t i = 0; i < std::size(kFormatNames); ++i) {
    if (wanted == kFormatNames[i]) return static_cast<DataFormat>(i);
  }
  if (wanted != "auto" && !wanted.empty()) {
    return Status(Code::kInvalidArgument, "format '" + wanted + "': one of auto csv libsvm idx npy is wanted");
  }
  const ByteView start = AsBytes(file.start);
  if (LooksLikeNpy(start)) return DataFormat::kNpy;
  if (LooksLikeIdx(start)) return DataFormat::kIdx;
  if (file.start.find('\0') != std::string::npos) {
    return Status(Code::kInvalidArgument, file.path + ": neither text nor IDX nor .npy (there is a zero byte in its beginning)");
  }
  std::string_view text = file.start;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (IsBlank(line) || line.starts_with('#')) continue;
    return LooksLikeLibsvm(line) ? DataFormat::kLibsvm : DataFormat::kCsv;
  }
  return DataFormat::kCsv;
}

}  // namespace

Status DecideLabels(const PlanContext& context, const LabelTally& tally, DataPlan& plan) {
  Schema& schema = plan.schema;
  if (context.like != nullptr) {
    schema.classes = context.like->classes;
    schema.class_labels = context.like->class_labels;
    if (schema.class_labels.size() != schema.classes) {
      schema.class_labels.clear();
      for (size_t i = 0; i < schema.classes; ++i) schema.class_labels.push_back(std::to_string(i));
    }
    return Status::Ok();
  }
  if (!plan.has_labels) return Status::Ok();
  ASSIGN_OR_RETURN(const LabelKind task, tally.Decide(context.options.task));
  if (task == LabelKind::kRegression) return Status::Ok();
  schema.class_labels = tally.Labels();
  schema.classes = schema.class_labels.size();
  if (schema.classes == 1) {
    return Status(Code::kInvalidArgument, plan.files[0].path + ": all labels are " + Shown(schema.class_labels[0]) +
                                              "; a classification needs two classes at least");
  }
  return Status::Ok();
}

Status NumberRows(DataPlan& plan) {
  uint64_t rows = 0;
  size_t file = SIZE_MAX;
  for (PlannedShard& shard : plan.shards) {
    if (shard.file != file) plan.files[shard.file].first_row = rows;
    file = shard.file;
    shard.first_row = rows;
    rows += shard.rows;
  }
  plan.schema.rows = rows;
  if (rows == 0) return Status(Code::kInvalidArgument, plan.files[0].path + ": there are no rows");
  return Status::Ok();
}

Result<DataPlan> PlanData(OpenedFiles& files, const DataOptions& options, ThreadPool& pool, const Schema* like) {
  ASSIGN_OR_RETURN(const std::vector<FoundFile> found, FindFiles(files, options, pool));
  ASSIGN_OR_RETURN(const DataFormat format, FormatOf(found[0], options.format));
  uint64_t total = 0;
  for (const FoundFile& file : found) total += file.size;
  PlanContext context{.files = files, .options = options, .pool = pool, .like = like, .shard_bytes = options.shard_bytes};
  if (context.shard_bytes == 0) context.shard_bytes = std::clamp(total / kShardsWanted, kShardBytesMin, kShardBytesMax);
  const bool text = format == DataFormat::kCsv || format == DataFormat::kLibsvm;
  Result<DataPlan> plan = text ? PlanText(context, format, found) : PlanArrays(context, format, found);
  if (!plan.ok()) return plan;
  RETURN_IF_ERROR(NumberRows(*plan));
  return plan;
}

std::string DataPlan::Encode() const {
  nlohmann::json json = {{"format", kFormatNames[static_cast<size_t>(format)]},
                         {"schema", nlohmann::json::parse(EncodeSchema(schema))},
                         {"has_labels", has_labels},
                         {"delimiter", static_cast<int>(delimiter)},
                         {"quoted_lines", quoted_lines},
                         {"targets", targets},
                         {"field_names", field_names},
                         {"label_column", label_column},
                         {"notes", notes}};
  nlohmann::json file_list = nlohmann::json::array(), shard_list = nlohmann::json::array();
  for (const PlannedFile& file : files) {
    file_list.push_back({{"path", file.path}, {"gzip", file.gzip}, {"labels_path", file.labels_path},
                         {"labels_gzip", file.labels_gzip}, {"first_row", file.first_row}});
  }
  for (const PlannedShard& s : shards) {
    shard_list.push_back({s.file, s.begin, s.end, s.data_start, s.rows, s.first_row, s.first_line});
  }
  json["files"] = std::move(file_list);
  json["shards"] = std::move(shard_list);
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

Status BadPlan(const std::string& why) { return Status(Code::kCorruption, "data plan: " + why); }

// at() and get() throw on other shapes; Decode turns that into a Status.
DataPlan PlanFromJson(const nlohmann::json& json) {
  DataPlan plan;
  const auto format = json.at("format").get<std::string>();
  for (size_t i = 0; i < std::size(kFormatNames); ++i) {
    if (format == kFormatNames[i]) plan.format = static_cast<DataFormat>(i);
  }
  plan.has_labels = json.at("has_labels").get<bool>();
  plan.delimiter = static_cast<char>(json.at("delimiter").get<int>());
  plan.quoted_lines = json.at("quoted_lines").get<bool>();
  plan.targets = json.at("targets").get<std::vector<int32_t>>();
  plan.field_names = json.at("field_names").get<std::vector<std::string>>();
  plan.label_column = json.at("label_column").get<int64_t>();
  plan.notes = json.at("notes").get<std::vector<std::string>>();
  for (const auto& file : json.at("files")) {
    plan.files.push_back({file.at("path").get<std::string>(), file.at("gzip").get<bool>(),
                          file.at("labels_path").get<std::string>(), file.at("labels_gzip").get<bool>(),
                          file.at("first_row").get<uint64_t>()});
  }
  for (const auto& shard : json.at("shards")) {
    const auto numbers = shard.get<std::vector<uint64_t>>();
    PlannedShard planned{.file = numbers.at(0), .begin = numbers.at(1), .end = numbers.at(2), .data_start = numbers.at(3),
                         .rows = numbers.at(4), .first_row = numbers.at(5), .first_line = numbers.at(6)};
    plan.shards.push_back(planned);
  }
  return plan;
}

}  // namespace

Result<DataPlan> DataPlan::Decode(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("schema")) return BadPlan("not a JSON object with a schema");
  DataPlan plan;
  try {
    plan = PlanFromJson(json);
  } catch (const std::exception& error) {
    return BadPlan(error.what());
  }
  ASSIGN_OR_RETURN(plan.schema, DecodeSchema(json["schema"].dump()));
  for (const PlannedShard& shard : plan.shards) {
    if (shard.file >= plan.files.size() || shard.begin > shard.end) return BadPlan("a shard of no file, or that ends before it begins");
  }
  for (const int32_t target : plan.targets) {
    if (target < kWeightField || (target >= 0 && static_cast<uint64_t>(target) >= plan.schema.columns)) {
      return BadPlan("a field for a column that is none");
    }
  }
  return plan;
}

}  // namespace tusk::ml
