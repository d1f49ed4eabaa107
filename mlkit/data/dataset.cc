// Datasets in memory, another cut of a data set's rows, and the checks of a block.
#include "mlkit/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace tusk::ml {
namespace {

class InMemoryDataset final : public Dataset {
 public:
  InMemoryDataset(Schema schema, std::vector<Block> blocks) : schema_(std::move(schema)) {
    schema_.rows = 0;
    for (Block& block : blocks) {
      block.first_row = schema_.rows;
      schema_.rows += block.rows;
      if (block.columns > schema_.columns) schema_.columns = block.columns;
      if (block.sparse) schema_.sparse = true;
      shared_.push_back(std::make_shared<const Block>(std::move(block)));
    }
  }
  const Schema& schema() const override { return schema_; }
  size_t shards() const override { return shared_.size(); }
  Result<Block> Load(size_t shard) const override {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Block> block, LoadShared(shard));
    return Block(*block);
  }
  Result<std::shared_ptr<const Block>> LoadShared(size_t shard) const override {
    if (shard >= shared_.size()) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    return shared_[shard];
  }
  Result<uint64_t> Rows(size_t shard) const override {
    if (shard >= shared_.size()) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    return shared_[shard]->rows;
  }

 private:
  Schema schema_;
  std::vector<std::shared_ptr<const Block>> shared_;  // shared with whoever works on them
};

void AppendRows(const Block& from, size_t begin, size_t end, Block& to) {
  if (to.rows == 0 && to.origin.empty()) to.origin = from.origin;
  if (!from.weights.empty() || !to.weights.empty()) {
    to.weights.resize(to.rows, 1.0F);
    for (size_t row = begin; row < end; ++row) to.weights.push_back(from.weight(row));
  }
  if (!from.labels.empty()) {
    to.labels.insert(to.labels.end(), from.labels.begin() + static_cast<ptrdiff_t>(begin),
                     from.labels.begin() + static_cast<ptrdiff_t>(end));
  }
  if (from.sparse) {
    if (to.row_starts.empty()) to.row_starts.push_back(0);
    for (size_t row = begin; row < end; ++row) {
      const SparseRow source = from.Row(row);
      to.indices.insert(to.indices.end(), source.columns.begin(), source.columns.end());
      to.values.insert(to.values.end(), source.values.begin(), source.values.end());
      to.row_starts.push_back(to.indices.size());
    }
  } else {
    to.dense.insert(to.dense.end(), from.dense.begin() + static_cast<ptrdiff_t>(begin * from.columns),
                    from.dense.begin() + static_cast<ptrdiff_t>(end * from.columns));
  }
  to.rows += end - begin;
}

constexpr size_t kKeptShards = 4;

class ReshardedDataset final : public Dataset {
 public:
  ReshardedDataset(std::shared_ptr<const Dataset> source, size_t count)
      : source_(std::move(source)), count_(count == 0 ? 1 : count) {}
  const Schema& schema() const override { return source_->schema(); }
  size_t shards() const override { return count_; }

  Result<Block> Load(size_t shard) const override {
    if (shard >= count_) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    RETURN_IF_ERROR(CountRows());
    const uint64_t total = starts_.back();
    const uint64_t begin = RowOfPart(total, shard), end = RowOfPart(total, shard + 1);
    Block block;
    block.columns = schema().columns;
    block.sparse = schema().sparse;
    block.first_row = begin;
    if (block.sparse) block.row_starts.push_back(0);
    for (size_t s = 0; s < source_->shards(); ++s) {
      if (starts_[s + 1] <= begin || starts_[s] >= end) continue;
      ASSIGN_OR_RETURN(const std::shared_ptr<const Block> from, LoadSource(s));
      if (from->sparse != block.sparse || (!from->sparse && from->columns != block.columns)) {
        return Status(Code::kInvalidArgument, from->origin + ": shards of one data set differ in kind or columns");
      }
      const uint64_t first = begin > starts_[s] ? begin - starts_[s] : 0;
      const uint64_t last = std::min<uint64_t>(end - starts_[s], from->rows);
      AppendRows(*from, first, last, block);
    }
    return block;
  }
  Result<uint64_t> Rows(size_t shard) const override {
    if (shard >= count_) return Status(Code::kInvalidArgument, "no shard " + std::to_string(shard));
    RETURN_IF_ERROR(CountRows());
    return RowOfPart(starts_.back(), shard + 1) - RowOfPart(starts_.back(), shard);
  }

 private:
  // A source shard in memory, or about to be.
  struct Kept {
    std::mutex loading;
    std::shared_ptr<const Block> block;
  };

  // Neighbouring parts need the same source shards: the last few are kept, and loaded by one thread only.
  Result<std::shared_ptr<const Block>> LoadSource(size_t s) const {
    std::shared_ptr<Kept> kept;
    {
      std::lock_guard lock(mutex_);
      auto it = std::find_if(kept_.begin(), kept_.end(), [s](const auto& entry) { return entry.first == s; });
      kept = it == kept_.end() ? std::make_shared<Kept>() : it->second;
      if (it != kept_.end()) kept_.erase(it);
      kept_.emplace_back(s, kept);
      if (kept_.size() > kKeptShards) kept_.erase(kept_.begin());
    }
    std::lock_guard lock(kept->loading);
    if (kept->block == nullptr) {
      ASSIGN_OR_RETURN(kept->block, source_->LoadShared(s));
    }
    return kept->block;
  }
  uint64_t RowOfPart(uint64_t total, size_t part) const {
    return total / count_ * part + std::min<uint64_t>(total % count_, part);
  }
  Status CountRows() const {
    std::lock_guard lock(mutex_);
    if (!starts_.empty()) return Status::Ok();
    std::vector<uint64_t> starts = {0};
    for (size_t s = 0; s < source_->shards(); ++s) {
      ASSIGN_OR_RETURN(const uint64_t rows, source_->Rows(s));
      starts.push_back(starts.back() + rows);
    }
    starts_ = std::move(starts);
    return Status::Ok();
  }

  std::shared_ptr<const Dataset> source_;
  size_t count_;
  mutable std::mutex mutex_;
  mutable std::vector<uint64_t> starts_;  // [source shards + 1], once counted
  mutable std::vector<std::pair<size_t, std::shared_ptr<Kept>>> kept_;  // the least recently used first
};

std::string RowOf(const Block& block, size_t row) {
  return (block.origin.empty() ? std::string("row ") : block.origin + ": row ") + std::to_string(block.first_row + row);
}

Status CheckValue(const Block& block, size_t row, size_t column, float value, bool allow_missing) {
  if (std::isfinite(value) || (allow_missing && std::isnan(value))) return Status::Ok();
  return Status(Code::kInvalidArgument, RowOf(block, row) + ", column " + std::to_string(column) + ": " +
                                            (std::isnan(value) ? "NaN (this algorithm takes no missing values)"
                                                               : "infinite value"));
}

Status ValidateLabels(const Block& block, const Schema& schema) {
  for (size_t row = 0; row < block.labels.size(); ++row) {
    const float label = block.labels[row];
    if (!std::isfinite(label)) return Status(Code::kInvalidArgument, RowOf(block, row) + ": the label is not finite");
    if (schema.classes > 0 &&
        (label < 0 || label != std::floor(label) || label >= static_cast<float>(schema.classes))) {
      return Status(Code::kInvalidArgument, RowOf(block, row) + ": label " + std::to_string(label) + " is none of the " +
                                                std::to_string(schema.classes) + " classes");
    }
  }
  for (size_t row = 0; row < block.weights.size(); ++row) {
    if (!std::isfinite(block.weights[row]) || block.weights[row] < 0) {
      return Status(Code::kInvalidArgument, RowOf(block, row) + ": the weight is not a finite number >= 0");
    }
  }
  return Status::Ok();
}

Status ValidateSparse(const Block& block, const Schema& schema, bool allow_missing) {
  if (block.row_starts.size() != block.rows + 1 || block.row_starts.front() != 0 ||
      block.row_starts.back() != block.indices.size() || block.indices.size() != block.values.size()) {
    return Status(Code::kInternal, block.origin + ": row starts do not fit the values");
  }
  for (size_t row = 0; row < block.rows; ++row) {
    if (block.row_starts[row] > block.row_starts[row + 1]) {
      return Status(Code::kInternal, RowOf(block, row) + ": row starts decrease");
    }
  }
  for (size_t row = 0; row < block.rows; ++row) {
    const SparseRow source = block.Row(row);
    for (size_t i = 0; i < source.columns.size(); ++i) {
      if (source.columns[i] >= schema.columns || (i > 0 && source.columns[i] <= source.columns[i - 1])) {
        return Status(Code::kInvalidArgument, RowOf(block, row) + ": column " + std::to_string(source.columns[i]) +
                                                  " is out of order or beyond " + std::to_string(schema.columns));
      }
      RETURN_IF_ERROR(CheckValue(block, row, source.columns[i], source.values[i], allow_missing));
    }
  }
  return Status::Ok();
}

}  // namespace

Result<uint64_t> Dataset::Rows(size_t shard) const {
  ASSIGN_OR_RETURN(const Block block, Load(shard));
  return block.rows;
}

Result<std::shared_ptr<const Block>> Dataset::LoadShared(size_t shard) const {
  ASSIGN_OR_RETURN(Block block, Load(shard));
  return std::make_shared<const Block>(std::move(block));
}

std::unique_ptr<Dataset> MakeInMemoryDataset(Schema schema, std::vector<Block> blocks) {
  return std::make_unique<InMemoryDataset>(std::move(schema), std::move(blocks));
}

std::unique_ptr<Dataset> Reshard(std::shared_ptr<const Dataset> dataset, size_t count) {
  return std::make_unique<ReshardedDataset>(std::move(dataset), count);
}

Status ValidateBlock(const Block& block, const Schema& schema, bool allow_missing) {
  if ((!block.labels.empty() && block.labels.size() != block.rows) ||
      (!block.weights.empty() && block.weights.size() != block.rows)) {
    return Status(Code::kInternal, block.origin + ": labels or weights do not fit the rows");
  }
  RETURN_IF_ERROR(ValidateLabels(block, schema));
  if (block.sparse) return ValidateSparse(block, schema, allow_missing);
  if (block.columns != schema.columns || block.dense.size() != block.rows * block.columns) {
    return Status(Code::kInvalidArgument, block.origin + ": rows have " + std::to_string(block.columns) +
                                              " columns, the data set has " + std::to_string(schema.columns));
  }
  for (size_t row = 0; row < block.rows; ++row) {
    const std::span<const float> values = block.DenseRow(row);
    for (size_t column = 0; column < values.size(); ++column) {
      RETURN_IF_ERROR(CheckValue(block, row, column, values[column], allow_missing));
    }
  }
  return Status::Ok();
}

}  // namespace tusk::ml
