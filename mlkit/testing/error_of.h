// ErrorOf: how wrong a model is on a data set: the share of wrong classes, or the mean squared error.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "base/testing/matchers.h"
#include "mlkit/api/model.h"

namespace tusk::ml {

inline double ErrorOf(const Model& model, const Dataset& data) {
  double sum = 0, rows = 0;
  for (size_t s = 0; s < data.shards(); ++s) {
    const Block block = *data.Load(s);
    std::vector<float> answers(block.rows);
    EXPECT_OK(Predict(model, block, answers));
    for (size_t row = 0; row < block.rows; ++row) {
      const auto error = static_cast<double>(answers[row] - block.labels[row]);
      sum += model.schema().classes == 0 ? error * error : (error != 0 ? 1 : 0);
    }
    rows += static_cast<double>(block.rows);
  }
  return sum / rows;
}

}  // namespace tusk::ml
