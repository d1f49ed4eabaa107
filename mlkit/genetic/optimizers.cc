// Settings of every optimizer, by name.
#include "mlkit/genetic/optimizers.h"

#include <algorithm>

#include "mlkit/genetic/cma_es.h"
#include "mlkit/genetic/differential_evolution.h"
#include "mlkit/genetic/genetic_algorithm.h"
#include "mlkit/genetic/nsga2.h"
#include "mlkit/genetic/particle_swarm.h"

namespace tusk::ml {
namespace {

template <typename Kind>
struct Named {
  const char* name;
  Kind kind;
};
constexpr Named<Selection> kSelections[] = {{"tournament", Selection::kTournament}, {"roulette", Selection::kRoulette},
                                            {"rank", Selection::kRank}, {"universal", Selection::kUniversal},
                                            {"truncation", Selection::kTruncation}};
constexpr Named<Crossover> kCrossovers[] = {
    {"sbx", Crossover::kSbx}, {"blend", Crossover::kBlend}, {"arithmetic", Crossover::kArithmetic},
    {"one_point", Crossover::kOnePoint}, {"two_point", Crossover::kTwoPoint}, {"uniform", Crossover::kUniform},
    {"exponential", Crossover::kExponential}, {"order", Crossover::kOrder}, {"pmx", Crossover::kPartiallyMapped},
    {"cycle", Crossover::kCycle}};
constexpr Named<Mutation> kMutations[] = {
    {"polynomial", Mutation::kPolynomial}, {"gaussian", Mutation::kGaussian}, {"uniform", Mutation::kUniform},
    {"flip", Mutation::kFlip}, {"swap", Mutation::kSwap}, {"insert", Mutation::kInsert},
    {"inversion", Mutation::kInversion}, {"scramble", Mutation::kScramble}};

template <typename Kind, size_t n>
Kind GetKind(Parameters& parameters, const char* setting, const Named<Kind> (&table)[n], Kind otherwise) {
  std::vector<std::string> names;
  std::string text;
  for (const Named<Kind>& row : table) {
    names.emplace_back(row.name);
    if (row.kind == otherwise) text = row.name;
  }
  const std::string chosen = parameters.GetChoice(setting, text, names);
  return table[std::find(names.begin(), names.end(), chosen) - names.begin()].kind;
}

constexpr int64_t kPopulationMax = 1 << 22;
size_t GetPopulation(Parameters& parameters, int64_t otherwise, int64_t least) {
  return static_cast<size_t>(parameters.GetInteger("population", otherwise, least, kPopulationMax));
}

void ReadOperators(Parameters& parameters, const Problem& problem, CrossoverSettings& crossover, MutationSettings& mutation) {
  const Encoding encoding = problem.encoding();
  crossover.kind = GetKind(parameters, "crossover", kCrossovers,
                           encoding == Encoding::kReal     ? Crossover::kSbx
                           : encoding == Encoding::kBinary ? Crossover::kTwoPoint
                                                           : Crossover::kPartiallyMapped);
  crossover.probability = parameters.GetNumber("crossover_probability", crossover.probability, 0, 1);
  crossover.eta = parameters.GetNumber("crossover_eta", crossover.eta, 0, 1000);
  crossover.alpha = parameters.GetNumber("blend_alpha", crossover.alpha, 0, 10);
  mutation.kind = GetKind(parameters, "mutation", kMutations,
                          encoding == Encoding::kReal     ? Mutation::kPolynomial
                          : encoding == Encoding::kBinary ? Mutation::kFlip
                                                          : Mutation::kInversion);
  mutation.probability = parameters.GetNumber("mutation_probability", mutation.probability, 0, 1);
  mutation.eta = parameters.GetNumber("mutation_eta", mutation.eta, 0, 1000);
  mutation.sigma = parameters.GetNumber("mutation_sigma", mutation.sigma, 0, 10);
}

Result<std::unique_ptr<Optimizer>> MakeGa(Parameters& parameters, const Problem& problem, uint64_t seed) {
  GeneticSettings settings;
  settings.population = GetPopulation(parameters, 200, 2);
  settings.plus = parameters.GetChoice("replacement", "plus", {"plus", "generational"}) == "plus";
  settings.elite = static_cast<size_t>(parameters.GetInteger("elite", 1, 0, kPopulationMax));
  settings.selection.scheme = GetKind(parameters, "selection", kSelections, Selection::kTournament);
  settings.selection.tournament = static_cast<size_t>(parameters.GetInteger("tournament", 2, 1, 1000));
  settings.selection.pressure = parameters.GetNumber("selection_pressure", 1.8, 1, 2);
  settings.selection.truncation = parameters.GetNumber("truncation", 0.5, 0, 1);
  if (problem.encoding() == Encoding::kPermutation) settings.mutation.probability = 0.5;
  ReadOperators(parameters, problem, settings.crossover, settings.mutation);
  RETURN_IF_ERROR(CheckSettings(settings, problem));
  return std::make_unique<GeneticAlgorithm>(problem, settings, seed);
}

Result<std::unique_ptr<Optimizer>> MakeDe(Parameters& parameters, const Problem& problem, uint64_t seed) {
  DeSettings settings;
  settings.population = GetPopulation(parameters, 100, 4);
  const std::string strategy =
      parameters.GetChoice("strategy", "rand1", {"rand1", "best1", "current_to_best1"});
  settings.strategy = strategy == "rand1"   ? DeStrategy::kRand1
                      : strategy == "best1" ? DeStrategy::kBest1
                                            : DeStrategy::kCurrentToBest1;
  settings.weight = parameters.GetNumber("weight", settings.weight, 0, 2, {"F"});
  settings.crossover = parameters.GetNumber("crossover_rate", settings.crossover, 0, 1, {"CR"});
  settings.adaptive = parameters.GetBool("adaptive", settings.adaptive);
  return std::make_unique<DifferentialEvolution>(problem, settings, seed);
}

Result<std::unique_ptr<Optimizer>> MakeCma(Parameters& parameters, const Problem& problem, uint64_t seed) {
  CmaSettings settings;
  settings.population = GetPopulation(parameters, 0, 0);
  settings.sigma = parameters.GetNumber("sigma", settings.sigma, 1e-9, 10);
  settings.restarts = static_cast<size_t>(parameters.GetInteger("restarts", 9, 0, 20));
  if (problem.dimensions() > 4096) {
    return Status(Code::kInvalidArgument, "cma-es keeps a matrix of dimensions x dimensions: at most 4096 dimensions");
  }
  return std::make_unique<CmaEs>(problem, settings, seed);
}

Result<std::unique_ptr<Optimizer>> MakePso(Parameters& parameters, const Problem& problem, uint64_t seed) {
  PsoSettings settings;
  settings.population = GetPopulation(parameters, 40, 1);
  settings.inertia = parameters.GetNumber("inertia", settings.inertia, 0, 2);
  settings.cognitive = parameters.GetNumber("cognitive", settings.cognitive, 0, 10);
  settings.social = parameters.GetNumber("social", settings.social, 0, 10);
  settings.ring = parameters.GetChoice("neighbourhood", "all", {"all", "ring"}) == "ring";
  settings.max_speed = parameters.GetNumber("max_speed", settings.max_speed, 1e-9, 10);
  return std::make_unique<ParticleSwarm>(problem, settings, seed);
}

Result<std::unique_ptr<Optimizer>> MakeNsga2(Parameters& parameters, const Problem& problem, uint64_t seed) {
  Nsga2Settings settings;
  settings.population = GetPopulation(parameters, 100, 4);
  ReadOperators(parameters, problem, settings.crossover, settings.mutation);
  if (!Suits(settings.crossover.kind, problem.encoding()) || !Suits(settings.mutation.kind, problem.encoding())) {
    return Status(Code::kInvalidArgument, "crossover or mutation does not suit the encoding of problem " + problem.name());
  }
  return std::make_unique<Nsga2>(problem, settings, seed);
}

}  // namespace

const std::vector<OptimizerEntry>& Optimizers() {
  static const std::vector<OptimizerEntry> entries = {
      {"ga", "genetic algorithm: real, binary and permutation problems"},
      {"de", "differential evolution, self-adapting"},
      {"cma-es", "covariance matrix adaptation with restarts"},
      {"pso", "particle swarm"},
      {"nsga2", "several objectives: NSGA-II"},
  };
  return entries;
}

Result<std::unique_ptr<Optimizer>> MakeOptimizer(const std::string& name, Parameters& parameters, const Problem& problem,
                                                 uint64_t seed) {
  if (name != "nsga2" && problem.objectives() != 1) {
    return Status(Code::kInvalidArgument,
                  problem.name() + " has " + std::to_string(problem.objectives()) + " objectives: nsga2 is for those");
  }
  if (name == "ga") return MakeGa(parameters, problem, seed);
  if (name == "nsga2") return MakeNsga2(parameters, problem, seed);
  if (name != "de" && name != "cma-es" && name != "pso") {
    return Status(Code::kInvalidArgument, "no optimizer '" + name + "'; known are ga, island-ga, de, cma-es, pso, nsga2");
  }
  if (problem.encoding() != Encoding::kReal) {
    return Status(Code::kInvalidArgument, name + " takes real coordinates only; " + problem.name() + " has others: use ga");
  }
  if (name == "de") return MakeDe(parameters, problem, seed);
  return name == "pso" ? MakePso(parameters, problem, seed) : MakeCma(parameters, problem, seed);
}

}  // namespace tusk::ml
