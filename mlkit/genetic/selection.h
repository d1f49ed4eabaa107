// Selection: which members become parents. Every scheme is a function of the order by fitness and of random numbers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mlkit/api/random.h"
#include "mlkit/genetic/population.h"

namespace tusk::ml {

// kTournament: best of `tournament` random members. kRoulette: chance proportional to (worst - f). kRank: linear ranking,
// pressure 1..2 (Baker 1985). kUniversal: roulette with one spin and evenly spaced pointers (Baker 1987). kTruncation: any of the
// best `truncation` share.
enum class Selection { kTournament, kRoulette, kRank, kUniversal, kTruncation };

struct SelectionSettings {
  Selection scheme = Selection::kTournament;
  size_t tournament = 2;
  double pressure = 1.8;
  double truncation = 0.5;
};

// Numbers of `count` parents.
std::vector<uint32_t> SelectParents(const Population& population, size_t count, const SelectionSettings& settings,
                                    Random& random);

}  // namespace tusk::ml
