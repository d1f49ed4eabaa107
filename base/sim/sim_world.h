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
#include <vector>

#include "base/env/env.h"
#include "base/sim/sim_disk.h"
#include "base/sim/sim_loop.h"
#include "base/sim/sim_network.h"

namespace tusk::sim {

// A machine's own wall clock over the world's time.
class NodeClock : public Clock {
 public:
  explicit NodeClock(const SimClock& world) : world_(world) {}
  TimePoint Now() const override { return world_.Now(); }
  int64_t WallMillis() const override { return world_.WallMillis() + jump_ms_; }
  // Somebody sets this machine's clock.
  void JumpWall(int64_t milliseconds) { jump_ms_ += milliseconds; }

 private:
  const SimClock& world_;
  int64_t jump_ms_ = 0;
};

// One machine. All share the loop and the randomness.
class SimNode {
 public:
  SimNode(std::string name, SimClock& clock, SimRandom& random, SimLoop& loop, SimFabric& fabric)
      : name_(std::move(name)), clock_(clock), random_(random), loop_(loop), fabric_(fabric), pool_(loop, random),
        network_(fabric.Join(name_)), disk_(std::make_unique<SimDisk>(clock_)) {}
  const std::string& name() const { return name_; }
  Env env() { return Env{clock_, random_, *disk_, loop_, *network_, pool_}; }
  SimDisk& disk() { return *disk_; }
  SimPool& pool() { return pool_; }
  NodeClock& clock() { return clock_; }
  // Everything that runs here stops: its wires are dead, and its disk changes no more. What env() gives from now on is
  // of the machine after it came back, with the disk that the crash left. Ghosts of before may go on with theirs.
  void Crash(CrashMode mode) {
    fabric_.SwitchOff(name_);
    auto after = std::make_unique<SimDisk>(clock_, disk_->Image(), mode, random_.Next64());
    disk_->set_fault([](const DiskEvent&) { return Status(Code::kIOError, "the machine is off"); });
    dead_disks_.push_back(std::exchange(disk_, std::move(after)));
    dead_networks_.push_back(std::exchange(network_, fabric_.Join(name_)));
  }

 private:
  const std::string name_;
  NodeClock clock_;
  SimRandom& random_;
  SimLoop& loop_;
  SimFabric& fabric_;
  SimPool pool_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<Network>> dead_networks_;
  std::vector<std::unique_ptr<SimDisk>> dead_disks_;
};

class SimWorld {
 public:
  explicit SimWorld(uint64_t seed, WireConditions conditions = {})
      : random_(seed), loop_(clock_), fabric_(loop_, random_, conditions) {}

  // Lives as long as the world.
  SimNode& AddNode(const std::string& name) {
    auto [node, fresh] = nodes_.try_emplace(name);
    TUSK_CHECK(fresh) << "two machines are called " << name;
    node->second = std::make_unique<SimNode>(name, clock_, random_, loop_, fabric_);
    return *node->second;
  }
  SimClock& clock() { return clock_; }
  SimRandom& random() { return random_; }
  SimLoop& loop() { return loop_; }
  SimFabric& fabric() { return fabric_; }
  const SimFabric& fabric() const { return fabric_; }
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
  std::map<std::string, std::unique_ptr<SimNode>> nodes_;
};

}  // namespace tusk::sim
