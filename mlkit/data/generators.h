// Generated data in the shapes of well-known sets. A row is a pure function of (name, settings, seed, its number): any worker
// makes any shard, and shards do not change the rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/data/dataset.h"

namespace tusk::ml {

struct GeneratorSettings {
  std::string name;            // below
  uint64_t rows = 0;
  size_t shards = 1;
  uint64_t seed = 1;
  size_t columns = 0;          // blobs, trees, regression; 0: 20
  size_t classes = 0;          // blobs; 0: 10
  double noise = -1;           // blobs, trees, regression; < 0: the default
};

struct GeneratorEntry {
  const char* name;
  const char* summary;
};
// higgs: 28 dense columns, two classes, an AUC of about 0.84 for boosting. criteo: 13 numbers with gaps and 26 Zipf categories,
// a quarter clicks. rcv1: 47,236 sparse columns, about 75 a row, Zipf, unit length. blobs: Gaussian clusters. trees: a planted
// forest. regression: a linear function.
const std::vector<GeneratorEntry>& Generators();

// kInvalidArgument for an unknown name (the message lists the known ones) or no rows.
Result<std::unique_ptr<Dataset>> MakeGenerator(const GeneratorSettings& settings);

}  // namespace tusk::ml
