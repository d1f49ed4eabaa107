// Evolution: sharing of candidates or islands among ranks, and migration.
#include "mlkit/genetic/evolution.h"

#include <algorithm>
#include <limits>

#include "mlkit/api/random.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/genetic/optimization_result.h"
#include "mlkit/genetic/optimizers.h"
#include "mlkit/genetic/pareto.h"

namespace tusk::ml {
namespace {

constexpr size_t kIslandsMax = 4096;
constexpr auto kSnapshotWait = std::chrono::milliseconds(20);   // for news of this rank, before others' are looked at
constexpr size_t kPiece = 64;  // candidates that a thread evaluates at a time

// A seed of its own for every island.
uint64_t IslandSeed(uint64_t seed, size_t island) { return island == 0 ? seed : Random(seed, ~uint64_t{island}).Next64(); }

// f of x[count], by all threads of the pool (which may be null). The first error by number of piece counts.
Status EvaluateAll(const Problem& problem, ThreadPool* pool, std::span<const double> x, size_t count, std::span<double> f) {
  const size_t pieces = (count + kPiece - 1) / kPiece, dimensions = problem.dimensions(), objectives = problem.objectives();
  std::vector<Status> errors(pieces);
  auto evaluate = [&](size_t piece) {
    const size_t begin = piece * kPiece, rows = std::min(kPiece, count - begin);
    errors[piece] = problem.Evaluate(x.subspan(begin * dimensions, rows * dimensions), rows,
                                     f.subspan(begin * objectives, rows * objectives));
  };
  if (pool != nullptr) {
    pool->ParallelFor(pieces, evaluate);
  } else {
    for (size_t piece = 0; piece < pieces; ++piece) evaluate(piece);
  }
  for (Status& error : errors) RETURN_IF_ERROR(std::move(error));
  return Status::Ok();
}

}  // namespace

Evolution::Evolution(EvolutionSettings settings, Parameters parameters, std::shared_ptr<const Problem> problem)
    : settings_(std::move(settings)),
      parameters_(std::move(parameters)),
      problem_(std::move(problem)),
      island_generations_(settings_.islands),
      island_evaluations_(settings_.islands) {}

Result<std::unique_ptr<Optimizer>> Evolution::MakeIsland(size_t number) const {
  Parameters parameters = parameters_;
  return MakeOptimizer(settings_.optimizer, parameters, *problem_, IslandSeed(settings_.seed, number));
}

Result<std::unique_ptr<Evolution>> Evolution::Make(EvolutionSettings settings, Parameters parameters,
                                                   std::shared_ptr<const Problem> problem) {
  if (settings.asynchronous && settings.islands < 2) {
    return Status(Code::kInvalidArgument, "migration=async is for islands: island-" + settings.optimizer + ", or --islands=N");
  }
  // Whether all settings are known is seen from what one optimizer has read.
  RETURN_IF_ERROR(MakeOptimizer(settings.optimizer, parameters, *problem, settings.seed));
  RETURN_IF_ERROR(parameters.Check());
  const size_t islands = settings.islands;
  std::unique_ptr<Evolution> evolution(new Evolution(std::move(settings), std::move(parameters), std::move(problem)));
  for (size_t i = 0; i < islands; ++i) {
    ASSIGN_OR_RETURN(auto island, evolution->MakeIsland(i));
    evolution->islands_.push_back(std::move(island));
  }
  return evolution;
}

Result<std::unique_ptr<Evolution>> Evolution::Make(const std::string& name, Parameters parameters,
                                                   std::shared_ptr<const Problem> problem, uint64_t seed) {
  EvolutionSettings settings;
  const bool many = name.starts_with("island-");
  settings.optimizer = many ? name.substr(7) : name;
  settings.seed = seed;
  settings.islands = static_cast<size_t>(parameters.GetInteger("islands", many ? 4 : 1, 1, kIslandsMax));
  const std::string topology = parameters.GetChoice("topology", "ring", {"ring", "full", "random"});
  settings.topology = topology == "ring" ? Topology::kRing : topology == "full" ? Topology::kFull : Topology::kRandom;
  settings.migration_interval = static_cast<size_t>(parameters.GetInteger("migration_interval", 20, 1, 1 << 30));
  settings.migrants = static_cast<size_t>(parameters.GetInteger("migrants", 2, 0, 1 << 20));
  settings.asynchronous = parameters.GetChoice("migration", "sync", {"sync", "async"}) == "async";
  settings.generations = static_cast<uint64_t>(parameters.GetInteger("generations", 500, 1, int64_t{1} << 40));
  settings.evaluations = static_cast<uint64_t>(parameters.GetInteger("evaluations", 0, 0, int64_t{1} << 50));
  settings.target = parameters.GetNumber("target", settings.target, -1e300, 1e300);
  return Make(std::move(settings), std::move(parameters), std::move(problem));
}

Status Evolution::Start(WorkerContext& context, const Bundle* state) {
  if (state != nullptr) RETURN_IF_ERROR(Load(*state));
  return settings_.asynchronous ? RunHere(context) : Status::Ok();
}

Status Evolution::Load(const Bundle& state) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> counts, state.Longs("counts"));
  if (counts.size() != 3 || counts[0] < 0 || counts[1] < 0 || counts[2] != static_cast<int64_t>(islands_.size())) {
    return Status(Code::kCorruption, "the saved state is not of " + std::to_string(islands_.size()) + " islands");
  }
  for (size_t i = 0; i < islands_.size(); ++i) RETURN_IF_ERROR(islands_[i]->Load(state.Part("island" + std::to_string(i))));
  generation_ = static_cast<uint64_t>(counts[0]);
  evaluations_ = static_cast<uint64_t>(counts[1]);
  return settings_.asynchronous ? LoadAsynchronous(state) : Status::Ok();
}

Status Evolution::ShardsChanged(WorkerContext& context) { return settings_.asynchronous ? RunHere(context) : Status::Ok(); }

// One population: candidates are computed everywhere, values are gathered.
Status Evolution::StepTogether(WorkerContext& context, uint64_t& evaluated) {
  std::vector<double> x;
  const size_t count = islands_[0]->Ask(x), objectives = problem_->objectives();
  const auto ranks = static_cast<size_t>(context.comm->size()), rank = static_cast<size_t>(context.comm->rank());
  std::vector<double> f(count * objectives);
  std::vector<size_t> parts;
  for (size_t r = 0; r <= ranks; ++r) parts.push_back(count * r / ranks * objectives * sizeof(double));
  const size_t begin = count * rank / ranks, mine = count * (rank + 1) / ranks - begin;
  const Status own = EvaluateAll(*problem_, context.pool, std::span(x).subspan(begin * problem_->dimensions(), mine * problem_->dimensions()), mine,
                                 std::span(f).subspan(begin * objectives, mine * objectives));
  RETURN_IF_ERROR(AgreeOn(context, own));
  RETURN_IF_ERROR(context.comm->AllGatherParts({reinterpret_cast<uint8_t*>(f.data()), f.size() * sizeof(double)}, parts));
  islands_[0]->Tell(x, f);
  evaluated = count;
  ++generation_;
  return Status::Ok();
}

// Every rank learns of an error of any.
Status Evolution::AgreeOn(WorkerContext& context, const Status& own) {
  if (context.comm->size() == 1) return own;
  const std::string message = own.ok() ? "" : own.ToString();
  ASSIGN_OR_RETURN(const auto all, context.comm->AllGather(AsBytes(message)));
  for (const auto& text : all) {
    if (!text.empty()) return Status(Code::kInvalidArgument, std::string(text.begin(), text.end()));
  }
  return Status::Ok();
}

// Islands live on rank (number mod ranks) between migrations; then everybody gets everybody's.
Status Evolution::StepIslands(WorkerContext& context, uint64_t& evaluated) {
  const auto ranks = static_cast<size_t>(context.comm->size()), rank = static_cast<size_t>(context.comm->rank());
  const uint64_t interval = std::min<uint64_t>(settings_.migration_interval, settings_.generations - generation_);
  std::vector<size_t> mine;
  for (size_t i = rank; i < islands_.size(); i += ranks) mine.push_back(i);
  std::vector<Bundle> before;
  if (ranks > 1) {
    for (size_t i : mine) before.push_back(islands_[i]->Save());
  }
  std::vector<Status> errors(mine.size());
  std::vector<uint64_t> counts(mine.size());
  context.pool->ParallelFor(mine.size(), [&](size_t k) {
    Optimizer& island = *islands_[mine[k]];
    std::vector<double> x, f;
    for (uint64_t g = 0; g < interval && errors[k].ok(); ++g) {
      const size_t count = island.Ask(x);
      f.resize(count * problem_->objectives());
      errors[k] = problem_->Evaluate(x, count, f);
      if (errors[k].ok()) island.Tell(x, f);
      counts[k] += count;
    }
  });
  Status own;
  for (Status& error : errors) {
    if (own.ok()) own = std::move(error);
  }
  Status shared = ranks == 1 ? std::move(own) : ShareIslands(context, mine, counts, std::move(own));
  if (!shared.ok()) {
    for (size_t k = 0; k < before.size(); ++k) RETURN_IF_ERROR(islands_[mine[k]]->Load(before[k]));
    return shared;
  }
  for (uint64_t count : counts) evaluated += count;
  generation_ += interval;
  return Migrate();
}

// Other ranks' islands into islands_, and their counts to `counts`. Nothing is changed before the last message arrived.
Status Evolution::ShareIslands(WorkerContext& context, const std::vector<size_t>& mine, std::vector<uint64_t>& counts,
                               Status own) {
  const auto ranks = static_cast<size_t>(context.comm->size()), rank = static_cast<size_t>(context.comm->rank());
  RETURN_IF_ERROR(AgreeOn(context, own));
  Bundle bundle;
  for (size_t k = 0; k < mine.size(); ++k) {
    bundle.Merge("island" + std::to_string(mine[k]), islands_[mine[k]]->Save());
    bundle.SetLongs("count" + std::to_string(mine[k]), std::vector<int64_t>{static_cast<int64_t>(counts[k])});
  }
  ASSIGN_OR_RETURN(const auto all, context.comm->AllGather(bundle.Encode()));
  for (size_t r = 0; r < ranks; ++r) {
    if (r == rank) continue;
    ASSIGN_OR_RETURN(const Bundle theirs, Bundle::Decode(all[r], "islands of rank " + std::to_string(r)));
    for (size_t i = r; i < islands_.size(); i += ranks) {
      ASSIGN_OR_RETURN(const auto count, theirs.Longs("count" + std::to_string(i)));
      if (count.size() != 1 || count[0] < 0) return Status(Code::kCorruption, "bad count of island " + std::to_string(i));
      RETURN_IF_ERROR(islands_[i]->Load(theirs.Part("island" + std::to_string(i))));
      counts.push_back(static_cast<uint64_t>(count[0]));
    }
  }
  return Status::Ok();
}

// All islands send before any receives.
Status Evolution::Migrate() {
  if (islands_.size() < 2 || settings_.migrants == 0) return Status::Ok();
  std::vector<std::vector<Solution>> leaving;
  for (const auto& island : islands_) leaving.push_back(island->Emigrants(settings_.migrants));
  Random random(settings_.seed, generation_ | uint64_t{1} << 62);
  std::vector<std::vector<Solution>> arriving(islands_.size());
  for (size_t from = 0; from < islands_.size(); ++from) {
    for (const size_t to : Destinations(settings_, from, random)) {
      arriving[to].insert(arriving[to].end(), leaving[from].begin(), leaving[from].end());
    }
  }
  for (size_t to = 0; to < islands_.size(); ++to) islands_[to]->Immigrate(arriving[to]);
  return Status::Ok();
}

Status Evolution::LoadAsynchronous(const Bundle& state) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> generations, state.Longs("island_generations"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> evaluations, state.Longs("island_evaluations"));
  if (generations.size() != islands_.size() || evaluations.size() != islands_.size()) {
    return Status(Code::kCorruption, "the saved state has no counts of " + std::to_string(islands_.size()) + " islands");
  }
  for (size_t i = 0; i < islands_.size(); ++i) {
    if (generations[i] < 0 || evaluations[i] < 0) return Status(Code::kCorruption, "bad count of island " + std::to_string(i));
    island_generations_[i] = static_cast<uint64_t>(generations[i]);
    island_evaluations_[i] = static_cast<uint64_t>(evaluations[i]);
  }
  return Status::Ok();
}

// Island i evolves on rank i mod ranks. With one rank of one thread in steps, so that the result is always the same.
Status Evolution::RunHere(WorkerContext& context) {
  if (!running_) running_ = std::make_unique<AsyncIslands>(settings_, *problem_, [this](size_t number) { return MakeIsland(number); });
  const auto ranks = static_cast<size_t>(context.comm->size());
  std::vector<size_t> mine;
  for (auto i = static_cast<size_t>(context.comm->rank()); i < islands_.size(); i += ranks) mine.push_back(i);
  RETURN_IF_ERROR(running_->Own(mine, [this](size_t number) {
    return IslandSnapshot{island_generations_[number], island_evaluations_[number], islands_[number]->Save()};
  }));
  // What was under way: at the end of a round, emigrants to islands before the sender's.
  for (size_t from = 0; from < islands_.size(); ++from) {
    running_->Deliver(from, island_generations_[from], islands_[from]->Emigrants(settings_.migrants), from);
  }
  if (ranks > 1 || context.pool->threads() > 1) running_->StartThreads(context.pool->threads());
  return Status::Ok();
}

// All ranks learn of everybody's newest snapshots; nobody's evolution stops for it.
Status Evolution::StepAsynchronously(WorkerContext& context, uint64_t& evaluated) {
  if (!running_->has_threads()) running_->RunRound();
  const Result<AsyncIslands::Snapshots> mine = running_->Newer(island_generations_, kSnapshotWait);
  Bundle bundle;
  if (!mine.ok()) bundle.SetText("error", mine.status().ToString());
  if (mine.ok()) {
    for (const auto& [number, snapshot] : mine.value()) {
      const std::string name = "island" + std::to_string(number);
      bundle.Merge(name, snapshot->state);
      bundle.SetLongs("counts/" + name, std::vector<int64_t>{static_cast<int64_t>(snapshot->generation), static_cast<int64_t>(snapshot->evaluations)});
    }
  }
  ASSIGN_OR_RETURN(const auto all, context.comm->AllGather(bundle.Encode()));
  std::vector<size_t> changed;
  RETURN_IF_ERROR(TakeSnapshots(all, changed));
  for (const size_t from : changed) {
    const bool here = mine.ok() && mine.value().contains(from);  // delivered when it was made
    if (!here) running_->Deliver(from, island_generations_[from], islands_[from]->Emigrants(settings_.migrants));
  }
  const uint64_t before = evaluations_;
  evaluations_ = generation_ = 0;
  for (size_t i = 0; i < islands_.size(); ++i) {
    evaluations_ += island_evaluations_[i];
    generation_ += island_generations_[i];
  }
  generation_ /= islands_.size();
  evaluated = evaluations_ - before;
  return Status::Ok();
}

Status Evolution::TakeSnapshots(const std::vector<std::vector<uint8_t>>& of_ranks, std::vector<size_t>& changed) {
  std::vector<Bundle> bundles;
  for (size_t r = 0; r < of_ranks.size(); ++r) {
    ASSIGN_OR_RETURN(Bundle bundle, Bundle::Decode(of_ranks[r], "snapshots of rank " + std::to_string(r)));
    if (bundle.HasText("error")) {
      ASSIGN_OR_RETURN(const std::string error, bundle.Text("error"));
      return Status(Code::kInvalidArgument, error);
    }
    bundles.push_back(std::move(bundle));
  }
  for (size_t i = 0; i < islands_.size(); ++i) {
    const std::string name = "island" + std::to_string(i);
    const Bundle& theirs = bundles[i % bundles.size()];
    if (!theirs.Has("counts/" + name)) continue;
    ASSIGN_OR_RETURN(const std::vector<int64_t> counts, theirs.Longs("counts/" + name));
    if (counts.size() != 2 || counts[0] < 0 || counts[1] < 0) return Status(Code::kCorruption, "bad counts of " + name);
    RETURN_IF_ERROR(islands_[i]->Load(theirs.Part(name)));
    island_generations_[i] = static_cast<uint64_t>(counts[0]);
    island_evaluations_[i] = static_cast<uint64_t>(counts[1]);
    changed.push_back(i);
  }
  return Status::Ok();
}

Result<StepReport> Evolution::Step(WorkerContext& context) {
  uint64_t evaluated = 0;
  if (settings_.asynchronous) {
    RETURN_IF_ERROR(StepAsynchronously(context, evaluated));
    return Report(evaluated);
  }
  RETURN_IF_ERROR(islands_.size() == 1 ? StepTogether(context, evaluated) : StepIslands(context, evaluated));
  evaluations_ += evaluated;
  return Report(evaluated);
}

StepReport Evolution::Report(uint64_t evaluated) const {
  StepReport report;
  report.rows = evaluated;
  report.progress = static_cast<double>(generation_) / static_cast<double>(settings_.generations);
  if (settings_.evaluations > 0) {
    report.progress =
        std::max(report.progress, static_cast<double>(evaluations_) / static_cast<double>(settings_.evaluations));
  }
  report.finished = report.progress >= 1 || std::all_of(islands_.begin(), islands_.end(),
                                                        [](const auto& island) { return island->converged(); });
  const std::vector<Solution> best = Best();
  if (problem_->objectives() == 1 && !best.empty()) {
    report.figures["best_fitness"] = best[0].f[0];
    report.finished = report.finished || best[0].f[0] <= settings_.target;
  } else {
    report.figures["front"] = static_cast<double>(best.size());
  }
  report.figures["generation"] = static_cast<double>(generation_);
  return report;
}

std::vector<Solution> Evolution::Best() const {
  std::vector<Solution> all;
  for (const auto& island : islands_) {
    for (Solution& solution : island->Best()) {
      if (!solution.f.empty()) all.push_back(std::move(solution));
    }
  }
  if (all.empty()) return all;
  if (problem_->objectives() == 1) {
    return {*std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.f[0] < b.f[0]; })};
  }
  if (islands_.size() == 1) return all;
  std::vector<double> f;
  for (const Solution& solution : all) f.insert(f.end(), solution.f.begin(), solution.f.end());
  const std::vector<uint32_t> fronts = FrontNumbers(f, problem_->objectives());
  std::vector<Solution> front;
  for (size_t i = 0; i < all.size(); ++i) {
    if (fronts[i] == 0) front.push_back(std::move(all[i]));
  }
  std::sort(front.begin(), front.end(), [](const Solution& a, const Solution& b) { return a.f < b.f; });
  return front;
}

Bundle Evolution::SaveState() const {
  Bundle bundle;
  bundle.SetLongs("counts", std::vector<int64_t>{static_cast<int64_t>(generation_), static_cast<int64_t>(evaluations_),
                                                 static_cast<int64_t>(islands_.size())});
  if (settings_.asynchronous) {
    bundle.SetLongs("island_generations", std::vector<int64_t>(island_generations_.begin(), island_generations_.end()));
    bundle.SetLongs("island_evaluations", std::vector<int64_t>(island_evaluations_.begin(), island_evaluations_.end()));
  }
  for (size_t i = 0; i < islands_.size(); ++i) bundle.Merge("island" + std::to_string(i), islands_[i]->Save());
  return bundle;
}

Result<std::unique_ptr<Model>> Evolution::Finish() {
  return std::make_unique<OptimizationResult>(problem_->name(), evaluations_, Best());
}

}  // namespace tusk::ml
