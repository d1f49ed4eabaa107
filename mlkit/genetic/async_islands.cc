// Turns of islands, mailboxes and snapshots.
#include "mlkit/genetic/async_islands.h"

#include <algorithm>
#include <utility>

namespace tusk::ml {
namespace {

constexpr size_t kPiece = 16;   // points that are evaluated before it is seen whether they are still wanted

}  // namespace

AsyncIslands::AsyncIslands(const EvolutionSettings& settings, const Problem& problem, MakeIsland make)
    : settings_(settings), problem_(problem), make_(std::move(make)) {}

AsyncIslands::~AsyncIslands() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status AsyncIslands::Own(const std::vector<size_t>& numbers, const std::function<IslandSnapshot(size_t number)>& snapshot_of) {
  std::map<size_t, std::shared_ptr<Island>> added;
  for (const size_t number : numbers) {
    if (own_.contains(number)) continue;  // own_ is changed by this thread only
    auto island = std::make_shared<Island>();
    ASSIGN_OR_RETURN(island->optimizer, make_(number));
    const IslandSnapshot snapshot = snapshot_of(number);
    RETURN_IF_ERROR(island->optimizer->Load(snapshot.state));
    island->generation = snapshot.generation;
    island->evaluations = snapshot.evaluations;
    added.emplace(number, std::move(island));
  }
  std::lock_guard lock(mutex_);
  for (auto island = own_.begin(); island != own_.end();) {
    if (std::find(numbers.begin(), numbers.end(), island->first) != numbers.end()) {
      ++island;
      continue;
    }
    island->second->abandoned = true;  // whose turn it is finds out
    std::erase(ready_, island->first);
    island = own_.erase(island);
  }
  for (auto& [number, island] : added) {
    if (island->generation < settings_.generations) ready_.push_back(number);
    own_.emplace(number, std::move(island));
  }
  ready_changed_.notify_all();
  return Status::Ok();
}

void AsyncIslands::StartThreads(size_t count) {
  while (threads_.size() < count) threads_.emplace_back([this] { Work(); });
}

void AsyncIslands::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_changed_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
    if (stopping_) return;
    const size_t number = ready_.front();
    ready_.pop_front();
    TakeTurn(number, lock);
  }
}

void AsyncIslands::RunRound() {
  std::unique_lock lock(mutex_);
  std::deque<size_t> turns = std::exchange(ready_, {});
  std::sort(turns.begin(), turns.end());
  for (const size_t number : turns) TakeTurn(number, lock);
}

void AsyncIslands::TakeTurn(size_t number, std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Island> island = own_.at(number);
  std::vector<Solution> arrivals;
  for (auto& [from, migrants] : std::exchange(island->mailbox, {})) {
    arrivals.insert(arrivals.end(), std::make_move_iterator(migrants.begin()), std::make_move_iterator(migrants.end()));
  }
  lock.unlock();
  if (!arrivals.empty()) island->optimizer->Immigrate(arrivals);
  const Status status = Evolve(*island);
  std::shared_ptr<IslandSnapshot> snapshot;
  std::vector<Solution> leaving;
  if (status.ok() && !stopping_ && !island->abandoned) {
    snapshot = std::make_shared<IslandSnapshot>(IslandSnapshot{island->generation, island->evaluations, island->optimizer->Save()});
    leaving = island->optimizer->Emigrants(settings_.migrants);
  }
  lock.lock();
  if (!status.ok() && error_.ok()) error_ = status;
  if (snapshot && !island->abandoned) {
    island->latest = std::move(snapshot);
    DeliverLocked(number, island->generation, leaving, SIZE_MAX);
    if (island->generation < settings_.generations) {
      ready_.push_back(number);
      ready_changed_.notify_one();
    }
  }
  news_.notify_all();
}

Status AsyncIslands::Evolve(Island& island) {
  std::vector<double> x, f;
  const size_t dimensions = problem_.dimensions(), objectives = problem_.objectives();
  do {
    const size_t count = island.optimizer->Ask(x);
    f.resize(count * objectives);
    for (size_t begin = 0; begin < count; begin += kPiece) {
      if (stopping_ || island.abandoned) return Status::Ok();  // without Tell: nothing has happened
      const size_t rows = std::min(kPiece, count - begin);
      RETURN_IF_ERROR(problem_.Evaluate(std::span(x).subspan(begin * dimensions, rows * dimensions), rows,
                                        std::span(f).subspan(begin * objectives, rows * objectives)));
    }
    island.optimizer->Tell(x, f);
    ++island.generation;
    island.evaluations += count;
  } while (island.generation % settings_.migration_interval != 0 && island.generation < settings_.generations);
  return Status::Ok();
}

AsyncIslands::Snapshots AsyncIslands::Beyond(const std::vector<uint64_t>& known) const {
  Snapshots newer;
  for (const auto& [number, island] : own_) {
    if (island->latest && island->latest->generation > known[number]) newer.emplace(number, island->latest);
  }
  return newer;
}

Result<AsyncIslands::Snapshots> AsyncIslands::Newer(const std::vector<uint64_t>& known, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  Snapshots newer = Beyond(known);
  if (newer.empty() && error_.ok()) {
    news_.wait_for(lock, wait, [&] {
      newer = Beyond(known);
      return !newer.empty() || !error_.ok();
    });
  }
  RETURN_IF_ERROR(error_);
  return newer;
}

void AsyncIslands::Deliver(size_t from, uint64_t generation, const std::vector<Solution>& migrants, size_t below) {
  std::lock_guard lock(mutex_);
  DeliverLocked(from, generation, migrants, below);
}

void AsyncIslands::DeliverLocked(size_t from, uint64_t generation, const std::vector<Solution>& migrants, size_t below) {
  if (migrants.empty()) return;
  Random random(settings_.seed, (generation * settings_.islands + from) | uint64_t{1} << 61);
  for (const size_t to : Destinations(settings_, from, random)) {
    const auto here = own_.find(to);
    if (to < below && here != own_.end()) here->second->mailbox[from] = migrants;
  }
}

}  // namespace tusk::ml
