// SimWorld: machines in one process, with virtual time, wires that can fail and disks that forget, all from one seed.
//
//   SimWorld world(seed);
//   SimNode& server = world.AddNode("server");
//   auto listening = rpc::Server::Listen(server.env(), ...);
//   world.Run(Body::Go(...)); world.fabric().Cut("server", "client"); world.RunFor(10s);
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/sim/sim_disk.h"
#include "base/sim/sim_loop.h"
#include "base/sim/sim_network.h"

namespace tusk::sim {

// One machine. All share the loop, the clock and the randomness.
class SimNode {
 public:
  SimNode(SimClock& clock, SimRandom& random, SimLoop& loop, std::unique_ptr<Network> network, SimPool& pool)
      : clock_(clock), random_(random), loop_(loop), pool_(pool), network_(std::move(network)),
        disk_(std::make_unique<SimDisk>(clock)) {}
  Env env() { return Env{clock_, random_, *disk_, loop_, *network_, pool_}; }
  SimDisk& disk() { return *disk_; }
  // The power comes back: the disk as a crash left it. Nothing may use the old disk any more.
  void RestartDisk(CrashMode mode) { disk_ = std::make_unique<SimDisk>(clock_, disk_->Image(), mode, random_.Next64()); }

 private:
  SimClock& clock_;
  SimRandom& random_;
  SimLoop& loop_;
  SimPool& pool_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<SimDisk> disk_;
};

class SimWorld {
 public:
  explicit SimWorld(uint64_t seed, WireConditions conditions = {})
      : random_(seed), loop_(clock_), fabric_(loop_, random_, conditions), pool_(loop_, random_) {}

  // Lives as long as the world.
  SimNode& AddNode(const std::string& name) {
    auto [node, fresh] = nodes_.try_emplace(name);
    TUSK_CHECK(fresh) << "two machines are called " << name;
    node->second = std::make_unique<SimNode>(clock_, random_, loop_, fabric_.Join(name), pool_);
    return *node->second;
  }
  SimClock& clock() { return clock_; }
  SimRandom& random() { return random_; }
  SimLoop& loop() { return loop_; }
  SimFabric& fabric() { return fabric_; }
  template <typename T>
  T Run(Task<T> task, Duration limit = std::chrono::hours(24)) {
    return loop_.RunUntilDone(std::move(task), limit);
  }
  void RunFor(Duration span) { loop_.RunFor(span); }

 private:
  SimClock clock_;
  SimRandom random_;
  SimLoop loop_;
  SimFabric fabric_;
  SimPool pool_;
  std::map<std::string, std::unique_ptr<SimNode>> nodes_;
};

}  // namespace tusk::sim
