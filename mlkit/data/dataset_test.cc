// Resharding keeps the rows and their order; bad blocks are refused with their row.
#include "mlkit/data/dataset.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"

namespace tusk::ml {
namespace {

Block DenseBlock(size_t rows, float start) {
  Block block;
  block.rows = rows;
  block.columns = 2;
  for (size_t row = 0; row < rows; ++row) {
    block.dense.insert(block.dense.end(), {start + static_cast<float>(row), 1.0F});
    block.labels.push_back(0);
  }
  return block;
}

TEST(DatasetTest, ReshardingKeepsRowsAndOrder) {
  std::shared_ptr<Dataset> source = MakeInMemoryDataset({}, {DenseBlock(5, 0), DenseBlock(0, 0), DenseBlock(6, 5)});
  EXPECT_EQ(source->schema().rows, 11U);
  for (size_t count : {1, 2, 3, 11, 13}) {
    auto parts = Reshard(source, count);
    std::vector<float> seen;
    for (size_t s = 0; s < parts->shards(); ++s) {
      ASSERT_OK_AND_ASSIGN(Block block, parts->Load(s));
      ASSERT_OK(ValidateBlock(block, parts->schema(), false));
      EXPECT_EQ(block.first_row, seen.size());
      EXPECT_LE(block.rows, (11 + count - 1) / count);
      for (size_t row = 0; row < block.rows; ++row) seen.push_back(block.DenseRow(row)[0]);
    }
    ASSERT_EQ(seen.size(), 11U);
    for (size_t row = 0; row < seen.size(); ++row) EXPECT_EQ(seen[row], static_cast<float>(row));
  }
}

TEST(DatasetTest, SparseRowsAreReshardedToo) {
  Block block;
  block.rows = 3;
  block.columns = 10;
  block.sparse = true;
  block.row_starts = {0, 2, 2, 3};
  block.indices = {1, 7, 9};
  block.values = {1, 2, 3};
  block.weights = {1, 2, 3};
  std::shared_ptr<Dataset> source = MakeInMemoryDataset({}, {block});
  auto parts = Reshard(source, 2);
  ASSERT_OK_AND_ASSIGN(Block second, parts->Load(1));
  EXPECT_EQ(second.row_starts, (std::vector<uint64_t>{0, 1}));
  EXPECT_EQ(second.indices, std::vector<uint32_t>{9});
  EXPECT_EQ(second.weights, std::vector<float>{3});
}

TEST(DatasetTest, BadRowsAreRefusedWithTheirPlace) {
  Schema schema{.rows = 2, .columns = 2, .classes = 2};
  Block block = DenseBlock(2, 0);
  block.origin = "a.csv";
  block.dense[3] = NAN;
  EXPECT_EQ(ValidateBlock(block, schema, false).message(),
            "a.csv: row 1, column 1: NaN (this algorithm takes no missing values)");
  EXPECT_OK(ValidateBlock(block, schema, true));
  block.dense[3] = INFINITY;
  EXPECT_EQ(ValidateBlock(block, schema, true).message(), "a.csv: row 1, column 1: infinite value");
  block.dense[3] = 0;
  block.labels[1] = 2;
  EXPECT_EQ(ValidateBlock(block, schema, true).message(), "a.csv: row 1: label 2.000000 is none of the 2 classes");
  block.labels[1] = 0.5F;
  EXPECT_FALSE(ValidateBlock(block, schema, true).ok());
}

}  // namespace
}  // namespace tusk::ml
