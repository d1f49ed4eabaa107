// EvolutionSettings: islands, their migration, and when to end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mlkit/api/random.h"

namespace tusk::ml {

// Who gets an island's emigrants: the next island; all others; or one drawn anew at each migration.
enum class Topology { kRing, kFull, kRandom };

struct EvolutionSettings {
  std::string optimizer = "ga";
  size_t islands = 1;
  Topology topology = Topology::kRing;
  size_t migration_interval = 20;    // generations
  size_t migrants = 2;               // of each island
  // Islands do not wait for each other: migrants are taken in when they have come. The result then depends on the speed of
  // threads and workers, unless there is one of each.
  bool asynchronous = false;
  uint64_t generations = 500;        // of each island
  uint64_t evaluations = 0;          // 0: no limit
  double target = -1e300;            // stop at a best value <= target
  uint64_t seed = 1;
};

// Numbers of the islands that the emigrants of island `from` go to; draws from `random` where that is by chance.
inline std::vector<size_t> Destinations(const EvolutionSettings& settings, size_t from, Random& random) {
  std::vector<size_t> destinations;
  if (settings.islands < 2) return destinations;
  switch (settings.topology) {
    case Topology::kRing: destinations.push_back((from + 1) % settings.islands); break;
    case Topology::kRandom: destinations.push_back((from + 1 + random.Below(settings.islands - 1)) % settings.islands); break;
    case Topology::kFull:
      for (size_t to = 0; to < settings.islands; ++to) {
        if (to != from) destinations.push_back(to);
      }
      break;
  }
  return destinations;
}

}  // namespace tusk::ml
