// A generation of NSGA-II: children of binary tournaments by (front, crowding), then the better half of old and new.
#include "mlkit/genetic/nsga2.h"

#include <algorithm>

#include "mlkit/genetic/pareto.h"

namespace tusk::ml {

Nsga2::Nsga2(const Problem& problem, Nsga2Settings settings, uint64_t seed)
    : bounds_(BoundsOf(problem)), settings_(settings), seed_(seed) {
  settings_.population = std::max<size_t>(settings_.population + settings_.population % 2, 4);
  Random random(seed_, 0);
  population_ = RandomPopulation(problem, settings_.population, random);
}

size_t Nsga2::Ask(std::vector<double>& x) {
  x = population_.x;
  if (!population_.evaluated()) return population_.size();
  Random random(seed_, progress_.generation);
  const size_t size = population_.size(), dimensions = population_.dimensions;
  auto parent = [&] {
    const auto a = static_cast<size_t>(uint64_t{random.Next32()} * size >> 32);
    const auto b = static_cast<size_t>(uint64_t{random.Next32()} * size >> 32);
    if (fronts_[a] != fronts_[b]) return fronts_[a] < fronts_[b] ? a : b;
    return crowding_[a] >= crowding_[b] ? a : b;
  };
  for (size_t child = 0; child < size; child += 2) {
    const std::span<double> a(x.data() + child * dimensions, dimensions);
    const bool pair = child + 1 < size;
    std::vector<double> spare(pair ? 0 : dimensions);
    const std::span<double> b = pair ? std::span<double>(a.data() + dimensions, dimensions) : std::span<double>(spare);
    const auto mother = population_.point(parent()), father = population_.point(parent());
    std::copy(mother.begin(), mother.end(), a.begin());
    std::copy(father.begin(), father.end(), b.begin());
    Cross(a, b, settings_.crossover, random);
  }
  Repair(x, bounds_);
  Mutate(x, bounds_, settings_.mutation, random);
  return size;
}

void Nsga2::Tell(std::span<const double> x, std::span<const double> f) {
  if (!population_.evaluated()) population_.x.clear();
  population_.x.insert(population_.x.end(), x.begin(), x.end());
  for (double value : f) population_.f.push_back(Finite(value));
  Keep(settings_.population);
  ++progress_.generation;
}

void Nsga2::Keep(size_t count) {
  const std::vector<uint32_t> numbers = FrontNumbers(population_.f, population_.objectives);
  std::vector<std::vector<size_t>> fronts(1 + *std::max_element(numbers.begin(), numbers.end()));
  for (size_t i = 0; i < numbers.size(); ++i) fronts[numbers[i]].push_back(i);
  Population kept{population_.dimensions, population_.objectives, {}, {}};
  fronts_.clear();
  crowding_.clear();
  for (uint32_t number = 0; number < fronts.size() && fronts_.size() < count; ++number) {
    std::vector<size_t>& front = fronts[number];
    const std::vector<double> distances = CrowdingDistances(population_.f, population_.objectives, front);
    std::vector<size_t> order(front.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (fronts_.size() + front.size() > count) {
      std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return distances[a] > distances[b] || (distances[a] == distances[b] && a < b);
      });
      order.resize(count - fronts_.size());
    }
    for (size_t place : order) {
      const auto point = population_.point(front[place]);
      const auto values = population_.values(front[place]);
      kept.x.insert(kept.x.end(), point.begin(), point.end());
      kept.f.insert(kept.f.end(), values.begin(), values.end());
      fronts_.push_back(number);
      crowding_.push_back(distances[place]);
    }
  }
  population_ = std::move(kept);
}

std::vector<Solution> Nsga2::Best() const {
  std::vector<Solution> best;
  for (size_t i = 0; i < fronts_.size(); ++i) {
    if (fronts_[i] != 0) continue;
    const auto point = population_.point(i);
    const auto values = population_.values(i);
    best.push_back({{point.begin(), point.end()}, {values.begin(), values.end()}});
  }
  std::sort(best.begin(), best.end(), [](const Solution& a, const Solution& b) { return a.f < b.f; });
  return best;
}

std::vector<Solution> Nsga2::Emigrants(size_t count) const {
  std::vector<size_t> order;
  for (size_t i = 0; i < fronts_.size(); ++i) {
    if (fronts_[i] == 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return crowding_[a] > crowding_[b] || (crowding_[a] == crowding_[b] && a < b);
  });
  std::vector<Solution> leaving;
  for (size_t i = 0; i < std::min(count, order.size()); ++i) {
    const auto point = population_.point(order[i]);
    const auto values = population_.values(order[i]);
    leaving.push_back({{point.begin(), point.end()}, {values.begin(), values.end()}});
  }
  return leaving;
}

void Nsga2::Immigrate(const std::vector<Solution>& arrivals) {
  if (!population_.evaluated()) return;
  for (const Solution& arrival : arrivals) {
    population_.x.insert(population_.x.end(), arrival.x.begin(), arrival.x.end());
    population_.f.insert(population_.f.end(), arrival.f.begin(), arrival.f.end());
  }
  Keep(settings_.population);
}

Bundle Nsga2::Save() const {
  Bundle bundle;
  SavePopulation(population_, progress_, bundle);
  std::vector<int64_t> fronts(fronts_.begin(), fronts_.end());
  bundle.SetLongs("fronts", fronts);
  bundle.SetDoubles("crowding", crowding_);
  return bundle;
}

Status Nsga2::Load(const Bundle& bundle) {
  RETURN_IF_ERROR(LoadPopulation(bundle, population_, progress_));
  ASSIGN_OR_RETURN(const std::vector<int64_t> fronts, bundle.Longs("fronts"));
  ASSIGN_OR_RETURN(crowding_, bundle.Doubles("crowding"));
  fronts_.assign(fronts.begin(), fronts.end());
  const size_t expected = population_.evaluated() ? population_.size() : 0;
  if (fronts_.size() != expected || crowding_.size() != expected) {
    return Status(Code::kCorruption, "the saved fronts do not fit the population");
  }
  return Status::Ok();
}

}  // namespace tusk::ml
