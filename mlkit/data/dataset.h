// Dataset: the shards of a data set and what is known of all of its rows. Shards are a function of the data and of the
// settings (never of the number of workers); results are summed over shards in the order of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/data/block.h"

namespace tusk::ml {

// Of all rows. `classes` is 0 for regression; labels of classification are 0..classes-1 in blocks, and
// class_labels[c] is what the input called class c ("-1", "9", "cat").
struct Schema {
  uint64_t rows = 0;
  size_t columns = 0;
  bool sparse = false;
  size_t classes = 0;
  std::vector<std::string> class_labels = {};
  std::vector<std::string> column_names = {};   // empty or [columns]
  std::vector<bool> categorical = {};           // empty (none) or [columns]; values are then 0..k-1
  // Empty or [columns]: what the input called the values 0..k-1 of a categorical column (empty: they were numbers already).
  std::vector<std::vector<std::string>> categories = {};
  std::string label_name = {};                  // the label's column in the input: its name, or its number from 0
  uint32_t first_index = 1;                     // libsvm input: what column 0 is called there
};

// Loading is thread-safe and gives the same rows each time.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual const Schema& schema() const = 0;
  virtual size_t shards() const = 0;
  // Rows of shard `shard` < shards(), in the data's order. An empty shard is a block of 0 rows.
  virtual Result<Block> Load(size_t shard) const = 0;
  // The same, without a copy where the rows are in memory already.
  virtual Result<std::shared_ptr<const Block>> LoadShared(size_t shard) const;
  // Their number; loads the shard where nothing cheaper is known.
  virtual Result<uint64_t> Rows(size_t shard) const;
};

// Blocks that are in memory already; block i is shard i. schema.rows and .columns are computed.
std::unique_ptr<Dataset> MakeInMemoryDataset(Schema schema, std::vector<Block> blocks);

// The same rows in exactly `count` shards of nearly equal numbers of rows, in the data's order.
// What mini-batch trainers use: a shard is then a lane, and a batch takes some rows of each. Shards that are asked for in
// ascending order, by few threads, load each of the source's once.
std::unique_ptr<Dataset> Reshard(std::shared_ptr<const Dataset> dataset, size_t count);

// Lengths as Block's invariants say; labels in range; no NaN or Inf (NaN if `allow_missing`). The error names the block's
// origin, row and column.
Status ValidateBlock(const Block& block, const Schema& schema, bool allow_missing);

}  // namespace tusk::ml
