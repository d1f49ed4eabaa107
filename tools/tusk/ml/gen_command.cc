// `tusk ml gen`: generated data as files, in pieces that are made in parallel.
#include <charconv>
#include <cmath>

#include "mlkit/api/parameters.h"
#include "mlkit/data/array_format.h"
#include "mlkit/data/generators.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "tools/tusk/ml/ml_commands.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kRowsAtOnce = 16'384;  // a piece of work

void AppendNumber(double value, std::string& out) {
  char text[32];
  const auto [end, error] = value == std::floor(value) && std::abs(value) < 1e9
                                ? std::to_chars(text, text + sizeof(text), static_cast<int64_t>(value))
                                : std::to_chars(text, text + sizeof(text), static_cast<float>(value));
  if (error == std::errc()) out.append(text, end);
}

void AppendLabel(const ml::Schema& schema, float label, std::string& out) {
  if (schema.classes == 0) return AppendNumber(label, out);
  out += schema.class_labels[static_cast<size_t>(label)];
}

std::string CsvHeader(const ml::Schema& schema) {
  if (schema.column_names.empty()) return "";
  std::string header = schema.label_name;
  for (const std::string& name : schema.column_names) header += "," + name;
  return header + "\n";
}

std::string CsvRows(const ml::Schema& schema, const ml::Block& block) {
  std::string text;
  for (size_t row = 0; row < block.rows; ++row) {
    AppendLabel(schema, block.labels[row], text);
    for (const float value : block.DenseRow(row)) {
      text += ',';
      if (!std::isnan(value)) AppendNumber(value, text);
    }
    text += '\n';
  }
  return text;
}

std::string LibsvmRows(const ml::Schema& schema, const ml::Block& block) {
  std::string text;
  const auto pair = [&text](size_t column, float value) {
    text += ' ' + std::to_string(column + 1) + ':';
    AppendNumber(value, text);
  };
  for (size_t row = 0; row < block.rows; ++row) {
    AppendLabel(schema, block.labels[row], text);
    if (block.sparse) {
      const ml::SparseRow source = block.Row(row);
      for (size_t i = 0; i < source.columns.size(); ++i) pair(source.columns[i], source.values[i]);
    } else {
      const std::span<const float> values = block.DenseRow(row);
      for (size_t column = 0; column < values.size(); ++column) {
        if (values[column] != 0 && !std::isnan(values[column])) pair(column, values[column]);
      }
    }
    text += '\n';
  }
  return text;
}

std::string Bytes(std::span<const float> values) { return {reinterpret_cast<const char*>(values.data()), values.size_bytes()}; }

// A file that appears when all of it is there.
struct Part {
  mapreduce::Location location;
  std::string temporary;
  std::unique_ptr<mapreduce::OutputFile> file;

  Status Open(MlFiles& files, const std::string& path) {
    ASSIGN_OR_RETURN(location, files.Resolve(path));
    temporary = JoinPath(ParentPath(location.path), "_" + BaseName(location.path) + ".tmp");
    ASSIGN_OR_RETURN(file, location.fs->Create(temporary, {}));
    return Status::Ok();
  }
  Status Write(const std::string& bytes) { return file->Write(AsBytes(bytes)); }
  Status Close() {
    RETURN_IF_ERROR(file->Close());
    RETURN_IF_ERROR(location.fs->Remove(location.path));
    return location.fs->Rename(temporary, location.path);
  }
};

// What pieces [begin, end) of the rows become: text or features, and labels of .npy.
struct Piece {
  Status status;
  std::string bytes, labels;
};

struct Writer {
  MlFiles& files;
  ml::ThreadPool& pool;
  const MlOptions& options;
  const ml::Dataset& data;   // in pieces of about kRowsAtOnce rows
  std::string format;

  Piece Make(size_t piece) const {
    Piece made;
    const Result<ml::Block> block = data.Load(piece);
    if (!block.ok()) {
      made.status = block.status();
    } else if (format == "csv") {
      made.bytes = CsvRows(data.schema(), *block);
    } else if (format == "libsvm") {
      made.bytes = LibsvmRows(data.schema(), *block);
    } else {
      made.bytes = Bytes(block->dense);
      made.labels = Bytes(block->labels);
    }
    return made;
  }

  // Pieces [begin, end) as one file (two for .npy).
  Status WriteFile(const std::string& path, const std::string& labels_path, size_t begin, size_t end) const {
    const ml::Schema& schema = data.schema();
    Part rows, labels;
    RETURN_IF_ERROR(rows.Open(files, path));
    const bool npy = format == "npy";
    if (npy) {
      RETURN_IF_ERROR(labels.Open(files, labels_path));
      uint64_t count = 0;
      for (size_t piece = begin; piece < end; ++piece) {
        ASSIGN_OR_RETURN(const uint64_t piece_rows, data.Rows(piece));
        count += piece_rows;
      }
      RETURN_IF_ERROR(rows.Write(ml::NpyHeader("<f4", {count, schema.columns})));
      RETURN_IF_ERROR(labels.Write(ml::NpyHeader("<f4", {count})));
    } else if (format == "csv") {
      RETURN_IF_ERROR(rows.Write(CsvHeader(schema)));
    }
    const size_t group = pool.threads() * 2;
    for (size_t first = begin; first < end; first += group) {
      std::vector<Piece> made(std::min(group, end - first));
      pool.ParallelFor(made.size(), [&](size_t i) { made[i] = Make(first + i); });
      for (Piece& piece : made) {
        RETURN_IF_ERROR(std::move(piece.status));
        RETURN_IF_ERROR(rows.Write(piece.bytes));
        if (npy) RETURN_IF_ERROR(labels.Write(piece.labels));
      }
    }
    if (npy) RETURN_IF_ERROR(labels.Close());
    return rows.Close();
  }

  // One file, or a folder of `shards` of them.
  Status WriteAll() const {
    const uint64_t shards = options.shards;
    const bool npy = format == "npy";
    for (uint64_t shard = 0; shard < shards; ++shard) {
      const size_t begin = data.shards() / shards * shard, end = data.shards() / shards * (shard + 1);
      char number[32] = "";
      if (shards > 1) std::snprintf(number, sizeof(number), "-%05llu", static_cast<unsigned long long>(shard));
      std::string path = options.output;
      if (npy) path = JoinPath(options.output, std::string("X") + number + ".npy");
      else if (shards > 1) path = JoinPath(options.output, std::string("part") + number);
      RETURN_IF_ERROR(WriteFile(path, JoinPath(options.output, std::string("y") + number + ".npy"), begin, end));
    }
    return Status::Ok();
  }
};

Status Generate(CliContext& context, const MlOptions& options) {
  ml::Parameters parameters(options.parameters);
  ml::GeneratorSettings settings{.name = options.words[0], .rows = options.rows, .seed = options.seed};
  settings.columns = static_cast<size_t>(parameters.GetInteger("columns", 0, 1, 1 << 20));
  settings.classes = static_cast<size_t>(parameters.GetInteger("classes", 0, 2, 1 << 16));
  settings.noise = parameters.GetNumber("noise", -1, 0, 1e9);
  RETURN_IF_ERROR(parameters.Check());
  // Every file in as many pieces; rows do not depend on them.
  settings.shards = options.shards * std::max<uint64_t>(1, options.rows / options.shards / kRowsAtOnce);
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Dataset> data, ml::MakeGenerator(settings));
  std::string format = options.data.format;
  if (format == "auto") format = data->schema().sparse ? "libsvm" : "csv";
  if (format != "csv" && format != "libsvm" && format != "npy") return Status(Code::kInvalidArgument, "--format " + format + ": one of csv libsvm npy is wanted");
  if (data->schema().sparse && format != "libsvm") return Status(Code::kInvalidArgument, settings.name + " is sparse: --format libsvm is wanted");
  MlFiles files(context);
  ml::ThreadPool pool(ThreadsOf(options));
  return Writer{.files = files, .pool = pool, .options = options, .data = *data, .format = format}.WriteAll();
}

}  // namespace

int RunMlGen(CliContext& context, MlOptions options) {
  if (options.words.size() != 1) {
    std::string known;
    for (const ml::GeneratorEntry& entry : ml::Generators()) known += std::string("\n  ") + entry.name + "\t" + entry.summary;
    return MlUsage(context, "gen: the name of one data set is wanted:" + known);
  }
  if (options.output.empty()) return MlUsage(context, "gen: where the data goes is missing (-o)");
  if (options.rows == 0) return MlUsage(context, "gen: --rows is missing");
  const Status status = Generate(context, options);
  return status.ok() ? 0 : MlFail(context, status);
}

}  // namespace tusk::tools
