// An own optimizer: Lion (Chen et al., 2023) in one struct, used by logistic regression. On a cluster nothing changes.
#include <cstdio>

#include "mlkit/sgd/estimators.h"

struct Lion {
  static constexpr size_t kSlots = 1;  // one velocity a weight
  void Apply(float& weight, float gradient, std::array<float, 1>& slots, const tusk::ml::StepInfo& info) const {
    const float step = 0.9F * slots[0] + 0.1F * gradient;
    weight -= info.rate * (step > 0 ? 1.0F : step < 0 ? -1.0F : 0.0F);
    slots[0] = 0.99F * slots[0] + 0.01F * gradient;
  }
};

int main() {
  tusk::ml::Schema schema;
  schema.classes = 2;
  tusk::ml::Block block;
  block.columns = 2;
  for (int i = 0; i < 1000; ++i) {
    const float x = static_cast<float>(i % 37) / 37, y = static_cast<float>(i % 41) / 41;
    block.dense.insert(block.dense.end(), {x, y});
    block.labels.push_back(x > y ? 1.0F : 0.0F);
    ++block.rows;
  }
  std::shared_ptr<const tusk::ml::Dataset> rows = tusk::ml::MakeInMemoryDataset(schema, {block});
  const auto model = tusk::ml::LogisticRegression{}.optimizer(Lion{}).learning_rate(0.05).epochs(30).fit(rows);
  if (!model.ok()) return std::fprintf(stderr, "%s\n", model.status().ToString().c_str()), 1;
  std::printf("%s", (*model)->Describe().c_str());
}
