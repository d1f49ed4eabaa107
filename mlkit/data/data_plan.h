// DataPlan: everything that one scan of a data set's files found out: schema, layout, files and shards. Made once
// (PlanData), sent to every worker as JSON, and enough for any of them to load any shard (file_dataset.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "mlkit/data/dataset.h"
#include "mlkit/data/label_map.h"
#include "mlkit/data/opened_files.h"

namespace tusk::ml {

class ThreadPool;

enum class DataFormat : uint8_t { kCsv, kLibsvm, kIdx, kNpy };

// What the user says about the data; defaults find it out.
struct DataOptions {
  std::vector<std::string> paths = {};            // files, folders, patterns
  std::string format = "auto";                    // csv, libsvm, idx, npy
  // CSV: a column's name or number (from 0). Default: the model's, else a column called label, target, class or y, else the first.
  // "none": no labels. npy: number of a column of X, where there is no file of labels.
  std::string label = "";
  std::string labels_path = "";                   // idx, npy: default beside the data: images → labels, X → y
  std::string weight = "";                        // CSV: a column's name or number
  std::vector<std::string> categorical = {};      // CSV: columns of texts
  std::optional<bool> header = std::nullopt;      // CSV
  char delimiter = 0;                             // CSV
  LabelKind task = LabelKind::kAny;
  uint64_t shard_bytes = 0;                       // 0: 1/32 of the data, between 64 KiB and 16 MiB
};

struct PlannedFile {
  std::string path;
  bool gzip = false;
  std::string labels_path;                        // idx, npy
  bool labels_gzip = false;
  uint64_t first_row = 0;                         // of the data set
};

// Text: bytes [begin, end) of the file (after decompression); arrays: rows.
struct PlannedShard {
  size_t file = 0;
  uint64_t begin = 0, end = 0;
  uint64_t data_start = 0;                        // text: where the file's rows begin
  uint64_t rows = 0;
  uint64_t first_row = 0;                         // of the data set
  uint64_t first_line = 1;                        // text: number of its first line in the file
};

struct DataPlan {
  DataFormat format = DataFormat::kCsv;
  Schema schema;
  bool has_labels = true;
  char delimiter = ',';
  bool quoted_lines = false;                      // CSV: shards begin and end where rows do
  std::vector<int32_t> targets = {};              // CSV: csv_format.h
  std::vector<std::string> field_names = {};      // CSV: [fields] or empty
  int64_t label_column = -1;                      // npy without a file of labels
  std::vector<PlannedFile> files = {};
  std::vector<PlannedShard> shards = {};
  std::vector<std::string> notes = {};            // what the user should know: "qid is ignored"

  std::string Encode() const;
  static Result<DataPlan> Decode(std::string_view json);
};

// One scan of all files, in parallel. `like` (null: none) is the schema of a model that the rows are for: same columns,
// same classes; labels may then be absent. The error names file and line or row.
Result<DataPlan> PlanData(OpenedFiles& files, const DataOptions& options, ThreadPool& pool, const Schema* like = nullptr);

}  // namespace tusk::ml
