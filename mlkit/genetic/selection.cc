// The schemes of selection. Weighted ones draw from cumulative weights by binary search.
#include "mlkit/genetic/selection.h"

#include <algorithm>
#include <cmath>

#include "mlkit/genetic/vector_math.h"

namespace tusk::ml {
namespace {

std::vector<uint32_t> Tournament(const Population& population, size_t count, size_t rounds, Random& random) {
  std::vector<uint32_t> parents(count);
  const uint64_t size = population.size();
  std::vector<uint64_t> words((count * rounds + 1) / 2);
  RandomWords(random.Next64(), 0, words);
  size_t drawn = 0;
  // 32 random bits scaled to the size: the bias is below size / 2^32.
  auto draw = [&] {
    const uint64_t bits = words[drawn / 2] >> (drawn % 2 * 32) & UINT32_MAX;
    ++drawn;
    return static_cast<uint32_t>(bits * size >> 32);
  };
  for (uint32_t& parent : parents) {
    parent = draw();
    for (size_t round = 1; round < rounds; ++round) {
      const uint32_t other = draw();
      parent = population.f[other] < population.f[parent] ? other : parent;
    }
  }
  return parents;
}

uint32_t Draw(const std::vector<double>& cumulative, double at) {
  const auto it = std::upper_bound(cumulative.begin(), cumulative.end(), at);
  return static_cast<uint32_t>(std::min<size_t>(static_cast<size_t>(it - cumulative.begin()), cumulative.size() - 1));
}

// Chances proportional to the distance to the worst finite value; members at +infinity have none.
std::vector<double> CumulativeFitness(const Population& population) {
  double worst = -INFINITY, best = INFINITY;
  for (double f : population.f) {
    if (std::isfinite(f)) worst = std::max(worst, f), best = std::min(best, f);
  }
  const double floor = (worst - best) / static_cast<double>(population.size()) * 1e-3;
  std::vector<double> cumulative;
  double total = 0;
  for (double f : population.f) {
    total += worst > best ? (std::isfinite(f) ? worst - f + floor : 0) : 1;
    cumulative.push_back(total);
  }
  return cumulative;
}

std::vector<uint32_t> Ranked(const Population& population, size_t count, double pressure, Random& random) {
  const std::vector<size_t> order = ByFitness(population);
  const double size = static_cast<double>(order.size());
  std::vector<double> cumulative;
  double total = 0;
  for (size_t place = 0; place < order.size(); ++place) {  // place 0 is the best
    const double share = order.size() == 1 ? 1 : 1 - static_cast<double>(place) / (size - 1);
    total += 2 - pressure + 2 * (pressure - 1) * share;
    cumulative.push_back(total);
  }
  std::vector<uint32_t> parents(count);
  for (uint32_t& parent : parents) parent = static_cast<uint32_t>(order[Draw(cumulative, random.Uniform() * total)]);
  return parents;
}

}  // namespace

std::vector<uint32_t> SelectParents(const Population& population, size_t count, const SelectionSettings& settings,
                                    Random& random) {
  std::vector<uint32_t> parents(count);
  switch (settings.scheme) {
    case Selection::kTournament: return Tournament(population, count, settings.tournament, random);
    case Selection::kRank: return Ranked(population, count, settings.pressure, random);
    case Selection::kRoulette: {
      const std::vector<double> cumulative = CumulativeFitness(population);
      for (uint32_t& parent : parents) parent = Draw(cumulative, random.Uniform() * cumulative.back());
      return parents;
    }
    case Selection::kUniversal: {
      const std::vector<double> cumulative = CumulativeFitness(population);
      const double step = cumulative.back() / static_cast<double>(count), start = random.Uniform() * step;
      for (size_t i = 0; i < count; ++i) parents[i] = Draw(cumulative, start + static_cast<double>(i) * step);
      for (size_t i = count; i > 1; --i) std::swap(parents[i - 1], parents[random.Below(i)]);  // pairs are not neighbours
      return parents;
    }
    case Selection::kTruncation: {
      const std::vector<size_t> order = ByFitness(population);
      const auto kept = std::max<size_t>(1, static_cast<size_t>(settings.truncation * static_cast<double>(order.size())));
      for (uint32_t& parent : parents) parent = static_cast<uint32_t>(order[random.Below(kept)]);
      return parents;
    }
  }
  return parents;
}

}  // namespace tusk::ml
