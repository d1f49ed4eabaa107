// Checkpoint: an unfinished training as a bundle: its replicated state and what it takes to go on with equal bits.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/data/dataset.h"

namespace tusk::ml {

inline constexpr int kCheckpointVersion = 1;

struct Checkpoint {
  std::string algorithm;
  std::map<std::string, std::string> parameters;
  uint64_t seed = 0;
  uint64_t steps = 0;        // that the state has behind it
  uint64_t shards = 0;       // that sums go over: other shards would be other bits
  Schema schema;
  Bundle state;

  Bundle Save() const;
  static Result<Checkpoint> Load(const Bundle& bundle);
  // Why a training with these settings on this data cannot go on from here; OK if it can.
  Status Fits(const std::string& its_algorithm, const std::map<std::string, std::string>& its_parameters, uint64_t its_seed,
              const Schema& its_schema, uint64_t its_shards) const;
};

}  // namespace tusk::ml
