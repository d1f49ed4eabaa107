// Data for tests of linear models: deterministic, dense or sparse, in unequal shards (the second one empty).
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlkit/api/random.h"
#include "mlkit/data/dataset.h"
#include "mlkit/sgd/linear_trainers.h"

namespace tusk::ml {

// classes 0: label = x * w + noise; else argmax over classes of x * w_c + noise.
inline std::shared_ptr<const Dataset> MakeRowsForTests(size_t rows, size_t columns, size_t classes, bool sparse, size_t shards,
                                                       double noise = 0.5) {
  Schema schema;
  schema.sparse = sparse;
  schema.classes = classes;
  for (size_t c = 0; c < classes; ++c) schema.class_labels.push_back("c" + std::to_string(c));
  Random random(11, 5);
  const size_t outputs = classes > 2 ? classes : 1;
  std::vector<double> truth(columns * outputs);
  for (double& w : truth) w = random.Normal();
  std::vector<Block> blocks(shards);
  for (size_t s = 0; s < shards; ++s) {
    blocks[s].columns = columns;
    blocks[s].sparse = sparse;
    blocks[s].origin = "test";
    if (sparse) blocks[s].row_starts.push_back(0);
  }
  for (size_t row = 0; row < rows; ++row) {
    const size_t s = shards == 1 ? 0 : row * row % 7 % shards == 1 ? 0 : row % shards == 1 ? 0 : row % shards;
    Block& block = blocks[s];
    std::vector<double> scores(outputs);
    for (size_t c = 0; c < columns; ++c) {
      if (sparse && !random.Chance(0.2)) continue;
      const auto value = static_cast<float>(random.Normal());
      if (sparse) {
        block.indices.push_back(static_cast<uint32_t>(c));
        block.values.push_back(value);
      } else {
        block.dense.push_back(value);
      }
      for (size_t k = 0; k < outputs; ++k) scores[k] += static_cast<double>(value) * truth[c * outputs + k];
    }
    if (sparse) block.row_starts.push_back(block.indices.size());
    for (double& score : scores) score += noise * random.Normal();
    size_t best = 0;
    for (size_t k = 1; k < outputs; ++k) {
      if (scores[k] > scores[best]) best = k;
    }
    block.labels.push_back(classes == 0 ? static_cast<float>(scores[0] + 0.5) : classes == 2 ? (scores[0] > 0 ? 1.0F : 0.0F) : static_cast<float>(best));
    ++block.rows;
  }
  uint64_t first = 0;
  for (Block& block : blocks) {
    block.first_row = first;
    first += block.rows;
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

using Settings = std::map<std::string, std::string>;

inline std::function<Result<std::unique_ptr<Algorithm>>()> Maker(const std::string& algorithm, Settings values, const Schema& schema) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(values);
    ASSIGN_OR_RETURN(LinearSettings settings, ReadLinearSettings(algorithm, parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    return MakeLinearTrainer(std::move(settings));
  };
}

}  // namespace tusk::ml
