// AsyncIslands: the islands of one rank that evolve without waiting for each other. Threads take them in turn, each until its
// next migration: then its state is published, its emigrants go into the mailboxes of the islands here, and what its own
// mailbox holds is taken in. Islands of other ranks are reached through the snapshots (evolution.cc).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mlkit/genetic/evolution_settings.h"
#include "mlkit/genetic/optimizer.h"

namespace tusk::ml {

// An island at a migration.
struct IslandSnapshot {
  uint64_t generation = 0;
  uint64_t evaluations = 0;
  Bundle state;
};

class AsyncIslands {
 public:
  using MakeIsland = std::function<Result<std::unique_ptr<Optimizer>>(size_t number)>;
  // `settings` and `problem` live longer.
  AsyncIslands(const EvolutionSettings& settings, const Problem& problem, MakeIsland make);
  ~AsyncIslands();
  AsyncIslands(const AsyncIslands&) = delete;

  // These islands live here from now on: those that did already go on from where they are, the others from snapshots.
  Status Own(const std::vector<size_t>& numbers, const std::function<IslandSnapshot(size_t number)>& snapshot_of);
  // Evolution begins; once. Without threads it happens in RunRound only: every island until its next migration, by number.
  void StartThreads(size_t count);
  void RunRound();
  bool has_threads() const { return !threads_.empty(); }

  // The newest snapshots of own islands beyond `known` generations; waits until there is one, at most so long. The error of
  // an evaluation comes here.
  using Snapshots = std::map<size_t, std::shared_ptr<const IslandSnapshot>>;
  Result<Snapshots> Newer(const std::vector<uint64_t>& known, std::chrono::milliseconds wait);
  // Emigrants of `from`, which has reached this generation, to those islands here that they go to; islands from `below` on get
  // none.
  void Deliver(size_t from, uint64_t generation, const std::vector<Solution>& migrants, size_t below = SIZE_MAX);

 private:
  struct Island {
    std::unique_ptr<Optimizer> optimizer;   // with whose turn it is
    uint64_t generation = 0, evaluations = 0;
    std::atomic<bool> abandoned{false};
    // Under mutex_.
    std::map<size_t, std::vector<Solution>> mailbox;   // the newest of each sender
    std::shared_ptr<const IslandSnapshot> latest;
  };

  void Work();
  void TakeTurn(size_t number, std::unique_lock<std::mutex>& lock);
  Status Evolve(Island& island);
  Snapshots Beyond(const std::vector<uint64_t>& known) const;
  void DeliverLocked(size_t from, uint64_t generation, const std::vector<Solution>& migrants, size_t below);

  const EvolutionSettings& settings_;
  const Problem& problem_;
  const MakeIsland make_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ready_changed_, news_;
  std::map<size_t, std::shared_ptr<Island>> own_;
  std::deque<size_t> ready_;
  Status error_;
  std::vector<std::thread> threads_;   // last: they use the rest
};

}  // namespace tusk::ml
