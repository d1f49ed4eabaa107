// Generated rows: the same in any cut and for any loader, in the shapes that they promise.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "mlkit/data/generators.h"

namespace tusk::ml {
namespace {

Block Rows(const std::string& name, uint64_t rows, size_t shards = 1, uint64_t seed = 1) {
  Result<std::unique_ptr<Dataset>> data = MakeGenerator({.name = name, .rows = rows, .shards = shards, .seed = seed});
  EXPECT_TRUE(data.ok());
  return std::move(Reshard(std::move(data).value(), 1)->Load(0)).value();
}

double Positives(const Block& block) {
  double sum = 0;
  for (const float label : block.labels) sum += label;
  return sum / static_cast<double>(block.rows);
}

TEST(GeneratorsTest, ShardsDoNotChangeTheRows) {
  for (const GeneratorEntry& entry : Generators()) {
    const Block one = Rows(entry.name, 100), many = Rows(entry.name, 100, 7);
    // By bytes: missing values are NaN.
    ASSERT_EQ(one.dense.size(), many.dense.size());
    EXPECT_EQ(std::memcmp(one.dense.data(), many.dense.data(), one.dense.size() * sizeof(float)), 0) << entry.name;
    EXPECT_EQ(one.values, many.values) << entry.name;
    EXPECT_EQ(one.indices, many.indices) << entry.name;
    EXPECT_EQ(one.labels, many.labels) << entry.name;
    EXPECT_NE(one.labels, Rows(entry.name, 100, 1, 2).labels) << entry.name;
    Result<std::unique_ptr<Dataset>> data = MakeGenerator({.name = entry.name, .rows = 100});
    EXPECT_TRUE(ValidateBlock(one, (*data)->schema(), true).ok()) << entry.name;
  }
}

TEST(GeneratorsTest, Rcv1HasAbout75WordsARowOfUnitLength) {
  const Block block = Rows("rcv1", 2000);
  EXPECT_NEAR(static_cast<double>(block.values.size()) / 2000, 75, 8);
  double squares = 0;
  for (const float value : block.Row(7).values) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(squares, 1, 1e-5);
  EXPECT_NEAR(Positives(block), 0.5, 0.1);
}

TEST(GeneratorsTest, CriteoHasGapsAndAQuarterOfClicks) {
  const Block block = Rows("criteo", 4000);
  EXPECT_NEAR(Positives(block), 0.25, 0.08);
  size_t missing = 0;
  for (const float value : block.dense) missing += std::isnan(value) ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(missing) / 4000 / 13, 0.18, 0.03);
}

TEST(GeneratorsTest, HiggsIsBalanced) { EXPECT_NEAR(Positives(Rows("higgs", 5000)), 0.5, 0.06); }

TEST(GeneratorsTest, UnknownNamesAndNoRowsAreErrors) {
  EXPECT_EQ(MakeGenerator({.name = "iris", .rows = 1}).status().message(),
            "no data set 'iris' to generate; known are higgs criteo rcv1 blobs trees regression");
  EXPECT_EQ(MakeGenerator({.name = "blobs"}).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tusk::ml
