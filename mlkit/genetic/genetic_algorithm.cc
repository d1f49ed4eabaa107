// A generation: the elite stays, the rest are mutated children of selected parents.
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
  if (settings.elite >= settings.population) {
    return Status(Code::kInvalidArgument, "elite=" + std::to_string(settings.elite) + ": less than the population of " +
                                              std::to_string(settings.population) + " is wanted");
  }
  return Status::Ok();
}

GeneticAlgorithm::GeneticAlgorithm(const Problem& problem, GeneticSettings settings, uint64_t seed)
    : problem_(problem), settings_(settings), seed_(seed) {
  Random random(seed_, 0);
  population_ = RandomPopulation(problem_, settings_.population, random);
}

size_t GeneticAlgorithm::Ask(std::vector<double>& x) {
  if (!population_.evaluated()) {
    x = population_.x;
    return population_.size();
  }
  const size_t dimensions = population_.dimensions, children = population_.size() - settings_.elite;
  Random random(seed_, progress_.generation);
  const std::vector<uint32_t> parents = SelectParents(population_, children + 1, settings_.selection, random);
  x.resize((children + 1) * dimensions);  // room for the second child of an odd last pair
  for (size_t child = 0; child < children; child += 2) {
    const std::span<double> a(x.data() + child * dimensions, dimensions), b(a.data() + dimensions, dimensions);
    const auto mother = population_.point(parents[child]), father = population_.point(parents[child + 1]);
    std::copy(mother.begin(), mother.end(), a.begin());
    std::copy(father.begin(), father.end(), b.begin());
    Cross(a, b, settings_.crossover, random);
    for (std::span<double> one : {a, b}) {
      Mutate(one, problem_, settings_.mutation, random);
      if (problem_.encoding() == Encoding::kReal) Repair(one, problem_);
    }
  }
  x.resize(children * dimensions);
  return children;
}

void GeneticAlgorithm::Tell(std::span<const double> x, std::span<const double> f) {
  progress_.Note(x, f, population_.dimensions);
  Population next;
  next.dimensions = population_.dimensions;
  if (population_.evaluated()) {
    for (const Solution& survivor : BestMembers(population_, settings_.elite)) {
      next.x.insert(next.x.end(), survivor.x.begin(), survivor.x.end());
      next.f.insert(next.f.end(), survivor.f.begin(), survivor.f.end());
    }
  }
  next.x.insert(next.x.end(), x.begin(), x.end());
  for (double value : f) next.f.push_back(Finite(value));
  population_ = std::move(next);
  ++progress_.generation;
}

void GeneticAlgorithm::Immigrate(const std::vector<Solution>& arrivals) {
  ReplaceWorst(population_, arrivals);
  for (const Solution& arrival : arrivals) progress_.Note(arrival.x, arrival.f, population_.dimensions);
}

Bundle GeneticAlgorithm::Save() const {
  Bundle bundle;
  SavePopulation(population_, progress_, bundle);
  return bundle;
}

Status GeneticAlgorithm::Load(const Bundle& bundle) { return LoadPopulation(bundle, population_, progress_); }

}  // namespace tusk::ml
