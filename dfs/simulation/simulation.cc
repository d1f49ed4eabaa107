// The course of a run.
#include "dfs/simulation/simulation.h"

#include <algorithm>
#include <cstdlib>

#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/simulation/client_actor.h"
#include "dfs/simulation/fault_injector.h"
#include "dfs/simulation/replica_files.h"

namespace tusk::dfs::simulation {
namespace {

namespace pb = hadoop::hdfs;

constexpr Duration kAuditPause = std::chrono::minutes(2);
constexpr Duration kPeaceMax = std::chrono::minutes(40);  // of virtual time, until nothing is left to do

class Run {
 public:
  Run(uint64_t seed, const SimulationOptions& options)
      : options_(options), power_fails_(seed % 2 == 0), cluster_(seed, ClusterOptions(seed, options, power_fails_)),
        faults_(cluster_, {power_fails_, std::chrono::seconds(30), options.log}), scope_(cluster_.world().loop()) {
    for (size_t i = 0; i < cluster_.clients(); ++i) {
      actors_.push_back(std::make_unique<ClientActor>(cluster_, i, ledger_, ActorOptions{.power_fails = power_fails_}));
    }
  }

  SimulationReport Go(uint64_t seed) {
    const Status started = cluster_.Start();
    if (started.ok()) {
      cluster_.world().RunFor(std::chrono::seconds(15));
      cluster_.world().Run(Play());
    } else {
      ledger_.Violation("start: " + started.ToString());
    }
    cluster_.Finish();
    SimulationReport report;
    report.seed = seed;
    report.violations = ledger_.violations;
    report.faults = faults_.counts();
    report.operations = ledger_.operations;
    report.acknowledged_writes = ledger_.acknowledged_writes;
    report.bytes_verified = ledger_.bytes_verified;
    report.failures = ledger_.failures;
    report.files = ledger_.files.size();
    report.events = cluster_.world().loop().events_run();
    report.simulated_hours = std::chrono::duration<double, std::ratio<3600>>(cluster_.world().clock().Now().time_since_epoch()).count();
    return report;
  }

 private:
  static SimClusterOptions ClusterOptions(uint64_t seed, const SimulationOptions& options, bool power_fails) {
    SimClusterOptions cluster;
    cluster.datanodes = options.datanodes > 0 ? options.datanodes : static_cast<int>(5 + seed / 2 % 5);
    if (power_fails) cluster.settings.emplace_back("dfs.datanode.synconclose", "true");
    return cluster;
  }

  Task<int> Play() {
    EventLoop& loop = cluster_.world().loop();
    for (auto& actor : actors_) {
      if (Status made = co_await cluster_.client(0).Mkdirs(actor->root()); !made.ok()) ledger_.Violation("mkdirs: " + made.ToString());
      scope_.Spawn(actor->Run());
    }
    scope_.Spawn(faults_.Run());
    for (Duration passed{}; passed < options_.span; passed += kAuditPause) {
      (void)co_await SleepFor(loop, std::min(kAuditPause, options_.span - passed));
      co_await Audit();
    }
    faults_.Stop();
    for (auto& actor : actors_) actor->Stop();
    const Status repaired = co_await faults_.RepairAll();
    if (!repaired.ok()) ledger_.Violation(repaired.ToString());
    co_await scope_.Join();
    if (repaired.ok()) co_await Reckon();
    co_return 0;
  }

  // Amid the faults: no client does anything, the namenode is killed, and what the next one knows is the model.
  Task<void> Audit() {
    ledger_.hold = true;
    for (int seconds = 0; ledger_.busy > 0 && seconds < 300; ++seconds) {
      (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(1));
    }
    if (ledger_.busy == 0) {
      if (cluster_.namenode() != nullptr) cluster_.CrashNamenode(sim::CrashMode::kDropUnsynced);
      for (auto& actor : actors_) co_await CompareNames(actor->root());
    }
    ledger_.hold = false;
  }

  Task<void> Reckon() {
    ledger_.disturbed = false;
    // A datanode takes a disk that had failed back when it starts.
    for (size_t i = 0; i < cluster_.datanodes(); ++i) cluster_.CrashDatanode(i, sim::CrashMode::kKeepAll);
    (void)co_await faults_.RepairAll();
    co_await AwaitPeace();
    for (auto& actor : actors_) co_await actor->SettleAll();
    co_await AwaitPeace();
    for (auto& actor : actors_) co_await CompareNames(actor->root());
    co_await Checkpoint();
    for (auto& actor : actors_) co_await CompareNames(actor->root());
    co_await SendOneAway();
    co_await AwaitPeace();
    for (const auto& [path, file] : std::map(ledger_.files)) co_await actors_[0]->Verify(path);
    co_await AwaitPeace();  // a reader may have found a rotten replica
    co_await CountReplicas();
  }

  // The namespace is saved whole, and the next namenode begins from that.
  Task<void> Checkpoint() {
    auto& namenode = ContextOf(cluster_.admin())->namenode();
    pb::SetSafeModeRequestProto mode;
    mode.set_action(pb::SAFEMODE_ENTER);
    Status status = (co_await namenode.SetSafeMode(mode)).status();
    if (status.ok()) status = (co_await namenode.SaveNamespace({})).status();
    if (!status.ok()) ledger_.Violation("saveNamespace: " + status.ToString());
    cluster_.CrashNamenode(sim::CrashMode::kDropUnsynced);
    co_await AwaitPeace();
  }

  // A datanode is decommissioned and, when the namenode says that it is, switched off for ever.
  Task<void> SendOneAway() {
    const size_t leaving = cluster_.random().Below(cluster_.datanodes());
    if (Status told = co_await cluster_.SetDuty(leaving, AdminState::kDecommissioned); !told.ok()) ledger_.Violation("refreshNodes: " + told.ToString());
    const TimePoint end = cluster_.world().loop().In(kPeaceMax);
    while (cluster_.DutyOf(leaving) != AdminState::kDecommissioned) {
      (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(10));
      if (cluster_.world().clock().Now() < end) continue;
      ledger_.Violation(cluster_.datanode_machine(leaving).name() + " is not decommissioned in time: " + Unrest());
      co_return;
    }
    LogInfo("simulation", "{} has left", cluster_.datanode_machine(leaving).name());
    cluster_.RetireDatanode(leaving);
    (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(60));  // dead
  }

  // Every block has as many replicas as its file says, for the namenode and on the disks.
  Task<void> CountReplicas() {
    size_t known = 0, there = 0, living = 0;
    for (const auto& [path, file] : ledger_.files) {
      auto blocks = co_await cluster_.admin().GetBlockLocations(path, 0, uint64_t{1} << 40);
      if (!blocks.ok()) {
        ledger_.Violation("locations of " + path + ": " + blocks.status().ToString());
        continue;
      }
      for (const BlockLocation& block : *blocks) {
        known += block.addresses.size();
        const bool right = file->replication == 0 || block.addresses.size() == file->replication;
        if (block.corrupt || !right) {
          ledger_.Violation(path + " has a block with " + std::to_string(block.addresses.size()) + " replicas instead of " +
                            std::to_string(file->replication) + (block.corrupt ? ", all corrupt" : ""));
        }
      }
    }
    for (int tries = 0; tries < 30 && (tries == 0 || known != there); ++tries) {  // deletions take their time
      (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(30));
      there = living = 0;
      for (size_t i = 0; i < cluster_.datanodes(); ++i) {
        if (cluster_.retired(i)) continue;
        ++living;
        there += FinalizedReplicas(cluster_.datanode_machine(i).disk()).size();
      }
    }
    if (known == there) co_return;
    ledger_.Violation(std::to_string(there) + " replicas lie on the disks of " + std::to_string(living) + " datanodes, the namenode knows of " +
                      std::to_string(known) + Strays());
  }
  // Replicas on disks of which the namenode does not know.
  std::string Strays() {
    std::string text;
    BlockManager& blocks = cluster_.namenode()->blocks();
    for (size_t i = 0; i < cluster_.datanodes(); ++i) {
      if (cluster_.retired(i)) continue;
      for (const auto& [name, path] : FinalizedReplicas(cluster_.datanode_machine(i).disk())) {
        const int64_t id = std::strtoll(name.c_str() + 4, nullptr, 10);
        bool known = false;
        for (const PlacedReplica& replica : blocks.Replicas(id)) {
          known = known || cluster_.DatanodeAt(blocks.registry().datanode(blocks.registry().storage(replica.storage).datanode).identity.ip) == i;
        }
        if (!known) text += "; " + cluster_.datanode_machine(i).name() + path + (blocks.Contains(id) ? " " + Describe(id) : " of no file");
      }
    }
    return text;
  }

  // Until every block has its replicas and nothing waits to be deleted.
  Task<void> AwaitPeace() {
    const TimePoint end = cluster_.world().clock().Now() + kPeaceMax;
    while (cluster_.world().clock().Now() < end) {
      (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(10));
      (void)co_await faults_.RepairAll();
      if (cluster_.namenode() != nullptr && Peaceful(*cluster_.namenode())) co_return;
    }
    ledger_.Violation("no peace after " + std::to_string(kPeaceMax / std::chrono::minutes(1)) + " min: " + Unrest());
  }
  bool Peaceful(NameNode& namenode) {
    const BlockStats stats = namenode.blocks().Stats();
    return !namenode.blocks().safe_mode().on() && stats.under_replicated + stats.corrupt + stats.missing + stats.pending_deletion +
                                                          stats.pending_replication + stats.excess == 0;
  }
  // A block and all that disks hold of it.
  std::string Describe(int64_t id) {
    const BlockSpec spec = cluster_.namenode()->blocks().SpecOf(id);
    std::string text = "blk_" + std::to_string(id) + "_" + std::to_string(spec.stamp) + " of " + std::to_string(spec.length) + " bytes (";
    for (size_t i = 0; i < cluster_.datanodes(); ++i) {
      for (const ReplicaFile& file : ReplicaFiles(cluster_.datanode_machine(i).disk())) {
        if (!file.name.starts_with("blk_" + std::to_string(id))) continue;
        text += cluster_.datanode_machine(i).name() + file.path.substr(file.path.rfind("/current/") + 8) + " " + std::to_string(file.bytes) + "; ";
      }
    }
    return text + ")";
  }
  std::string Unrest() {
    if (cluster_.namenode() == nullptr) return "the namenode does not run";
    const BlockStats stats = cluster_.namenode()->blocks().Stats();
    LogInfo("simulation", "{}", cluster_.namenode()->blocks().DescribeQueues(cluster_.world().clock().Now()));
    std::string missing;
    for (const int64_t id : cluster_.namenode()->blocks().MissingBlocks(0, 5)) missing += " " + Describe(id);
    return std::string(cluster_.namenode()->blocks().safe_mode().on() ? "safe mode, " : "") + "blocks " + std::to_string(stats.blocks) +
           ", under-replicated " + std::to_string(stats.under_replicated) + ", corrupt " + std::to_string(stats.corrupt) + ", missing " +
           std::to_string(stats.missing) + missing + ", to delete " + std::to_string(stats.pending_deletion) + ", being copied " +
           std::to_string(stats.pending_replication) + ", too many " + std::to_string(stats.excess);
  }

  Task<void> CompareNames(std::string folder) {
    auto children = co_await cluster_.admin().List(folder);
    for (int tries = 0; tries < 100 && !children.ok() && LeavesDoubt(children.status()); ++tries) {  // it may be down just now
      (void)co_await SleepFor(cluster_.world().loop(), std::chrono::seconds(2));
      children = co_await cluster_.admin().List(folder);
    }
    if (!children.ok()) {
      ledger_.Violation("listing " + folder + ": " + children.status().ToString());
      co_return;
    }
    std::map<std::string, bool> expected;  // path -> is a folder
    const auto is_child = [&](const std::string& path) {
      return IsUnder(path, folder) && path != folder && path.find('/', folder.size() + 1) == std::string::npos;
    };
    for (const auto& [path, file] : ledger_.files) {
      if (is_child(path)) expected[path] = false;
    }
    for (const auto& [path, there] : ledger_.folders) {
      if (is_child(path)) expected[path] = true;
    }
    for (const FileStatus& child : *children) {
      const auto known = expected.find(child.path);
      if (known == expected.end() || known->second != child.is_directory()) {
        ledger_.Violation(child.path + " is there and should not");
      } else {
        expected.erase(known);
      }
      const auto file = ledger_.files.find(child.path);
      if (file != ledger_.files.end() && file->second->settled && file->second->content.size() != child.length) {
        ledger_.Violation(child.path + " has " + std::to_string(child.length) + " bytes, not " + std::to_string(file->second->content.size()));
      }
      if (child.is_directory()) co_await CompareNames(child.path);
    }
    for (const auto& [path, is_folder] : expected) ledger_.Violation(path + " is not there");
  }

  const SimulationOptions options_;
  const bool power_fails_;
  SimCluster cluster_;
  Ledger ledger_;
  FaultInjector faults_;
  std::vector<std::unique_ptr<ClientActor>> actors_;
  TaskScope scope_;
};

}  // namespace

SimulationReport Simulate(uint64_t seed, const SimulationOptions& options) {
  Run run(seed, options);
  return run.Go(seed);
}

}  // namespace tusk::dfs::simulation
