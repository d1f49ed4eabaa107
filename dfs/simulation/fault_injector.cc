// What breaks, when, and how it is mended.
#include "dfs/simulation/fault_injector.h"

#include <cerrno>
#include <iterator>

#include "base/log/log.h"
#include "dfs/simulation/replica_files.h"

namespace tusk::dfs::simulation {
namespace {

constexpr const char* kVolumes[] = {"/data0", "/data1"};

}  // namespace

FaultInjector::FaultInjector(SimCluster& cluster, FaultOptions options)
    : cluster_(cluster), options_(options), datanode_restarting_(cluster.datanodes()), scope_(cluster.world().loop()) {}

void FaultInjector::Note(const std::string& fault, const std::string& what) {
  ++counts_[fault];
  if (!options_.log) return;
  const double seconds = std::chrono::duration<double>(cluster_.world().clock().Now().time_since_epoch()).count();
  LogInfo("simulation", "at {:.3f} s: {} {}", seconds, fault, what);
}

std::string FaultInjector::SomeMachine() {
  const uint64_t all = 1 + cluster_.datanodes() + cluster_.clients();
  uint64_t dice = random().Below(all);
  if (dice == 0) return cluster_.namenode_machine().name();
  if (--dice < cluster_.datanodes()) return cluster_.datanode_machine(dice).name();
  return cluster_.client_machine(dice - cluster_.datanodes()).name();
}

sim::CrashMode FaultInjector::DatanodeCrash() {
  if (!options_.power_fails) return sim::CrashMode::kKeepAll;
  return static_cast<sim::CrashMode>(random().Below(3));
}

Task<void> FaultInjector::Run() {
  while (!stopping_) {
    (void)co_await SleepFor(loop(), random().Between(Duration{}, options_.pause_max));
    co_await Revive();
    if (!stopping_) co_await One();
  }
}

// Daemons that ended by themselves are started again, as a supervisor would.
Task<void> FaultInjector::Revive() {
  for (const std::string& death : cluster_.TakeDeaths()) Note("death", death);
  if (cluster_.namenode() == nullptr && !namenode_restarting_) scope_.Spawn(RestartNamenode(std::chrono::seconds(3)));
  for (size_t i = 0; i < cluster_.datanodes(); ++i) {
    if (cluster_.datanode(i) == nullptr && !datanode_restarting_[i] && !cluster_.retired(i)) scope_.Spawn(RestartDatanode(i, std::chrono::seconds(5)));
  }
  co_return;
}

Task<void> FaultInjector::One() {
  const Duration span = random().Between(std::chrono::seconds(1), std::chrono::seconds(60));
  const uint64_t dice = random().Below(100);
  if (dice < 10) {
    Note("namenode crash", "");
    cluster_.CrashNamenode(static_cast<sim::CrashMode>(random().Below(3)));
    scope_.Spawn(RestartNamenode(span / 4));
  } else if (dice < 30) {
    const size_t index = SomeDatanode();
    Note("datanode crash", std::to_string(index));
    cluster_.CrashDatanode(index, DatanodeCrash());
    scope_.Spawn(RestartDatanode(index, span));
  } else if (dice < 33) {
    Note("everything off", "");
    cluster_.CrashNamenode(static_cast<sim::CrashMode>(random().Below(3)));
    scope_.Spawn(RestartNamenode(span / 8));
    for (size_t i = 0; i < cluster_.datanodes(); ++i) {
      cluster_.CrashDatanode(i, DatanodeCrash());
      scope_.Spawn(RestartDatanode(i, span / 8));
    }
  } else if (dice < 45) {
    const std::string a = SomeMachine(), b = SomeMachine();
    if (a == b) co_return;
    const bool one_way = random().Below(2) == 0;
    Note(one_way ? "one-way cut" : "cut", a + " " + b);
    one_way ? cluster_.world().fabric().CutOneWay(a, b) : cluster_.world().fabric().Cut(a, b);
    scope_.Spawn(HealPair(a, b, span));
  } else if (dice < 55) {
    const std::string a = SomeMachine(), b = SomeMachine();
    Note("connections broken", a + " " + b);
    cluster_.world().fabric().BreakConnections(a, b);
  } else if (dice < 62) {
    const std::string machine = SomeMachine();
    Note("slow wires", machine);
    cluster_.world().fabric().SetSlowness(machine, static_cast<int>(10 + random().Below(300)));
    scope_.Spawn(UndoLater([this, machine] { cluster_.world().fabric().SetSlowness(machine, 1); }, span));
  } else if (dice < 69) {
    sim::SimNode& machine = cluster_.datanode_machine(SomeDatanode());
    Note("limping disk", machine.name());
    machine.pool().set_slowness(static_cast<int>(50 + random().Below(1000)));
    scope_.Spawn(UndoLater([&machine] { machine.pool().set_slowness(1); }, span));
  } else if (dice < 72) {
    BreakDisk(SomeDatanode(), Code::kIOError, span);
  } else if (dice < 75) {
    BreakVolume(SomeDatanode(), span);
  } else if (dice < 78) {
    BreakDisk(SomeDatanode(), Code::kNoSpace, span);
  } else if (dice < 80) {
    if (!somebody_away_) scope_.Spawn(SendAway(SomeDatanode(), random().Below(2) == 0 ? AdminState::kDecommissioned : AdminState::kInMaintenance, span * 3));
  } else if (dice < 82) {
    LoseAnswers(random().Below(cluster_.clients()), span / 4);
  } else if (dice < 87) {
    Rot();
  } else if (dice < 92) {
    const size_t client = random().Below(cluster_.clients());
    Note("client crash", std::to_string(client));
    if (!cluster_.client_crashed(client)) cluster_.CrashClient(client);
  } else if (dice < 97) {
    const int64_t hours = static_cast<int64_t>(random().Below(97)) - 48;
    sim::SimNode& machine = random().Below(2) == 0 ? cluster_.namenode_machine() : cluster_.datanode_machine(SomeDatanode());
    Note("clock jump", machine.name() + " by " + std::to_string(hours) + " h");
    machine.clock().JumpWall(hours * 3600 * 1000);
  } else if (cluster_.namenode() != nullptr) {
    Note("edit log fails", "");
    sim::SimNode& machine = cluster_.namenode_machine();
    machine.disk().set_fault([](const sim::DiskEvent& event) {
      return event.op == sim::DiskOp::kSync ? Status::FromErrno(EIO, "fdatasync", event.path) : Status::Ok();
    });
    scope_.Spawn(UndoLater([&machine] { machine.disk().set_fault(nullptr); }, span / 4));
  }
  co_return;
}

void FaultInjector::BreakDisk(size_t index, Code code, Duration span) {
  sim::SimNode& machine = cluster_.datanode_machine(index);
  const bool full = code == Code::kNoSpace;
  Note(full ? "disk full" : "disk fails", machine.name());
  sim::SimDisk* disk = &machine.disk();
  disk->set_fault([full](const sim::DiskEvent& event) {
    const bool grows = event.op == sim::DiskOp::kWrite || event.op == sim::DiskOp::kCreate || event.op == sim::DiskOp::kMakeDir;
    if (full) return grows ? Status::FromErrno(ENOSPC, "write", event.path) : Status::Ok();
    return Status::FromErrno(EIO, "write", event.path);
  });
  if (full) disk->set_space({uint64_t{1} << 40, 0});
  scope_.Spawn(UndoLater(
      [&machine, disk] {
        if (&machine.disk() != disk) return;  // it crashed meanwhile
        disk->set_fault(nullptr);
        disk->set_space({uint64_t{1} << 40, uint64_t{1} << 39});
      },
      span));
}

void FaultInjector::BreakVolume(size_t index, Duration span) {
  sim::SimNode& machine = cluster_.datanode_machine(index);
  const std::string folder = kVolumes[random().Below(std::size(kVolumes))];
  Note("volume fails", machine.name() + folder);
  const auto fails = [folder](const std::string& path) { return path.starts_with(folder) ? Status::FromErrno(EIO, "access", path) : Status::Ok(); };
  machine.disk().set_fault([fails](const sim::DiskEvent& event) { return fails(event.path); });
  machine.disk().set_read_fault(fails);
  scope_.Spawn(ReplaceVolume(index, folder, span));
}

Task<void> FaultInjector::ReplaceVolume(size_t index, std::string folder, Duration after) {
  sim::SimNode& machine = cluster_.datanode_machine(index);
  sim::SimDisk* disk = &machine.disk();
  (void)co_await SleepFor(loop(), after);
  if (&machine.disk() != disk || datanode_restarting_[index]) co_return;  // it crashed meanwhile
  cluster_.CrashDatanode(index, sim::CrashMode::kKeepAll);
  const Replicas all = AllReplicas();
  bool spare = true;
  for (const ReplicaFile& file : ReplicaFiles(machine.disk())) {
    if (!file.path.starts_with(folder) || file.name.find('.') != std::string::npos) continue;
    auto content = machine.disk().ReadFile(file.path);
    spare = spare && content.ok() && EqualElsewhere(all, index, file.name, *content) >= 2;
  }
  if (spare) {
    Note("volume replaced", machine.name() + folder);
    (void)machine.disk().RemoveTree(folder);
    (void)machine.disk().SyncDir("/");
  }
  co_await RestartDatanode(index, std::chrono::seconds(2));
}

Task<void> FaultInjector::SendAway(size_t index, AdminState duty, Duration span) {
  somebody_away_ = true;
  Note(duty == AdminState::kDecommissioned ? "decommission" : "maintenance", cluster_.datanode_machine(index).name());
  (void)co_await cluster_.SetDuty(index, duty);
  for (Duration waited{}; waited < span; waited += std::chrono::seconds(5)) {
    (void)co_await SleepFor(loop(), std::chrono::seconds(5));
    const bool gone = cluster_.DutyOf(index) == duty;
    if (!gone || datanode_restarting_[index]) continue;
    cluster_.CrashDatanode(index, sim::CrashMode::kKeepAll);  // as it may be now
    co_await RestartDatanode(index, span / 3);
    break;
  }
  while (!(co_await cluster_.SetDuty(index, AdminState::kNormal)).ok()) (void)co_await SleepFor(loop(), std::chrono::seconds(5));
  somebody_away_ = false;
}

// Calls are done and their answers lost: clients ask again.
void FaultInjector::LoseAnswers(size_t client, Duration span) {
  const std::string machine = cluster_.client_machine(client).name(), namenode = cluster_.namenode_machine().name();
  Note("answers lost", machine);
  cluster_.world().fabric().CutOneWay(namenode, machine);
  scope_.Spawn(UndoLater(
      [this, machine, namenode] {
        cluster_.world().fabric().BreakConnections(machine, namenode);
        cluster_.world().fabric().Heal(machine, namenode);
      },
      span));
}

FaultInjector::Replicas FaultInjector::AllReplicas() {
  Replicas all(cluster_.datanodes());
  for (size_t i = 0; i < cluster_.datanodes(); ++i) {
    if (cluster_.datanode(i) != nullptr) all[i] = FinalizedReplicas(cluster_.datanode_machine(i).disk());
  }
  return all;
}

int FaultInjector::EqualElsewhere(const Replicas& all, size_t index, const std::string& name, const std::string& content) {
  int equal = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    const auto other = all[i].find(name);
    if (i == index || other == all[i].end()) continue;
    auto bytes = cluster_.datanode_machine(i).disk().ReadFile(other->second);
    equal += bytes.ok() && *bytes == content ? 1 : 0;
  }
  return equal;
}

// Only where two other datanodes have the same replica whole: what must not be lost is what has a good copy.
void FaultInjector::Rot() {
  const size_t index = SomeDatanode();
  sim::SimDisk& disk = cluster_.datanode_machine(index).disk();
  const std::map<std::string, std::string> replicas = FinalizedReplicas(disk);
  if (replicas.empty()) return;
  auto chosen = replicas.begin();
  std::advance(chosen, static_cast<ptrdiff_t>(random().Below(replicas.size())));
  auto content = disk.ReadFile(chosen->second);
  if (!content.ok() || content->empty()) return;
  if (EqualElsewhere(AllReplicas(), index, chosen->first, *content) < 2 || !rotten_.insert(chosen->first).second) return;
  Note("rot", cluster_.datanode_machine(index).name() + " " + chosen->first);
  disk.Rot(chosen->second, random().Below(content->size()), static_cast<int>(random().Below(8)));
}

Task<void> FaultInjector::RestartNamenode(Duration after) {
  if (namenode_restarting_) co_return;
  namenode_restarting_ = true;
  (void)co_await SleepFor(loop(), after);
  while (cluster_.namenode() == nullptr) {
    Status started = co_await cluster_.StartNamenode();
    if (started.ok()) break;
    Note("namenode start failed", started.ToString());
    (void)co_await SleepFor(loop(), std::chrono::seconds(5));
  }
  namenode_restarting_ = false;
}

Task<void> FaultInjector::RestartDatanode(size_t index, Duration after) {
  if (datanode_restarting_[index]) co_return;
  datanode_restarting_[index] = true;
  (void)co_await SleepFor(loop(), after);
  while (cluster_.datanode(index) == nullptr) {
    Status started = co_await cluster_.StartDatanode(index);
    if (started.ok()) break;
    Note("datanode start failed", std::to_string(index) + ": " + started.ToString());
    (void)co_await SleepFor(loop(), std::chrono::seconds(5));
  }
  datanode_restarting_[index] = false;
}

Task<void> FaultInjector::HealPair(std::string a, std::string b, Duration after) {
  (void)co_await SleepFor(loop(), after);
  cluster_.world().fabric().Heal(a, b);
}

Task<void> FaultInjector::UndoLater(std::function<void()> undo, Duration after) {
  (void)co_await SleepFor(loop(), after);
  undo();
}

Task<Status> FaultInjector::RepairAll() {
  co_await scope_.Join();  // what was broken for a while is mended
  cluster_.world().fabric().HealAll();
  co_await Revive();
  co_await scope_.Join();
  if (cluster_.namenode() == nullptr) co_return Status(Code::kIOError, "the namenode does not start");
  co_return Status::Ok();
}

}  // namespace tusk::dfs::simulation
