// Loading shards of text and of arrays.
#include "mlkit/data/file_dataset.h"

#include "mlkit/data/array_format.h"
#include "mlkit/data/csv_format.h"
#include "mlkit/data/libsvm_format.h"

namespace tusk::ml {
namespace {

Status At(const std::string& path, uint64_t line, const std::string& what) {
  return Status(Code::kInvalidArgument, path + ": line " + std::to_string(line) + ": " + what);
}

class FileDataset final : public Dataset {
 public:
  FileDataset(std::shared_ptr<OpenedFiles> files, DataPlan plan) : files_(std::move(files)), plan_(std::move(plan)) {
    const LabelMap labels(plan_.schema.class_labels);
    csv_ = {.delimiter = plan_.delimiter, .quoted_lines = plan_.quoted_lines, .targets = plan_.targets, .names = plan_.field_names,
            .columns = plan_.schema.columns,
            .labels = labels};
    bool texts = false;
    for (const auto& column : plan_.schema.categories) texts |= !column.empty();
    if (texts) {
      for (const auto& column : plan_.schema.categories) {
        auto& dictionary = csv_.dictionaries.emplace_back();
        for (size_t i = 0; i < column.size(); ++i) dictionary.emplace(column[i], static_cast<float>(i));
      }
    }
    libsvm_ = {.first_index = plan_.schema.first_index, .columns = plan_.schema.columns, .has_label = plan_.has_labels,
               .labels = labels};
  }

  const Schema& schema() const override { return plan_.schema; }
  size_t shards() const override { return plan_.shards.size(); }
  Result<uint64_t> Rows(size_t shard) const override {
    if (shard >= plan_.shards.size()) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    return plan_.shards[shard].rows;
  }

  Result<Block> Load(size_t shard) const override {
    if (shard >= plan_.shards.size()) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    const PlannedShard& planned = plan_.shards[shard];
    const PlannedFile& file = plan_.files[planned.file];
    Block block;
    block.columns = plan_.schema.columns;
    block.sparse = plan_.schema.sparse;
    block.first_row = planned.first_row;
    block.origin = file.path;
    if (file.first_row > 0) block.origin += " (rows from " + std::to_string(file.first_row) + ")";
    const bool text = plan_.format == DataFormat::kCsv || plan_.format == DataFormat::kLibsvm;
    const Status status = text ? LoadText(planned, file, block) : LoadArray(planned, file, block);
    if (!status.ok()) {
      return status.message().starts_with(file.path) || status.message().starts_with(file.labels_path + ":")
                 ? status
                 : status.WithContext(file.path);
    }
    if (block.rows != planned.rows) {
      return Status(Code::kIOError, file.path + ": " + std::to_string(block.rows) + " rows where " +
                                        std::to_string(planned.rows) + " were before: the file was changed");
    }
    return block;
  }

 private:
  Status LoadText(const PlannedShard& planned, const PlannedFile& file, Block& block) const {
    ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files_->Open(file.path, file.gzip));
    std::string buffer;
    ASSIGN_OR_RETURN(const std::string_view text,
                     plan_.quoted_lines ? ReadRange(*source, planned.begin, planned.end, buffer)
                                        : ReadLines(*source, planned.data_start, planned.begin, planned.end, buffer));
    std::optional<TextError> error;
    if (plan_.has_labels) block.labels.reserve(planned.rows);
    if (plan_.format == DataFormat::kCsv) {
      // A row takes at least one byte a field: a plan that lies reserves no more than that.
      if (planned.rows * csv_.targets.size() <= text.size() + 1) block.dense.reserve(planned.rows * block.columns);
      error = ParseCsv(text, csv_, block);
    } else {
      error = ParseLibsvm(text, libsvm_, block);
    }
    if (error.has_value()) return At(file.path, planned.first_line + error->line, error->what);
    return Status::Ok();
  }

  // Rows [begin, end) of the array in `path`, as numbers of kind Out.
  template <typename Out>
  Status ReadArray(const std::string& path, bool gzip, uint64_t begin, uint64_t end, ArrayHeader& header,
                   std::vector<Out>& out) const {
    ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, files_->Open(path, gzip));
    std::vector<uint8_t> bytes(std::min<uint64_t>(source->size(), kArrayHeaderMax));
    ASSIGN_OR_RETURN(const size_t start, source->ReadAt(0, bytes));
    bytes.resize(start);
    ASSIGN_OR_RETURN(header, plan_.format == DataFormat::kIdx ? ParseIdxHeader(bytes, source->size(), path)
                                                              : ParseNpyHeader(bytes, source->size(), path));
    if (end > header.rows()) return Status(Code::kIOError, path + ": fewer rows than before: the file was changed");
    bytes.resize((end - begin) * header.row_size());
    ASSIGN_OR_RETURN(const size_t count, source->ReadAt(header.data_offset + begin * header.row_size(), bytes));
    if (count != bytes.size()) return Status(Code::kEndOfFile, path + ": the file became shorter while it was read");
    out.resize((end - begin) * header.columns());
    ConvertElements(header, bytes.data(), std::span<Out>(out));
    return Status::Ok();
  }

  Status PutLabel(const std::string& path, uint64_t row, double value, Block& block) const {
    const std::optional<float> label = libsvm_.labels.Find(value);
    if (!label.has_value()) {
      return Status(Code::kInvalidArgument, path + ": row " + std::to_string(row) + ": the label " + std::to_string(value) +
                                                (libsvm_.labels.regression() ? " is not a finite number" : " is none of the classes"));
    }
    block.labels.push_back(*label);
    return Status::Ok();
  }

  Status LoadArray(const PlannedShard& planned, const PlannedFile& file, Block& block) const {
    ArrayHeader header;
    RETURN_IF_ERROR(ReadArray(file.path, file.gzip, planned.begin, planned.end, header, block.dense));
    block.rows = planned.end - planned.begin;
    const bool own_labels = plan_.has_labels && plan_.label_column >= 0;
    if (header.columns() != block.columns + (own_labels ? 1 : 0)) {
      return Status(Code::kInvalidArgument, file.path + ": rows of " + std::to_string(header.columns()) + " columns: the file was changed");
    }
    if (!plan_.has_labels) return Status::Ok();
    block.labels.reserve(block.rows);
    if (own_labels) return TakeLabelColumn(file, planned.begin, block);
    std::vector<double> labels;
    RETURN_IF_ERROR(ReadArray(file.labels_path, file.labels_gzip, planned.begin, planned.end, header, labels));
    if (labels.size() != block.rows) return Status(Code::kInvalidArgument, file.labels_path + ": not one label a row");
    for (size_t row = 0; row < block.rows; ++row) {
      RETURN_IF_ERROR(PutLabel(file.labels_path, planned.begin + row, labels[row], block));
    }
    return Status::Ok();
  }

  // The label's column out of the dense values.
  Status TakeLabelColumn(const PlannedFile& file, uint64_t begin, Block& block) const {
    const auto label = static_cast<size_t>(plan_.label_column);
    const size_t width = block.columns + 1;
    size_t to = 0;
    for (size_t row = 0; row < block.rows; ++row) {
      RETURN_IF_ERROR(PutLabel(file.path, begin + row, block.dense[row * width + label], block));
      for (size_t column = 0; column < width; ++column) {
        if (column != label) block.dense[to++] = block.dense[row * width + column];
      }
    }
    block.dense.resize(to);
    return Status::Ok();
  }

  std::shared_ptr<OpenedFiles> files_;  // shared with the scan
  DataPlan plan_;
  CsvLayout csv_;
  LibsvmLayout libsvm_;
};

}  // namespace

std::shared_ptr<const Dataset> MakeFileDataset(std::shared_ptr<OpenedFiles> files, DataPlan plan) {
  return std::make_shared<FileDataset>(std::move(files), std::move(plan));
}

Result<OpenedData> OpenData(std::shared_ptr<ByteSources> sources, const DataOptions& options, ThreadPool& pool,
                            const Schema* like) {
  auto files = std::make_shared<OpenedFiles>(std::move(sources));
  ASSIGN_OR_RETURN(DataPlan plan, PlanData(*files, options, pool, like));
  std::vector<std::string> notes = plan.notes;
  return OpenedData{MakeFileDataset(std::move(files), std::move(plan)), std::move(notes)};
}

}  // namespace tusk::ml
