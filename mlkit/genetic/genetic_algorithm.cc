// A generation: mutated children of selected parents, and who stays.
#include "mlkit/genetic/genetic_algorithm.h"

#include <algorithm>

namespace tusk::ml {

Status CheckSettings(const GeneticSettings& settings, const Problem& problem) {
  if (!Suits(settings.crossover.kind, problem.encoding())) {
    return Status(Code::kInvalidArgument, "the crossover does not suit the encoding of problem " + problem.name());
  }
  if (!Suits(settings.mutation.kind, problem.encoding())) {
    return Status(Code::kInvalidArgument, "the mutation does not suit the encoding of problem " + problem.name());
  }
  if (!settings.plus && settings.elite >= settings.population) {
    return Status(Code::kInvalidArgument, "elite=" + std::to_string(settings.elite) + ": less than the population of " +
                                              std::to_string(settings.population) + " is wanted");
  }
  return Status::Ok();
}

GeneticAlgorithm::GeneticAlgorithm(const Problem& problem, GeneticSettings settings, uint64_t seed)
    : bounds_(BoundsOf(problem)), settings_(settings), seed_(seed) {
  Random random(seed_, 0);
  population_ = RandomPopulation(problem, settings_.population, random);
}

size_t GeneticAlgorithm::Ask(std::vector<double>& x) {
  if (!population_.evaluated()) {
    x = population_.x;
    return population_.size();
  }
  const size_t dimensions = population_.dimensions, count = children();
  Random random(seed_, progress_.generation);
  const std::vector<uint32_t> parents = SelectParents(population_, count + 1, settings_.selection, random);
  x.resize((count + 1) * dimensions);  // room for the second child of an odd last pair
  for (size_t child = 0; child < count; child += 2) {
    for (size_t i = child; i < child + 2; ++i) {
      std::copy_n(population_.x.data() + parents[i] * dimensions, dimensions, x.data() + i * dimensions);
    }
  }
  CrossPairs({x.data(), (count + 1) / 2 * 2 * dimensions}, dimensions, settings_.crossover, random);
  x.resize(count * dimensions);
  Repair(x, bounds_);
  Mutate(x, bounds_, settings_.mutation, random);
  return count;
}

void GeneticAlgorithm::Tell(std::span<const double> x, std::span<const double> f) {
  const size_t dimensions = population_.dimensions;
  progress_.Note(x, f, dimensions);
  ++progress_.generation;
  if (population_.evaluated() && !settings_.plus) {
    const std::vector<Solution> elite = BestMembers(population_, settings_.elite);
    population_.x.clear();
    population_.f.clear();
    for (const Solution& survivor : elite) {
      population_.x.insert(population_.x.end(), survivor.x.begin(), survivor.x.end());
      population_.f.insert(population_.f.end(), survivor.f.begin(), survivor.f.end());
    }
  } else if (!population_.evaluated()) {
    population_.x.clear();
  }
  population_.x.insert(population_.x.end(), x.begin(), x.end());
  for (double value : f) population_.f.push_back(Finite(value));
  KeepBest(population_, settings_.population);
}

Bundle GeneticAlgorithm::Save() const {
  Bundle bundle;
  SavePopulation(population_, progress_, bundle);
  return bundle;
}

Status GeneticAlgorithm::Load(const Bundle& bundle) { return LoadPopulation(bundle, population_, progress_); }

}  // namespace tusk::ml
