// The supervisor's loop per daemon.
#include "tools/tusk/cluster/supervisor.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "base/log/log.h"

namespace tusk::tools {
namespace {

using Json = nlohmann::json;

constexpr Duration kReadyPoll = 3ms;
constexpr Duration kReadyMax = 60s;
constexpr Duration kStopMax = 10s;
constexpr Duration kLongLife = 60s;
constexpr Duration kBackoffFirst = 1s;
constexpr Duration kBackoffMax = 30s;

}  // namespace

Duration RestartBackoff::AfterExit(Duration ran) {
  if (ran >= kLongLife) next_ = kBackoffFirst;
  Duration delay = next_;
  next_ = std::min(next_ * 2, kBackoffMax);
  return delay;
}

struct Supervisor::Child {
  Child(EventLoop& loop, DaemonSpec daemon) : spec(std::move(daemon)), ready(loop) { status.name = spec.name; }
  DaemonSpec spec;
  DaemonStatus status;
  AsyncEvent ready;
  RestartBackoff backoff;
  std::unique_ptr<Process> process;
};

std::vector<DaemonSpec> DaemonsOf(const ClusterLayout& layout) {
  std::vector<DaemonSpec> daemons;
  daemons.push_back({"namenode", {"namenode"}, ""});
  if (layout.nodemanagers > 0) daemons.push_back({"resourcemanager", {"resourcemanager"}, ""});
  for (int i = 0; i < layout.datanodes; ++i) {
    DaemonSpec spec{"datanode" + std::to_string(i), {"datanode"}, "namenode"};
    for (auto& setting : DatanodeSettings(layout, i)) spec.argv.push_back(std::move(setting));
    daemons.push_back(std::move(spec));
  }
  for (int i = 0; i < layout.nodemanagers; ++i) {
    DaemonSpec spec{"nodemanager" + std::to_string(i), {"nodemanager"}, "resourcemanager"};
    for (auto& setting : NodemanagerSettings(layout, i)) spec.argv.push_back(std::move(setting));
    daemons.push_back(std::move(spec));
  }
  // Java's may be wanted in its place (up -D tusk.cluster.historyserver=false).
  const auto wanted = layout.settings.find("tusk.cluster.historyserver");
  if (layout.nodemanagers > 0 && (wanted == layout.settings.end() || wanted->second != "false")) {
    daemons.push_back({"historyserver", {"historyserver"}, "namenode"});
  }
  return daemons;
}

Supervisor::Supervisor(Env env, ProcessLauncher& launcher, ClusterLayout layout, std::string binary,
                       std::vector<std::string> environment)
    : env_(env), launcher_(launcher), layout_(std::move(layout)), binary_(std::move(binary)),
      environment_(std::move(environment)), scope_(env.loop), finished_(env.loop) {
  for (auto& spec : DaemonsOf(layout_)) children_.push_back(std::make_unique<Child>(env.loop, std::move(spec)));
}

Supervisor::~Supervisor() = default;

const std::string& Supervisor::child_name(const Child& child) { return child.spec.name; }

Task<Status> Supervisor::Run(AsyncEvent& stop) {
  for (auto& child : children_) SetState(*child, "waiting");
  for (auto& child : children_) scope_.Spawn(Keep(*child));
  struct Watch {
    static Task<void> Stop(AsyncEvent& stop, AsyncEvent& finished, std::stop_token end) {
      [[maybe_unused]] Status waited = co_await stop.Wait(kNever, end);
      finished.Set();
    }
  };
  TaskScope watch(env_.loop);
  watch.Spawn(Watch::Stop(stop, finished_, watch.token()));
  [[maybe_unused]] Status waited = co_await finished_.Wait();
  watch.Cancel();
  co_await watch.Join();
  co_await StopAll();
  WriteStatus();
  co_return failure_;
}

Task<void> Supervisor::Keep(Child& child) {
  for (auto& other : children_) {
    if (other->spec.name != child.spec.after) continue;
    Status waited = co_await other->ready.Wait(kNever, scope_.token());
    if (!waited.ok()) co_return;
  }
  while (co_await Live(child)) {
  }
}

Task<bool> Supervisor::Live(Child& child) {
  std::string ready_file = layout_.run_folder() + "/" + child.spec.name + ".ready";
  [[maybe_unused]] Status old_one = env_.disk.RemoveFile(ready_file);
  SpawnRequest request;
  request.argv = {binary_};
  request.argv.insert(request.argv.end(), child.spec.argv.begin(), child.spec.argv.end());
  request.environment = environment_;
  request.environment.push_back("HADOOP_CONF_DIR=" + layout_.conf_folder());
  request.environment.push_back("TUSK_SUPERVISOR_PID=" + std::to_string(::getpid()));
  request.environment.push_back("TUSK_READY_FILE=" + ready_file);
  request.directory = layout_.folder;
  request.stdout_path = request.stderr_path = LogOf(child);
  TimePoint started = env_.loop.Now();
  auto process = launcher_.Spawn(request);
  if (!process.ok()) {
    GiveUp(child, process.status().ToString());
    co_return false;
  }
  child.process = std::move(*process);
  child.status.pid = child.process->pid();
  SetState(child, "starting");
  TaskScope life(env_.loop);
  life.Spawn(WatchReady(child, life.token()));
  auto exit_code = co_await child.process->Wait(kNever, {});
  life.Cancel();
  co_await life.Join();
  child.status.pid = 0;
  if (exit_code.ok()) child.status.last_exit = *exit_code;
  if (scope_.cancelled()) {
    SetState(child, "stopped");
    co_return false;
  }
  LogWarn("supervisor", "{} ended with exit code {}", child.spec.name, child.status.last_exit);
  if (!all_ready_) {
    GiveUp(child, "it ended with exit code " + std::to_string(child.status.last_exit));
    co_return false;
  }
  ++child.status.restarts;
  SetState(child, "restarting");
  Status slept = co_await SleepFor(env_.loop, child.backoff.AfterExit(env_.loop.Now() - started), scope_.token());
  co_return slept.ok();
}

Task<void> Supervisor::WatchReady(Child& child, std::stop_token ended) {
  std::string ready_file = layout_.run_folder() + "/" + child.spec.name + ".ready";
  TimePoint deadline = env_.loop.In(kReadyMax);
  while (!env_.disk.Exists(ready_file)) {
    if (env_.loop.Now() > deadline && !all_ready_) {
      GiveUp(child, "it was not ready after 60 s");
      co_return;
    }
    Status slept = co_await SleepFor(env_.loop, kReadyPoll, ended);
    if (!slept.ok()) co_return;
  }
  child.ready.Set();
  all_ready_ = std::all_of(children_.begin(), children_.end(), [](const auto& other) { return other->ready.is_set(); });
  SetState(child, "running");
}

void Supervisor::GiveUp(const Child& child, const std::string& why) {
  if (all_ready_ || !failure_.ok()) return;
  failure_ = Status(Code::kServiceFailed, child.spec.name + " did not start: " + why + LastWords(child));
  finished_.Set();
}

// The last lines of its log, so that the user need not look for the file.
std::string Supervisor::LastWords(const Child& child) {
  auto text = env_.disk.ReadFile(LogOf(child));
  if (!text.ok() || text->empty()) return "";
  size_t start = text->size() > 600 ? text->find('\n', text->size() - 600) : std::string::npos;
  return "\n" + LogOf(child) + " ends with:\n" + text->substr(start == std::string::npos ? 0 : start + 1);
}

Task<void> Supervisor::StopAll() {
  scope_.Cancel();
  // Nodes before their masters: they take their leave, and a master is not told of losses that are none.
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    auto& process = (*child)->process;
    if (process == nullptr || !process->running()) continue;
    [[maybe_unused]] Status asked = process->Signal(SIGTERM);
    auto ended = co_await process->Wait(env_.loop.In(kStopMax), {});
    if (!ended.ok()) {
      LogWarn("supervisor", "{} did not stop in 10 s and is killed", (*child)->spec.name);
      [[maybe_unused]] Status killed = process->SignalGroup(SIGKILL);
    }
  }
  co_await scope_.Join();
}

void Supervisor::SetState(Child& child, std::string state) {
  child.status.state = std::move(state);
  child.status.since_wall_ms = env_.clock.WallMillis();
  WriteStatus();
}

void Supervisor::WriteStatus() {
  Json json;
  json["supervisor_pid"] = ::getpid();
  json["ready"] = all_ready_;
  json["failure"] = failure_.ok() ? "" : std::string(failure_.message());
  json["daemons"] = Json::array();
  for (const auto& child : children_) {
    const DaemonStatus& status = child->status;
    json["daemons"].push_back({{"name", status.name}, {"state", status.state}, {"pid", status.pid},
                               {"restarts", status.restarts}, {"last_exit", status.last_exit},
                               {"since_wall_ms", status.since_wall_ms}});
  }
  // For readers beside us, not for after a power loss: renamed, not synced.
  std::string path = layout_.run_folder() + "/status.json";
  Status written;
  {
    auto file = env_.disk.Open(path + ".tmp", OpenMode::kCreateTruncate);
    written = file.ok() ? (*file)->WriteAt(0, AsBytes(json.dump(1))) : file.status();
  }
  if (written.ok()) written = env_.disk.Rename(path + ".tmp", path);
  if (!written.ok()) LogWarn("supervisor", "status not written: {}", written.ToString());
}

Result<ClusterStatus> ReadClusterStatus(Disk& disk, const std::string& folder) {
  ASSIGN_OR_RETURN(std::string text, disk.ReadFile(folder + "/run/status.json"));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Status(Code::kInconsistentState, folder + "/run/status.json is not readable");
  ClusterStatus status;
  status.supervisor_pid = json.value("supervisor_pid", int64_t{0});
  status.ready = json.value("ready", false);
  status.failure = json.value("failure", "");
  for (const auto& entry : json.value("daemons", Json::array())) {
    status.daemons.push_back({.name = entry.value("name", ""), .state = entry.value("state", ""),
                              .pid = entry.value("pid", int64_t{0}), .restarts = entry.value("restarts", 0),
                              .last_exit = entry.value("last_exit", 0),
                              .since_wall_ms = entry.value("since_wall_ms", int64_t{0})});
  }
  return status;
}

}  // namespace tusk::tools
