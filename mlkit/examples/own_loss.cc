// An own loss: the pinball loss, so that linear regression gives the 90th percentile instead of the mean.
#include <cstdio>

#include "mlkit/sgd/estimators.h"

struct Pinball {
  static constexpr bool kClassifies = false;
  double quantile = 0.9;
  double Value(double score, double target) const {
    return target > score ? quantile * (target - score) : (1 - quantile) * (score - target);
  }
  double Slope(double score, double target) const { return target > score ? -quantile : 1 - quantile; }
};

int main() {
  tusk::ml::Schema schema;
  tusk::ml::Block block;
  block.columns = 1;
  for (int i = 0; i < 5000; ++i) {
    const float x = static_cast<float>(i % 50) / 50, noise = static_cast<float>(i % 97) / 97;  // uniform in [0, 1)
    block.dense.push_back(x);
    block.labels.push_back(2 * x + noise);
    ++block.rows;
  }
  std::shared_ptr<const tusk::ml::Dataset> rows = tusk::ml::MakeInMemoryDataset(schema, {block});
  const auto model = tusk::ml::LinearRegression{}.loss(Pinball{}).optimizer("adam").learning_rate(0.01).epochs(100).fit(rows);
  if (!model.ok()) return std::fprintf(stderr, "%s\n", model.status().ToString().c_str()), 1;
  std::printf("%s(2 x + 0.9 is the truth)\n", (*model)->Describe().c_str());
}
