// FaultInjector: breaks a SimCluster, one thing after the other and several at a time, and repairs it again.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "dfs/simulation/sim_cluster.h"

namespace tusk::dfs::simulation {

struct FaultOptions {
  bool power_fails = false;    // crashes of datanodes lose what was not synced
  Duration pause_max = std::chrono::seconds(30);  // between two faults
  bool log = false;            // says on standard output what it does
};

class FaultInjector {
 public:
  FaultInjector(SimCluster& cluster, FaultOptions options);
  // Breaks things until Stop.
  Task<void> Run();
  void Stop() { stopping_ = true; }
  // Everything works again: wires, disks, clocks go on as they are, all daemons run.
  Task<Status> RepairAll();
  const std::map<std::string, int>& counts() const { return counts_; }

 private:
  sim::SimRandom& random() { return cluster_.random(); }
  EventLoop& loop() { return cluster_.world().loop(); }
  size_t SomeDatanode() { return random().Below(cluster_.datanodes()); }
  std::string SomeMachine();
  sim::CrashMode DatanodeCrash();
  void Note(const std::string& fault, const std::string& what);

  Task<void> One();
  Task<void> RestartNamenode(Duration after);
  Task<void> RestartDatanode(size_t index, Duration after);
  Task<void> HealPair(std::string a, std::string b, Duration after);
  Task<void> UndoLater(std::function<void()> undo, Duration after);
  void BreakDisk(size_t index, Code code, Duration span);
  void BreakVolume(size_t index, Duration span);
  // The volume is replaced by an empty one, if all that it has is elsewhere twice; else it comes back as it was.
  Task<void> ReplaceVolume(size_t index, std::string folder, Duration after);
  Task<void> SendAway(size_t index, AdminState duty, Duration span);
  void LoseAnswers(size_t client, Duration span);
  // Finalized replicas of the running datanodes, path by name.
  using Replicas = std::vector<std::map<std::string, std::string>>;
  Replicas AllReplicas();
  // Running datanodes other than `index` that have the same finalized replica.
  int EqualElsewhere(const Replicas& all, size_t index, const std::string& name, const std::string& content);
  void Rot();
  Task<void> Revive();

  SimCluster& cluster_;
  const FaultOptions options_;
  bool stopping_ = false;
  bool namenode_restarting_ = false;
  bool somebody_away_ = false;     // one datanode at a time leaves
  std::vector<bool> datanode_restarting_;
  std::map<std::string, int> counts_;
  std::set<std::string> rotten_;   // blocks with a rotten replica: one each
  TaskScope scope_;
};

}  // namespace tusk::dfs::simulation
