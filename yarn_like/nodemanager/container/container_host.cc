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
constexpr Duration kRetryPauseMin = std::chrono::seconds(1);  // yarn.nodemanager.container-retry-minimum-interval-ms

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

// A zombie, which holds no memory, waits only for its parent.
bool AnyLives(Disk& disk, const std::vector<ProcessSample>& processes) {
  return std::any_of(processes.begin(), processes.end(), [&](const ProcessSample& before) {
    Result<ProcessSample> now = ReadProcess(disk, before.pid);
    return now.ok() && now->start_ticks == before.start_ticks && now->resident_pages > 0;
  });
}

}  // namespace

ContainerHost::ContainerHost(Env env, ProcessLauncher& launcher, const NodeManagerConfig& config, Localizer& localizer,
                             NodeDirs dirs, StateWriter& state)
    : env_(env), launcher_(launcher), config_(config), localizer_(localizer), dirs_(std::move(dirs)), state_(state),
      deletions_(env, state), scope_(env.loop) {}

Task<Status> ContainerHost::Prepare(const NodeRecords* recovered) {
  if (config_.use_cgroups) {
    std::string why_not;
    cgroups_ = Cgroups::Detect(env_.disk, GroupName(config_), !config_.gpus.empty(), &why_not);
    if (cgroups_) {
      limits_description_ = cgroups_->description();
      cgroups_->SetNodeWeight(config_.vcores);
    } else {
      LogInfo("containers", "no control groups ({}): limits are measured", why_not);
    }
  }
  gpus_ = GpuDevices(config_.gpus);
  if (gpus_.any() && (!cgroups_ || !cgroups_->limits_devices())) {
    LogWarn("containers", "no devices control group: containers see other containers' GPUs if they ignore CUDA_VISIBLE_DEVICES");
  }
  LogInfo("containers", "limits by {}", limits_description_);
  co_await EndLeftovers(recovered);
  bool keep = recovered != nullptr;
  CO_RETURN_IF_ERROR(co_await env_.disk_pool.Run([this, keep] { return dirs_.Prepare(env_.disk, keep); }));
  if (recovered != nullptr) deletions_.Recover(recovered->deletions);
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
  co_await deletions_.Shutdown();
  containers_.clear();
  if (cgroups_) cgroups_->RemoveFolder();
}

Status ContainerHost::Start(ContainerTokenIdentifier grant, LaunchContext context, std::string request) {
  ContainerId id = grant.container;
  if (containers_.contains(id)) return Status(Code::kAlreadyExists, "Container " + id.ToString() + " already is running on this node!!");
  Container* container = Add(std::move(grant), std::move(context));
  state_.Put(ContainerKey(container->name, "request"), std::move(request));
  scope_.Spawn(Run(container));
  return Status::Ok();
}

Container* ContainerHost::Add(ContainerTokenIdentifier grant, LaunchContext context) {
  ContainerId id = grant.container;
  auto container = std::make_unique<Container>(env_.loop, std::move(grant), std::move(context));
  return containers_.emplace(id, std::move(container)).first->second.get();
}

Container* ContainerHost::Find(const ContainerId& id) {
  auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : found->second.get();
}

void ContainerHost::Forget(const ContainerId& id) {
  auto found = containers_.find(id);
  if (found == containers_.end() || !found->second->machine.done() || !found->second->done.is_set()) return;
  for (std::string_view kind : kContainerRecordKinds) state_.Erase(ContainerKey(found->second->name, kind));
  containers_.erase(found);
}

void ContainerHost::Stop(const ContainerId& id, int exit_status, std::string_view reason) {
  Container* container = Find(id);
  if (container == nullptr) return;
  bool before = container->machine.killing();
  int64_t wall_ms = env_.clock.WallMillis();
  Step step = container->machine.Kill(exit_status, reason, wall_ms);
  if (container->machine.killing() && !before) {
    state_.Put(ContainerKey(container->name, "kill"), EndRecord{exit_status, std::string(reason), wall_ms}.Encode());
    container->abandon.request_stop();
  }
  Act(*container, step);
}

void ContainerHost::Act(Container& container, Step step) {
  if (step == Step::kKillProcess) scope_.Spawn(KillProcess(container.grant.container));
  // kAbandonLocalizing, and kCleanUp from NEW: Run sees the state and goes on to the end.
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
  co_await RunLaunches(container, step);
  co_await Finish(container);
}

// One launch after the other, until none is asked for.
Task<void> ContainerHost::RunLaunches(Container* container, Step step) {
  while (!leaving_) {
    if (step == Step::kRollBack && container->previous) {
      container->launch = std::move(*container->previous);
      container->previous.reset();
    }
    if (step == Step::kRelaunch) {
      Duration pause = std::max<Duration>(Millis(container->machine.retry_pause_ms()), kRetryPauseMin);
      Status slept = co_await SleepFor(env_.loop, pause, container->abandon.get_token());
      if (!slept.ok() && container->machine.killing()) co_return;
    }
    if (step != Step::kLaunch && step != Step::kRelaunch && step != Step::kRollBack) co_return;
    step = co_await RunProcess(container);
  }
}

Task<void> ContainerHost::Finish(Container* container) {
  if (leaving_) co_return;
  co_await CleanUp(container);
  container->finish_wall_ms = env_.clock.WallMillis();
  container->machine.CleanedUp();
  int status = container->machine.exit_status();
  state_.Put(ContainerKey(container->name, "done"),
             EndRecord{status, container->machine.diagnostics(), container->finish_wall_ms}.Encode());
  LogInfo("containers", "{} is done, exit status {}", container->name, status);
  container->done.Set();
  if (on_done_) on_done_(*container);
}

Task<Step> ContainerHost::RunLocalization(Container* container) {
  const std::string& user = container->grant.submitter;
  Status made = co_await env_.disk_pool.Run(
      [this, user, container] { return dirs_.MakeApp(env_.disk, user, container->application); });
  if (!made.ok()) co_return container->machine.LocalizationFailed(made.ToString(), env_.clock.WallMillis());
  auto outcome = co_await localizer_.Localize(container->name, container->launch.context.resources, container->abandon.get_token());
  if (!outcome.ok()) {
    std::string reason(outcome.status().message());
    co_return container->machine.LocalizationFailed(reason, env_.clock.WallMillis());
  }
  container->launch.files = std::move(*outcome);
  co_return container->machine.Localized();
}

Status ContainerHost::AssignGpus(const Container& container) {
  if (config_.gpu_position < 0) return Status::Ok();
  int64_t wanted = container.grant.resource.amounts[static_cast<size_t>(config_.gpu_position)];
  ASSIGN_OR_RETURN(auto devices, gpus_.Assign(container.name, wanted));
  if (!devices.empty()) state_.Put(ContainerKey(container.name, "gpu"), ToText(devices));
  return Status::Ok();
}

Task<Step> ContainerHost::RunProcess(Container* container) {
  if (!disk_health_.healthy) {
    co_return container->machine.LaunchFailed("java.io.IOException: Most of the disks failed. " + disk_health_.text,
                                              env_.clock.WallMillis(), kExitDisksFailed);
  }
  Status ready = AssignGpus(*container);
  if (ready.ok()) ready = co_await WriteFiles(container);
  if (ready.ok()) {
    LaunchRecord record{container->work_dir, container->private_dir, container->log_dir, container->start_wall_ms};
    state_.Put(ContainerKey(container->name, "launch"), record.Encode());
    // Nothing runs that the next node manager would not know of.
    Status noted = co_await state_.Sync();
    if (!noted.ok()) LogWarn("containers", "{}: {}", container->name, noted.ToString());
    ready = co_await Spawn(container);
  }
  if (!ready.ok()) co_return container->machine.LaunchFailed(ready.ToString(), env_.clock.WallMillis());
  Act(*container, container->machine.Launched());
  co_return co_await AwaitEnd(container);
}

Task<Step> ContainerHost::AwaitEnd(Container* container) {
  std::shared_ptr<ContainerProcess> process = container->process;
  Result<int> code = co_await process->Wait(kNever, scope_.token());
  if (leaving_) co_return Step::kNone;
  co_await EndGroup(container);
  int exit_code = code.ok() ? *code : kExitLost;
  bool out_of_memory = cgroups_ && exit_code == kExitForceKilled && cgroups_->OomKills(container->name) > 0;
  if (out_of_memory && !container->machine.killing()) {
    TreeUsage usage{static_cast<uint64_t>(cgroups_->PeakMemoryBytes(container->name)), container->virtual_bytes, 0};
    auto limit = static_cast<uint64_t>(container->grant.resource.memory_mb()) << 20;
    MemoryLimits limits{limit, static_cast<uint64_t>(static_cast<double>(limit) * config_.vmem_ratio)};
    container->machine.Kill(kExitKilledExceededPmem,
                            OverLimitText(container->process->pid(), container->name, usage, limits, true, {}),
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

LaunchPlan ContainerHost::PlanOf(const Container& container) const {
  const LaunchContext& context = container.launch.context;
  const std::string& user = container.grant.submitter;
  LaunchPlan plan;
  plan.container_id = container.name;
  plan.user = user;
  plan.local_dirs = dirs_.AppDirs(user, container.application);
  plan.local_user_dirs = dirs_.UserDirs(user);
  plan.node_host = facts_.host;
  plan.node_port = facts_.port;
  plan.node_http_port = facts_.http_port;
  plan.home_dir = config_.home_dir;
  plan.localization_counters = container.launch.files.counters;
  plan.inherited = facts_.inherited_environment;
  plan.aux_metadata = aux_metadata_;
  plan.environment = context.environment;
  for (const auto& [name, value] : facts_.admin_environment) {
    bool taken = std::any_of(plan.environment.begin(), plan.environment.end(), [&](const auto& e) { return e.first == name; });
    if (!taken) plan.admin_environment.emplace_back(name, value);
  }
  plan.links = container.launch.files.links;
  plan.commands = context.commands;
  if (gpus_.any()) {  // also for those that have none: they see none
    std::string indexes = IndexesOf(gpus_.Of(container.name));
    plan.device_environment = {{"CUDA_DEVICE_ORDER", "PCI_BUS_ID"}, {"CUDA_VISIBLE_DEVICES", indexes},
                               {"NVIDIA_VISIBLE_DEVICES", indexes.empty() ? "void" : indexes}};
  }
  plan.add_opens = facts_.add_opens;
  plan.copy_debug_information = config_.copy_debug_information;
  return plan;
}

// Blocks. Another launch of the same container keeps its folders.
Status ContainerHost::MakeContainerFolders(Container& container, LaunchPlan& plan) {
  Disk& disk = env_.disk;
  if (container.work_dir.empty()) {
    std::string local = NodeDirs::Roomiest(disk, dirs_.local_dirs());
    std::string log = NodeDirs::Roomiest(disk, dirs_.log_dirs());
    container.work_dir = NodeDirs::AppDir(local, container.grant.submitter, container.application) + "/" + container.name;
    container.private_dir = NodeDirs::PrivateDir(local, container.application) + "/" + container.name;
    container.log_dir = log + "/" + container.application + "/" + container.name;
  }
  RETURN_IF_ERROR(MakeFolder(disk, container.work_dir, 0710));
  RETURN_IF_ERROR(MakeFolder(disk, container.work_dir + "/tmp", 0710));
  RETURN_IF_ERROR(MakeFolder(disk, container.private_dir, 0700));
  for (const auto& folder : dirs_.AppLogDirs(container.application)) {
    plan.log_dirs.push_back(folder + "/" + container.name);
    RETURN_IF_ERROR(MakeFolder(disk, plan.log_dirs.back(), 0710));
  }
  // A link over a link to a folder would land in that folder.
  for (const auto& [target, link] : plan.links) (void)disk.RemoveFile(container.work_dir + "/" + link);
  return Status::Ok();
}

Task<Status> ContainerHost::WriteFiles(Container* container) {
  // Bytes that do not parse fail the launch, as in Hadoop.
  Credentials credentials;
  if (!container->launch.context.tokens.empty()) {
    CO_ASSIGN_OR_RETURN(credentials, Credentials::Parse(container->launch.context.tokens));
  }
  co_return co_await env_.disk_pool.Run([this, container, plan = PlanOf(*container), tokens = credentials.Serialize()]() mutable -> Status {
    RETURN_IF_ERROR(MakeContainerFolders(*container, plan));
    plan.work_dir = container->work_dir;
    plan.log_dir = container->log_dir;
    plan.token_file = container->work_dir + "/container_tokens";
    auto write = [this](const std::string& path, std::string_view text, uint32_t mode) -> Status {
      ASSIGN_OR_RETURN(auto file, env_.disk.Open(path, OpenMode::kCreateTruncate));
      RETURN_IF_ERROR(env_.disk.SetMode(path, mode));  // before anything secret is in it
      return file->WriteAt(0, AsBytes(text));
    };
    RETURN_IF_ERROR(write(plan.token_file, tokens, 0600));
    return write(container->work_dir + "/launch_container.sh", BuildLaunchScript(plan), 0700);
  });
}

Task<Status> ContainerHost::Spawn(Container* container) {
  std::vector<std::string> procs;
  if (cgroups_) {
    CO_ASSIGN_OR_RETURN(procs, cgroups_->Make(container->name, LimitsOf(*container)));
  }
  ProcessFiles files = ProcessFilesOf(container->name, container->private_dir, container->work_dir);
  CO_ASSIGN_OR_RETURN(container->process, co_await ContainerProcess::Launch(env_, &launcher_, files, procs));
  launch_times_.Record(std::chrono::milliseconds(std::max<int64_t>(0, env_.clock.WallMillis() - container->start_wall_ms)));
  LogInfo("containers", "{} runs as process {}", container->name, container->process->pid());
  co_return Status::Ok();
}

CgroupLimits ContainerHost::LimitsOf(const Container& container) const {
  CgroupLimits limits;
  if (config_.pmem_check) limits.memory_bytes = container.grant.resource.memory_mb() << 20;
  limits.vcores = container.grant.resource.vcores();
  limits.pids_max = config_.container_pids_max;
  for (const auto& device : gpus_.DeniedTo(container.name)) limits.denied_gpu_minors.push_back(device.minor);
  return limits;
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
  std::shared_ptr<ContainerProcess> process = container->process;
  Result<int> ended = co_await process->Wait(env_.clock.Now() + config_.sigkill_delay, scope_.token());
  if (ended.ok() || leaving_) co_return;  // Run does the rest
  Status killed = process->SignalGroup(SIGKILL);
  if (!killed.ok()) LogWarn("containers", "{}: {}", id.ToString(), killed.ToString());
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
    // A busy machine takes a while over it, and who asks after the container's end finds them still.
    TimePoint give_up = env_.clock.Now() + config_.kill_wait;
    while (env_.clock.Now() < give_up && co_await env_.disk_pool.Run([this, &tree] { return AnyLives(env_.disk, tree); })) {
      Status slept = co_await SleepFor(env_.loop, 2ms);
      if (!slept.ok()) break;
    }
  }
}

void ContainerHost::NoteFamily(Container& container, const std::vector<ProcessSample>& tree) {
  container.family.clear();
  for (const auto& sample : tree) container.family.emplace_back(sample.pid, sample.start_ticks);
}

Task<void> ContainerHost::CleanUp(Container* container) {
  localizer_.Release(container->name);
  gpus_.Release(container->name);
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
  Status removed = co_await env_.disk_pool.Run([this, container] {  // secrets do not wait
    RETURN_IF_ERROR(env_.disk.RemoveTree(container->private_dir));
    RETURN_IF_ERROR(env_.disk.RemoveTree(container->work_dir + "/launch_container.sh"));
    return env_.disk.RemoveTree(container->work_dir + "/container_tokens");
  });
  if (!removed.ok()) LogWarn("containers", "{}: {}", container->name, removed.ToString());
  co_await deletions_.Remove({container->work_dir}, config_.debug_delay);
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
  co_await deletions_.Remove(dirs_.AllOfApp(user, app), config_.debug_delay);
}

}  // namespace tusk::yarn
