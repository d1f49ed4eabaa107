// The scan against sums in a plain loop; every way it is compiled.
#include "mlkit/ensemble/forest/gini_scan.h"

#include <gtest/gtest.h>

#include <vector>

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

struct Case {
  std::vector<ForestSample> samples;
  std::vector<uint8_t> bins;           // by row
  uint32_t leaf_rows_min = 1;
};

Case MakeCase(Random& random) {
  Case made;
  const size_t rows = 1 + random.Below(random.Chance(0.1) ? 3000 : 60), values = 1 + random.Below(256);
  const size_t classes = 1 + random.Below(kGiniClasses);
  for (size_t i = 0; i < rows; ++i) {
    made.bins.push_back(static_cast<uint8_t>(random.Chance(0.5) ? 7 : random.Below(values)));
    made.samples.push_back({static_cast<uint32_t>(rows - 1 - i), static_cast<uint32_t>(1 + random.Below(10)),
                            static_cast<uint32_t>(random.Below(classes))});
  }
  made.leaf_rows_min = static_cast<uint32_t>(1 + random.Below(3));
  return made;
}

// The definition, without any cleverness.
GiniCut Plain(const Case& made, double least) {
  GiniCut best{false, least, 0};
  for (uint32_t bin = 0; bin < 256; ++bin) {
    int64_t weights[2][kGiniClasses] = {}, totals[2] = {}, squares[2] = {};
    size_t rows[2] = {}, here = 0;
    for (const ForestSample& sample : made.samples) {
      const size_t side = made.bins[sample.row] <= bin ? 0 : 1;
      here += made.bins[sample.row] == bin ? 1 : 0;
      weights[side][sample.label_class] += sample.weight;
      totals[side] += sample.weight;
      ++rows[side];
    }
    if (here == 0 || rows[0] < made.leaf_rows_min || rows[1] < made.leaf_rows_min) continue;
    for (size_t side = 0; side < 2; ++side) {
      for (const int64_t weight : weights[side]) squares[side] += weight * weight;
    }
    const double score = static_cast<double>(squares[0] * totals[1] + squares[1] * totals[0]) /
                         static_cast<double>(totals[0] * totals[1]);
    if (score > best.score) best = {true, score, bin};
  }
  return best;
}

TEST(GiniScanTest, EveryKernelFindsTheBestCut) {
  std::vector<GiniLanes> cells(256);
  std::vector<uint32_t> kept_rows(3000);
  std::vector<uint8_t> kept_bins(3000);
  Random random(5, 1);
  for (int round = 0; round < 300; ++round) {
    const Case made = MakeCase(random);
    const GiniNode node = MakeGiniNode(made.samples, made.leaf_rows_min);
    const double least = random.Chance(0.2) ? 1e9 : 0;
    const auto common = static_cast<uint8_t>(random.Chance(0.7) ? 7 : 255);
    const GiniCut expected = Plain(made, least);
    for (const GiniScanner scan : GiniScanners()) {
      const GiniCut found = scan(node, made.bins.data(), common, least, {cells.data(), kept_rows.data(), kept_bins.data()});
      ASSERT_EQ(found.found, expected.found);
      if (!expected.found) continue;
      ASSERT_EQ(found.score, expected.score);
      ASSERT_EQ(found.bin, expected.bin);
    }
  }
}

}  // namespace
}  // namespace tusk::ml
