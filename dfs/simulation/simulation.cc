// The course of a run.
#include "dfs/simulation/simulation.h"

#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "dfs/simulation/client_actor.h"
#include "dfs/simulation/fault_injector.h"

namespace tusk::dfs::simulation {
namespace {

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
    (void)co_await SleepFor(loop, options_.span);
    faults_.Stop();
    for (auto& actor : actors_) actor->Stop();
    const Status repaired = co_await faults_.RepairAll();
    if (!repaired.ok()) ledger_.Violation(repaired.ToString());
    co_await scope_.Join();
    if (repaired.ok()) co_await Reckon();
    co_return 0;
  }

  Task<void> Reckon() {
    ledger_.disturbed = false;
    co_await AwaitPeace();
    for (auto& actor : actors_) co_await actor->SettleAll();
    co_await AwaitPeace();
    for (const auto& [path, file] : std::map(ledger_.files)) co_await actors_[0]->Verify(path);
    for (auto& actor : actors_) co_await CompareNames(actor->root());
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
    for (size_t i = 0; i < cluster_.datanodes(); ++i) text += OnDisk(cluster_.datanode_machine(i), "/data", "blk_" + std::to_string(id));
    return text + ")";
  }
  std::string OnDisk(sim::SimNode& machine, const std::string& folder, const std::string& prefix) {
    std::string text;
    auto names = machine.disk().List(folder);
    if (!names.ok()) return text;
    for (const std::string& name : *names) {
      const std::string path = JoinPath(folder, name);
      auto stat = machine.disk().Stat(path);
      if (stat.ok() && stat->is_directory) {
        text += OnDisk(machine, path, prefix);
      } else if (stat.ok() && name.starts_with(prefix)) {
        text += machine.name() + path.substr(path.find("/current/") == std::string::npos ? 0 : path.rfind("/current/") + 8) + " " + std::to_string(stat->size) + "; ";
      }
    }
    return text;
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
    auto children = co_await cluster_.client(0).List(folder);
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
