// The life of each container, from Start to done.
#include "yarn_like/nodemanager/container/container_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/security/token.h"
#include "yarn_like/nodemanager/container/launch_script.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

using Step = ContainerMachine::Step;
constexpr size_t kTailBytes = 4096;

// A group name that stays the same across restarts and differs between node managers of one machine.
std::string GroupName(const NodeManagerConfig& config) {
  uint64_t hash = 1469598103934665603ULL;
  for (const auto& folder : config.local_dirs) {
    for (char c : folder + "\n") hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return fmt::format("tusk-nm-{:016x}", hash);
}

std::string TailOf(Disk& disk, const std::string& path) {
  auto file = disk.Open(path, OpenMode::kRead);
  if (!file.ok()) return "";
  Result<uint64_t> size = (*file)->Size();
  if (!size.ok()) return "";
  std::vector<uint8_t> bytes(std::min<uint64_t>(*size, kTailBytes));
  Result<size_t> count = (*file)->ReadAt(*size - bytes.size(), bytes);
  return count.ok() ? std::string(AsText(ByteView(bytes).first(*count))) : "";
}

// Pid files name the leader of a container's session and when it started: "4711 123456\n".
std::string PidText(Disk& disk, int64_t pid) {
  Result<ProcessSample> sample = ReadProcess(disk, pid);
  return fmt::format("{} {}\n", pid, sample.ok() ? sample->start_ticks : 0);
}

}  // namespace

ContainerHost::ContainerHost(Env env, ProcessLauncher& launcher, const NodeManagerConfig& config, Localizer& localizer,
                             NodeDirs dirs)
    : env_(env), launcher_(launcher), config_(config), localizer_(localizer), dirs_(std::move(dirs)), scope_(env.loop) {}

Task<Status> ContainerHost::Prepare() {
  if (config_.use_cgroups) {
    std::string why_not;
    cgroups_ = Cgroups::Detect(env_.disk, GroupName(config_), &why_not);
    if (cgroups_) {
      limits_description_ = cgroups_->description();
    } else {
      LogInfo("containers", "no control groups ({}): limits are measured", why_not);
    }
  }
  LogInfo("containers", "limits by {}", limits_description_);
  co_await EndLeftovers();
  CO_RETURN_IF_ERROR(co_await env_.disk_pool.Run([this] { return dirs_.Prepare(env_.disk); }));
  scope_.Spawn(WatchMemory());
  co_return Status::Ok();
}

Task<void> ContainerHost::Shutdown() {
  for (auto& [id, container] : containers_) Stop(id, kExitKilledByResourceManager, "Container Killed by ResourceManager");
  for (auto& [id, container] : containers_) {
    Status waited = co_await container->done.Wait(env_.clock.Now() + config_.kill_wait * 2);
    if (!waited.ok()) LogWarn("containers", "{} did not end: {}", container->name, waited.ToString());
  }
  scope_.Cancel();
  co_await scope_.Join();
  containers_.clear();
  if (cgroups_) cgroups_->RemoveFolder();
}

Status ContainerHost::Start(ContainerTokenIdentifier grant, LaunchContext context) {
  ContainerId id = grant.container;
  if (containers_.contains(id)) return Status(Code::kAlreadyExists, "Container " + id.ToString() + " already is running on this node!!");
  auto container = std::make_unique<Container>(env_.loop, std::move(grant), std::move(context));
  Container* raw = container.get();
  containers_.emplace(id, std::move(container));
  scope_.Spawn(Run(raw));
  return Status::Ok();
}

Container* ContainerHost::Find(const ContainerId& id) {
  auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : found->second.get();
}

void ContainerHost::Forget(const ContainerId& id) {
  auto found = containers_.find(id);
  if (found != containers_.end() && found->second->machine.done() && found->second->done.is_set()) containers_.erase(found);
}

void ContainerHost::Stop(const ContainerId& id, int exit_status, std::string_view reason) {
  Container* container = Find(id);
  if (container == nullptr) return;
  Act(*container, container->machine.Kill(exit_status, reason, env_.clock.WallMillis()));
}

void ContainerHost::Act(Container& container, Step step) {
  if (step == Step::kAbandonLocalizing) container.abandon.request_stop();
  if (step == Step::kKillProcess) scope_.Spawn(KillProcess(container.grant.container));
  // kCleanUp from NEW: Run sees the state and goes on to the end.
}

void ContainerHost::Signal(const ContainerId& id, int number) {
  Container* container = Find(id);
  if (container == nullptr || !container->process || !container->process->running()) return;
  Status sent = container->process->SignalGroup(number);
  if (!sent.ok()) LogWarn("containers", "{}: {}", container->name, sent.ToString());
}

Task<void> ContainerHost::Run(Container* container) {
  container->start_wall_ms = env_.clock.WallMillis();
  co_await Yield(env_.loop);  // Start's caller answers first
  Step step = container->machine.Start();
  if (step == Step::kLocalize) step = co_await RunLocalization(container);
  if (step == Step::kLaunch) step = co_await RunProcess(container);
  co_await CleanUp(container);
  container->finish_wall_ms = env_.clock.WallMillis();
  container->machine.CleanedUp();
  LogInfo("containers", "{} is done, exit status {}", container->name, container->machine.exit_status());
  container->done.Set();
  if (on_done_) on_done_(*container);
}

Task<Step> ContainerHost::RunLocalization(Container* container) {
  const std::string& user = container->grant.submitter;
  Status made = co_await env_.disk_pool.Run(
      [this, user, container] { return dirs_.MakeApp(env_.disk, user, container->application); });
  if (!made.ok()) co_return container->machine.LocalizationFailed(made.ToString(), env_.clock.WallMillis());
  auto outcome = co_await localizer_.Localize(container->name, container->context.resources, container->abandon.get_token());
  if (!outcome.ok()) {
    std::string reason(outcome.status().message());
    co_return container->machine.LocalizationFailed(reason, env_.clock.WallMillis());
  }
  localized_[container->grant.container] = std::move(*outcome);
  co_return container->machine.Localized();
}

Task<Step> ContainerHost::RunProcess(Container* container) {
  Status ready = co_await WriteFiles(container);
  if (ready.ok()) ready = Spawn(*container);
  if (!ready.ok()) co_return container->machine.LaunchFailed(ready.ToString(), env_.clock.WallMillis());
  std::string pid_file = container->private_dir + "/" + container->name + ".pid";
  int64_t pid = container->process->pid();
  Status noted = co_await env_.disk_pool.Run([this, pid_file, pid]() -> Status {
    std::string text = PidText(env_.disk, pid);
    ASSIGN_OR_RETURN(auto file, env_.disk.Open(pid_file, OpenMode::kCreateTruncate));
    return file->WriteAt(0, AsBytes(text));
  });
  if (!noted.ok()) LogWarn("containers", "{}: {}", container->name, noted.ToString());
  Act(*container, container->machine.Launched());
  Result<int> code = co_await container->process->Wait(kNever, {});
  co_await EndGroup(container);
  int exit_code = code.ok() ? *code : kExitLost;
  bool out_of_memory = cgroups_ && exit_code == kExitForceKilled && cgroups_->OomKills(container->name) > 0;
  if (out_of_memory && !container->machine.killing()) {
    TreeUsage usage{static_cast<uint64_t>(cgroups_->PeakMemoryBytes(container->name)), container->virtual_bytes, 0};
    auto limit = static_cast<uint64_t>(container->grant.resource.memory_mb()) << 20;
    MemoryLimits limits{limit, static_cast<uint64_t>(static_cast<double>(limit) * config_.vmem_ratio)};
    container->machine.Kill(kExitKilledExceededPmem, OverLimitText(pid, container->name, usage, limits, true, {}),
                            env_.clock.WallMillis());
  }
  std::string tails = co_await env_.disk_pool.Run([this, container] { return ErrorTails(*container); });
  co_return container->machine.Ended(exit_code, tails, env_.clock.WallMillis());
}

std::string ContainerHost::ErrorTails(const Container& container) {
  std::string tails = "Last 4096 bytes of prelaunch.err :\n" + TailOf(env_.disk, container.log_dir + "/prelaunch.err");
  if (env_.disk.Exists(container.log_dir + "/stderr")) {
    tails += "Last 4096 bytes of stderr :\n" + TailOf(env_.disk, container.log_dir + "/stderr") + "\n";
  }
  return tails;
}

Task<Status> ContainerHost::WriteFiles(Container* container) {
  Localizer::Outcome localized = std::move(localized_[container->grant.container]);
  localized_.erase(container->grant.container);
  const std::string& user = container->grant.submitter;
  // Bytes that do not parse fail the launch, as in Hadoop.
  Credentials credentials;
  if (!container->context.tokens.empty()) {
    CO_ASSIGN_OR_RETURN(credentials, Credentials::Parse(container->context.tokens));
  }
  LaunchPlan plan;
  plan.container_id = container->name;
  plan.user = user;
  plan.local_dirs = dirs_.AppDirs(user, container->application);
  plan.local_user_dirs = dirs_.UserDirs(user);
  plan.node_host = facts_.host;
  plan.node_port = facts_.port;
  plan.node_http_port = facts_.http_port;
  plan.home_dir = config_.home_dir;
  plan.localization_counters = localized.counters;
  plan.inherited = facts_.inherited_environment;
  plan.aux_metadata = aux_metadata_;
  plan.environment = container->context.environment;
  for (const auto& [name, value] : facts_.admin_environment) {
    bool taken = std::any_of(plan.environment.begin(), plan.environment.end(), [&](const auto& e) { return e.first == name; });
    if (!taken) plan.admin_environment.emplace_back(name, value);
  }
  plan.links = std::move(localized.links);
  plan.commands = container->context.commands;
  plan.add_opens = facts_.add_opens;
  plan.copy_debug_information = config_.copy_debug_information;
  co_return co_await env_.disk_pool.Run([this, container, user, plan, tokens = credentials.Serialize()]() mutable -> Status {
    Disk& disk = env_.disk;
    std::string local = NodeDirs::Roomiest(disk, dirs_.local_dirs());
    std::string log = NodeDirs::Roomiest(disk, dirs_.log_dirs());
    container->work_dir = NodeDirs::AppDir(local, user, container->application) + "/" + container->name;
    container->private_dir = NodeDirs::PrivateDir(local, container->application) + "/" + container->name;
    container->log_dir = log + "/" + container->application + "/" + container->name;
    RETURN_IF_ERROR(MakeFolder(disk, container->work_dir, 0710));
    RETURN_IF_ERROR(MakeFolder(disk, container->work_dir + "/tmp", 0710));
    RETURN_IF_ERROR(MakeFolder(disk, container->private_dir, 0700));
    for (const auto& folder : dirs_.AppLogDirs(container->application)) {
      plan.log_dirs.push_back(folder + "/" + container->name);
      RETURN_IF_ERROR(MakeFolder(disk, plan.log_dirs.back(), 0710));
    }
    plan.work_dir = container->work_dir;
    plan.log_dir = container->log_dir;
    plan.token_file = container->work_dir + "/container_tokens";
    auto write = [&disk](const std::string& path, std::string_view text, uint32_t mode) -> Status {
      ASSIGN_OR_RETURN(auto file, disk.Open(path, OpenMode::kCreateTruncate));
      RETURN_IF_ERROR(disk.SetMode(path, mode));  // before anything secret is in it
      return file->WriteAt(0, AsBytes(text));
    };
    RETURN_IF_ERROR(write(plan.token_file, tokens, 0600));
    return write(container->work_dir + "/launch_container.sh", BuildLaunchScript(plan), 0700);
  });
}

Status ContainerHost::Spawn(Container& container) {
  SpawnRequest request;
  request.argv = {"/bin/bash", container.work_dir + "/launch_container.sh"};
  request.directory = container.work_dir;
  if (cgroups_) {
    CgroupLimits limits;
    if (config_.pmem_check) limits.memory_bytes = container.grant.resource.memory_mb() << 20;
    limits.vcores = container.grant.resource.vcores();
    limits.pids_max = config_.container_pids_max;
    ASSIGN_OR_RETURN(request.cgroup_procs, cgroups_->Make(container.name, limits));
  }
  ASSIGN_OR_RETURN(container.process, launcher_.Spawn(request));
  LogInfo("containers", "{} runs as process {}", container.name, container.process->pid());
  return Status::Ok();
}

Task<void> ContainerHost::KillProcess(ContainerId id) {
  if (!cgroups_) {
    std::vector<ProcessSample> all = co_await env_.disk_pool.Run([this] { return ReadProcesses(env_.disk); });
    Container* running = Find(id);  // it may have ended, and been forgotten, meanwhile
    if (running == nullptr || !running->process) co_return;
    NoteFamily(*running, TreeOf(all, running->process->pid()));
  }
  Signal(id, SIGTERM);
  Container* container = Find(id);
  if (container == nullptr || !container->process) co_return;
  Result<int> ended = co_await container->process->Wait(env_.clock.Now() + config_.sigkill_delay, {});
  if (!ended.ok()) Signal(id, SIGKILL);  // else Run does the rest
}

// The leader has ended: nobody of its group or control group outlives it.
Task<void> ContainerHost::EndGroup(Container* container) {
  Status killed = container->process->SignalGroup(SIGKILL);
  if (killed.ok() && cgroups_) killed = cgroups_->Kill(container->name);
  if (!killed.ok()) LogWarn("containers", "{}: {}", container->name, killed.ToString());
  if (!cgroups_) {  // those that left the group but not the family
    std::vector<ProcessSample> all = co_await env_.disk_pool.Run([this] { return ReadProcesses(env_.disk); });
    std::vector<ProcessSample> tree = TreeOf(all, container->process->pid());
    for (const auto& [pid, start] : container->family) {
      for (const auto& sample : all) {
        if (sample.pid == pid && sample.start_ticks == start) tree.push_back(sample);
      }
    }
    for (const auto& sample : tree) ::kill(static_cast<pid_t>(sample.pid), SIGKILL);
  }
}

void ContainerHost::NoteFamily(Container& container, const std::vector<ProcessSample>& tree) {
  container.family.clear();
  for (const auto& sample : tree) container.family.emplace_back(sample.pid, sample.start_ticks);
}

Task<void> ContainerHost::CleanUp(Container* container) {
  localizer_.Release(container->name);
  localized_.erase(container->grant.container);
  if (cgroups_ && container->process) {
    TimePoint give_up = env_.clock.Now() + config_.kill_wait;
    while (!cgroups_->Empty(container->name) && env_.clock.Now() < give_up) {
      Status slept = co_await SleepFor(env_.loop, 2ms);
      if (!slept.ok()) break;
    }
    Status removed = cgroups_->Remove(container->name);
    if (!removed.ok()) LogWarn("containers", "{}: {}", container->name, removed.ToString());
  }
  if (container->work_dir.empty()) co_return;
  bool keep = config_.debug_delay > 0s;
  Status removed = co_await env_.disk_pool.Run([this, container, keep] {
    Disk& disk = env_.disk;
    RETURN_IF_ERROR(disk.RemoveTree(container->private_dir));
    if (!keep) return disk.RemoveTree(container->work_dir);
    RETURN_IF_ERROR(disk.RemoveTree(container->work_dir + "/launch_container.sh"));
    return disk.RemoveTree(container->work_dir + "/container_tokens");
  });
  if (!removed.ok()) LogWarn("containers", "{}: {}", container->name, removed.ToString());
}

Task<void> ContainerHost::StopApplication(ApplicationId application, int exit_status, std::string reason) {
  std::vector<ContainerId> ids;
  for (const auto& [id, container] : containers_) {
    if (id.attempt.application == application) ids.push_back(id);
  }
  for (const auto& id : ids) Stop(id, exit_status, reason);
  for (const auto& id : ids) {
    Container* container = Find(id);
    if (container == nullptr) continue;
    Status waited = co_await container->done.Wait(env_.clock.Now() + config_.kill_wait * 2);
    if (!waited.ok()) LogWarn("containers", "{} did not end: {}", id.ToString(), waited.ToString());
  }
}

Task<void> ContainerHost::RemoveApplication(std::string user, ApplicationId application) {
  std::string app = application.ToString();
  localizer_.DropApplication(app);
  Status removed = co_await env_.disk_pool.Run([this, user, app] { return dirs_.RemoveApp(env_.disk, user, app); });
  if (!removed.ok()) LogWarn("containers", "{}: {}", app, removed.ToString());
}

}  // namespace tusk::yarn
