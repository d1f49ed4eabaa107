// Bins, histograms, splits and prediction.
#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/api/random.h"
#include "mlkit/ensemble/trees/histogram.h"
#include "mlkit/ensemble/trees/predictor.h"
#include "mlkit/ensemble/trees/split.h"
#include "mlkit/ensemble/trees/tree.h"

namespace tusk::ml {
namespace {

TEST(ColumnBinsTest, FewValuesHaveBinsOfTheirOwnAndEdgesLieBetweenThem) {
  const std::vector<ValueCount> values = {{-1, 5}, {0, 5}, {0.5F, 5}, {7, 5}};
  ColumnBins bins;
  bins.edges = ChooseEdges(values, 255, 3);
  EXPECT_EQ(bins.edges, (std::vector<float>{-0.5F, 0.25F, 3.75F}));
  EXPECT_EQ(bins.BinOf(-1), 0);
  EXPECT_EQ(bins.BinOf(-0.5F), 1);
  EXPECT_EQ(bins.BinOf(100), 3);
  bins.missing = true;
  EXPECT_EQ(bins.BinOf(kMissing), 4);
}

TEST(ColumnBinsTest, AHeavyValueHasItsOwnBinAndOthersShareTheRestEvenly) {
  std::vector<ValueCount> values;
  for (int i = 0; i < 1000; ++i) values.push_back({static_cast<float>(i), i == 500 ? 1000U : 1U});
  const std::vector<float> edges = ChooseEdges(values, 20, 1);
  EXPECT_GE(edges.size(), 15U);
  EXPECT_LE(edges.size(), 19U);
  EXPECT_NE(std::find(edges.begin(), edges.end(), 500.5F), edges.end());
}

TEST(ColumnBinsTest, NeighbouringFloatsAreToldApart) {
  const float low = 1.0F, high = std::nextafter(low, 2.0F);
  const std::vector<float> edges = ChooseEdges(std::vector<ValueCount>{{low, 9}, {high, 9}}, 255, 1);
  ASSERT_EQ(edges.size(), 1U);
  EXPECT_LT(low, edges[0]);
  EXPECT_GE(high, edges[0]);
}

TEST(HistogramTest, CellsHoldBothSumsExactlyAtTheirBounds) {
  const int64_t most = static_cast<int64_t>(kPackedRows) * kGradientMax;
  for (const GradientSum& sum : {GradientSum{most, most}, GradientSum{-most, most}, GradientSum{-1, 0}, GradientSum{0, 1}}) {
    EXPECT_EQ(UnpackCell(PackCell(sum.gradient, sum.hessian)), sum);
  }
}

TEST(SplitTest, GainsHaveTheSameBitsInEveryInstructionSet) {
  Random random(3, 0);
  std::vector<double> gradients(255), hessians(255);
  double gradient = 0, hessian = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    gradients[i] = gradient += random.Normal();
    hessians[i] = hessian += random.Uniform();
  }
  for (const double l1 : {0.0, 0.7}) {
    const GainInputs inputs = {gradient + 3, hessian + 5, l1, 0.3, 1.5};
    std::vector<double> first(255), other(255);
    for (const size_t count : {size_t{255}, size_t{13}, size_t{1}}) {
      GainKernels().front()(gradients.data(), hessians.data(), count, inputs, first.data());
      for (const GainKernel kernel : GainKernels()) {
        kernel(gradients.data(), hessians.data(), count, inputs, other.data());
        EXPECT_EQ(std::vector<double>(first.begin(), first.begin() + count),
                  std::vector<double>(other.begin(), other.begin() + count));
      }
    }
  }
}

Tree RandomTree(Random& random, size_t columns, size_t splits) {
  Tree tree;
  tree.AddLeaf(0, 1);
  tree.values.push_back(static_cast<float>(random.Normal()));
  for (size_t s = 0; s < splits; ++s) {
    size_t node = random.Below(tree.nodes());
    while (!tree.IsLeaf(node)) node = random.Below(tree.nodes());
    const auto value = static_cast<int32_t>(tree.values.size());
    tree.values.push_back(static_cast<float>(random.Normal()));
    const int32_t old = tree.left[node];
    tree.column[node] = static_cast<int32_t>(random.Below(columns));
    tree.threshold[node] = static_cast<float>(random.Normal());
    tree.flags[node] = random.Chance(0.5) ? Tree::kDefaultLeft : 0;
    if (random.Chance(0.1)) {
      tree.flags[node] |= Tree::kCategorical;
      tree.threshold[node] = static_cast<float>(tree.AddSet(std::vector<uint32_t>{0, 2, 5}));
    }
    const int32_t right = tree.AddLeaf(value, 1), left = tree.AddLeaf(old, 1);  // also not side by side as usual
    tree.left[node] = left;
    tree.right[node] = right;
  }
  return tree;
}

TEST(PredictorTest, GivesWhatWalkingTheTreesGives) {
  Random random(9, 1);
  TreeSet set;
  for (size_t t = 0; t < 20; ++t) set.trees.push_back(RandomTree(random, 5, t));
  Block block;
  block.rows = 300;
  block.columns = 5;
  for (size_t i = 0; i < 1500; ++i) {
    float value = random.Chance(0.2) ? static_cast<float>(random.Below(7)) : static_cast<float>(random.Normal());
    if (i < 750 && random.Chance(0.1)) value = kMissing;
    if (random.Chance(0.01)) value = INFINITY;
    block.dense.push_back(value);
  }
  const Predictor predictor(set, 2, true);
  std::vector<float> out(600);
  predictor.AddBlock(block, out);
  for (size_t row = 0; row < 300; ++row) {
    float expected[2] = {};
    for (size_t t = 0; t < 20; ++t) {
      const Tree& tree = set.trees[t];
      size_t node = 0;
      while (!tree.IsLeaf(node)) {
        node = static_cast<size_t>(tree.Next(node, block.dense[row * 5 + static_cast<size_t>(tree.column[node])]));
      }
      expected[t % 2] += tree.values[static_cast<size_t>(tree.left[node])];
    }
    EXPECT_EQ(out[2 * row], expected[0]);
    EXPECT_EQ(out[2 * row + 1], expected[1]);
  }
}

TEST(TreeSetTest, IsReadBackAndDamageIsFound) {
  Random random(9, 2);
  TreeSet set;
  for (size_t t = 0; t < 3; ++t) set.trees.push_back(RandomTree(random, 5, 6));
  Bundle bundle;
  set.Save(bundle);
  auto again = TreeSet::Load(bundle, 5);
  ASSERT_OK(again.status());
  Bundle second;
  again->Save(second);
  EXPECT_EQ(bundle.Encode(), second.Encode());
  EXPECT_FALSE(TreeSet::Load(bundle, 2).ok());              // columns out of range
  for (const char* name : {"trees.left", "trees.right"}) {  // a loop
    Bundle bad;
    set.Save(bad);
    std::vector<int32_t> numbers = *bad.Integers(name);
    for (int32_t& number : numbers) number = 0;
    bad.SetIntegers(name, numbers);
    EXPECT_EQ(TreeSet::Load(bad, 5).status().code(), Code::kCorruption);
  }
  Bundle bad;
  set.Save(bad);
  bad.SetLongs("trees.sizes", std::vector<int64_t>{1 << 30, 1, 1, 0});
  EXPECT_EQ(TreeSet::Load(bad, 5).status().code(), Code::kCorruption);
}

}  // namespace
}  // namespace tusk::ml
