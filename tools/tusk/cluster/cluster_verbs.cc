// What `tusk up`, `down` and `status` do and print.
#include "tools/tusk/cluster/cluster_verbs.h"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <ctime>

#include "base/async/asio_loop.h"
#include "base/log/log.h"
#include "tools/tusk/cluster/supervisor.h"

namespace tusk::tools {
namespace {

struct UpOptions {
  std::string folder;
  int datanodes = 0;     // 0: as the cluster has, 1 if new
  int nodemanagers = -1;  // -1: likewise
  PortChoice ports = PortChoice::kAuto;
  bool foreground = false;
  std::string hadoop_jars;
  std::map<std::string, std::string> settings;
};

constexpr const char* kUpUsage =
    "Usage: tusk up [--dir FOLDER] [--datanodes N] [--nodemanagers N] [--ports auto|hadoop]\n"
    "               [--hadoop-jars FOLDER] [-D key=value]... [--foreground]\n"
    "  --dir          where the cluster lives (~/.tusk)\n"
    "  --ports        free ones, chosen once, or Hadoop's own (8020, 9870, ...)\n"
    "  --hadoop-jars  Hadoop's jars, so that Java jobs run in the containers\n"
    "  -D             a setting of this cluster, kept in its site files\n"
    "  --foreground   supervise here, until Ctrl-C\n";

Status TakeSetting(UpOptions& options, const std::string& setting) {
  size_t equals = setting.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return Status(Code::kInvalidArgument, "-D needs key=value, not \"" + setting + "\"");
  }
  options.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  return Status::Ok();
}

Result<int> ParseCount(const std::string& option, const std::string& text, int least) {
  int count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < least || count > kDaemonsMax) {
    return Status(Code::kInvalidArgument, option + " needs a number from " + std::to_string(least) + " to 64, not \"" + text + "\"");
  }
  return count;
}

std::string Absolute(const CliContext& context, const std::string& path) {
  return path.starts_with('/') ? path : JoinPath(context.working_directory, path);
}

Result<UpOptions> ParseUp(const CliContext& context, const std::vector<std::string>& args, bool only_folder) {
  UpOptions options;
  options.folder = EnvironmentVariable("HOME").value_or("/tmp") + "/.tusk";
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& option = args[i];
    if (option == "--foreground" && !only_folder) {
      options.foreground = true;
      continue;
    }
    if (option.starts_with("-D") && option.size() > 2 && !only_folder) {
      RETURN_IF_ERROR(TakeSetting(options, option.substr(2)));
      continue;
    }
    bool known = option == "--dir" || (option == "-D" && !only_folder) || (!only_folder && (option == "--datanodes" || option == "--nodemanagers" ||
                                                        option == "--ports" || option == "--hadoop-jars"));
    if (!known) return Status(Code::kInvalidArgument, "unknown option " + option);
    if (i + 1 == args.size()) return Status(Code::kInvalidArgument, option + " needs a value");
    const std::string& value = args[++i];
    if (option == "--dir") options.folder = Absolute(context, value);
    if (option == "-D") RETURN_IF_ERROR(TakeSetting(options, value));
    if (option == "--hadoop-jars") options.hadoop_jars = Absolute(context, value);
    if (option == "--datanodes") {
      ASSIGN_OR_RETURN(options.datanodes, ParseCount(option, value, 1));
    }
    if (option == "--nodemanagers") {
      ASSIGN_OR_RETURN(options.nodemanagers, ParseCount(option, value, 0));
    }
    if (option == "--ports") {
      if (value != "auto" && value != "hadoop") return Status(Code::kInvalidArgument, "--ports is auto or hadoop");
      options.ports = value == "hadoop" ? PortChoice::kHadoop : PortChoice::kAuto;
    }
  }
  return options;
}

int Complain(CliContext& context, const char* verb, const Status& status) {
  std::fprintf(context.err, "tusk %s: %.*s\n", verb, static_cast<int>(status.message().size()), status.message().data());
  return status.code() == Code::kInvalidArgument ? 2 : 1;
}

Result<std::string> ThisBinary() {
  std::array<char, PATH_MAX> path{};
  ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (length < 0) return Status::FromErrno(errno, "readlink", "/proc/self/exe");
  return std::string(path.data(), static_cast<size_t>(length));
}

// Java's home for the containers: JAVA_HOME, else the newest that Debian has installed.
std::string FindJavaHome(CliContext& context) {
  if (auto home = EnvironmentVariable("JAVA_HOME"); home && !home->empty()) return *home;
  auto names = context.disk.List("/usr/lib/jvm");
  if (!names.ok()) return "";
  std::string found;
  for (const auto& name : *names) {
    if (name.starts_with("java-17-openjdk")) found = "/usr/lib/jvm/" + name;
  }
  return found;
}

std::vector<std::string> ChildEnvironment() {
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_HOME", "HADOOP_USER_NAME",
                           "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (auto value = EnvironmentVariable(name)) environment.push_back(std::string(name) + "=" + *value);
  }
  return environment;
}

// The layout of an existing cluster brought to what was asked, or a new one.
Result<ClusterLayout> PrepareLayout(CliContext& context, const UpOptions& options) {
  auto loaded = LoadLayout(context.disk, options.folder);
  if (!loaded.ok() && loaded.code() != Code::kFileNotFound) return loaded;
  ClusterLayout layout;
  if (loaded.ok()) layout = *loaded;
  layout.folder = options.folder;
  if (options.datanodes > 0) layout.datanodes = options.datanodes;
  if (options.nodemanagers >= 0) layout.nodemanagers = options.nodemanagers;
  if (!options.hadoop_jars.empty()) {
    layout.hadoop_jars = options.hadoop_jars;
    layout.java_home = FindJavaHome(context);
  }
  for (const auto& [key, value] : options.settings) layout.settings[key] = value;
  RETURN_IF_ERROR(ChoosePorts(layout, options.ports, context.random));
  RETURN_IF_ERROR(CheckPortsFree(layout));
  for (const auto& folder : {layout.folder, layout.run_folder(), layout.logs_folder(), layout.folder + "/data"}) {
    RETURN_IF_ERROR(context.disk.MakeDirs(folder, 0755));
  }
  RETURN_IF_ERROR(SaveLayout(context.disk, layout));
  return layout;
}

struct Once {
  // Runs a child to its end.
  static Task<Result<int>> Run(ProcessLauncher& launcher, SpawnRequest request, TimePoint deadline) {
    CO_ASSIGN_OR_RETURN(auto process, launcher.Spawn(request));
    co_return co_await process->Wait(deadline, {});
  }
};

Status FormatIfNew(CliContext& context, const ClusterLayout& layout, const std::string& binary) {
  if (context.disk.Exists(layout.folder + "/data/namenode/current/VERSION")) return Status::Ok();
  AsioLoop loop(context.clock);
  auto launcher = MakeProcessLauncher(loop);
  SpawnRequest request;
  request.argv = {binary, "namenode", "-format", "-nonInteractive"};
  request.environment = ChildEnvironment();
  request.environment.push_back("HADOOP_CONF_DIR=" + layout.conf_folder());
  request.stdout_path = request.stderr_path = layout.logs_folder() + "/format.log";
  ASSIGN_OR_RETURN(int code, loop.RunUntilDone(Once::Run(*launcher, request, loop.In(30s))));
  if (code == 0) return Status::Ok();
  auto log = context.disk.ReadFile(request.stderr_path);
  return Status(Code::kServiceFailed, "formatting the namenode failed:\n" + (log.ok() ? *log : ""));
}

void PrintReady(CliContext& context, const ClusterLayout& layout, Duration took) {
  std::fprintf(context.out,
               "tusk is up in %.2f s: %d datanode(s), %d nodemanager(s) in %s\n"
               "  export HADOOP_CONF_DIR=%s\n"
               "  filesystem  hdfs://127.0.0.1:%u   http://127.0.0.1:%u\n",
               std::chrono::duration<double>(took).count(), layout.datanodes, layout.nodemanagers, layout.folder.c_str(),
               layout.conf_folder().c_str(), layout.namenode_rpc, layout.namenode_http);
  if (layout.nodemanagers > 0) std::fprintf(context.out, "  yarn        http://127.0.0.1:%u\n", layout.rm_http);
}

struct Pause {
  static Task<Status> For(EventLoop& loop, Duration delay) { co_return co_await SleepFor(loop, delay); }
};

// Until the supervisor says that all is ready, or has ended.
Status AwaitReady(CliContext& context, const ClusterLayout& layout, AsioLoop& loop, Process& supervisor) {
  for (;;) {
    auto status = ReadClusterStatus(context.disk, layout.folder);
    bool current = status.ok() && status->supervisor_pid == supervisor.pid();
    if (current && status->ready) return Status::Ok();
    if (!supervisor.running()) {
      if (current && !status->failure.empty()) return Status(Code::kServiceFailed, status->failure);
      auto log = context.disk.ReadFile(layout.logs_folder() + "/supervisor.log");
      return Status(Code::kServiceFailed, "the supervisor ended at once:\n" + (log.ok() ? *log : ""));
    }
    RETURN_IF_ERROR(loop.RunUntilDone(Pause::For(loop, 2ms)));
  }
}

// The lock, waiting for its present holder; kAlreadyExists if that holds it so long.
Result<std::unique_ptr<FileLock>> AwaitLock(CliContext& context, const std::string& path, Duration patience) {
  AsioLoop loop(context.clock);
  TimePoint deadline = loop.In(patience);
  for (;;) {
    auto lock = context.disk.Lock(path);
    if (lock.code() != Code::kAlreadyExists || loop.Now() > deadline) return lock;
    RETURN_IF_ERROR(loop.RunUntilDone(Pause::For(loop, 5ms)));
  }
}

struct Supervision {
  static Task<Status> Run(Supervisor& supervisor, AsyncEvent& stop) { co_return co_await supervisor.Run(stop); }
};

Status Supervise(CliContext& context, const ClusterLayout& layout) {
  // `tusk status` holds it for a moment when it looks.
  auto lock = AwaitLock(context, layout.run_folder() + "/supervisor.lock", 2s);
  if (!lock.ok()) return Status(Code::kServiceFailed, "another supervisor runs in " + layout.folder);
  ASSIGN_OR_RETURN(std::string binary, ThisBinary());
  AsioLoop loop(context.clock);
  auto pool = MakeThreadPool("disk", 1);
  auto network = MakeAsioNetwork(loop, *pool);
  auto launcher = MakeProcessLauncher(loop);
  AsyncEvent stop(loop);
  auto signals = WatchTerminationSignals(loop, [&stop](int) { stop.Set(); });
  Env env{context.clock, context.random, context.disk, loop, *network, *pool};
  Supervisor supervisor(env, *launcher, layout, binary, ChildEnvironment());
  return loop.RunUntilDone(Supervision::Run(supervisor, stop));
}

bool IsRunning(CliContext& context, const std::string& folder) {
  if (!context.disk.Exists(folder + "/run/supervisor.lock")) return false;
  auto lock = context.disk.Lock(folder + "/run/supervisor.lock");
  return lock.code() == Code::kAlreadyExists;
}

Status SayThatItRuns(CliContext& context, const std::string& folder) {
  std::fprintf(context.out, "tusk runs already in %s (tusk status shows it)\n", folder.c_str());
  return Status::Ok();
}

Status Up(CliContext& context, const UpOptions& options) {
  TimePoint began = context.clock.Now();
  // One at a time in a folder: another waits, and then finds that it runs.
  RETURN_IF_ERROR(context.disk.MakeDirs(options.folder + "/run", 0755));
  ASSIGN_OR_RETURN(auto lock, AwaitLock(context, options.folder + "/run/up.lock", 90s));
  if (IsRunning(context, options.folder)) return SayThatItRuns(context, options.folder);
  ASSIGN_OR_RETURN(ClusterLayout layout, PrepareLayout(context, options));
  ASSIGN_OR_RETURN(std::string binary, ThisBinary());
  RETURN_IF_ERROR(FormatIfNew(context, layout, binary));
  if (options.foreground) {
    std::fprintf(context.out, "tusk runs in %s; Ctrl-C stops it\n  export HADOOP_CONF_DIR=%s\n", layout.folder.c_str(),
                 layout.conf_folder().c_str());
    std::fflush(context.out);
    lock.reset();
    return Supervise(context, layout);
  }
  AsioLoop loop(context.clock);
  auto launcher = MakeProcessLauncher(loop);
  SpawnRequest request;
  request.argv = {binary, "supervise", layout.folder};
  request.environment = ChildEnvironment();
  request.directory = "/";
  request.stdout_path = request.stderr_path = layout.logs_folder() + "/supervisor.log";
  ASSIGN_OR_RETURN(auto supervisor, launcher->Spawn(request));
  RETURN_IF_ERROR(AwaitReady(context, layout, loop, *supervisor));
  PrintReady(context, layout, context.clock.Now() - began);
  return Status::Ok();
}

std::string Since(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return text.data();
}

// What -help asks for of `down` and `status`.
bool ExplainFolder(CliContext& context, const char* verb, const std::vector<std::string>& args) {
  if (args.size() != 1 || (args[0] != "--help" && args[0] != "-help" && args[0] != "-h")) return false;
  std::fprintf(context.out, "Usage: tusk %s [--dir FOLDER]\n  --dir  where the cluster lives (~/.tusk)\n", verb);
  return true;
}

}  // namespace

int RunUp(CliContext& context, std::vector<std::string> args) {
  if (args.size() == 1 && (args[0] == "--help" || args[0] == "-help" || args[0] == "-h")) {
    std::fputs(kUpUsage, context.out);
    return 0;
  }
  auto options = ParseUp(context, args, /*only_folder=*/false);
  if (!options.ok()) return Complain(context, "up", options.status());
  Status up = Up(context, *options);
  return up.ok() ? 0 : Complain(context, "up", up);
}

int RunSupervise(CliContext& context, std::vector<std::string> args) {
  OpenLogStderr(LogLevel::kInfo);
  if (args.size() != 1) return 2;
  auto layout = LoadLayout(context.disk, args[0]);
  if (!layout.ok()) return Complain(context, "supervise", layout.status());
  Status ended = Supervise(context, *layout);
  return ended.ok() ? 0 : Complain(context, "supervise", ended);
}

int RunDown(CliContext& context, std::vector<std::string> args) {
  if (ExplainFolder(context, "down", args)) return 0;
  auto options = ParseUp(context, args, /*only_folder=*/true);
  if (!options.ok()) return Complain(context, "down", options.status());
  if (!IsRunning(context, options->folder)) {
    std::fprintf(context.out, "no cluster runs in %s\n", options->folder.c_str());
    return 0;
  }
  auto status = ReadClusterStatus(context.disk, options->folder);
  if (!status.ok() || status->supervisor_pid <= 1) return Complain(context, "down", status.status());
  auto pid = static_cast<pid_t>(status->supervisor_pid);
  ::kill(pid, SIGTERM);
  AsioLoop loop(context.clock);
  TimePoint deadline = loop.In(60s);
  while (IsRunning(context, options->folder)) {
    if (loop.Now() > deadline) ::kill(pid, SIGKILL);  // its daemons follow it
    [[maybe_unused]] Status slept = loop.RunUntilDone(Pause::For(loop, 5ms));
  }
  std::fprintf(context.out, "stopped; the data stays in %s\n", options->folder.c_str());
  return 0;
}

int RunStatus(CliContext& context, std::vector<std::string> args) {
  if (ExplainFolder(context, "status", args)) return 0;
  auto options = ParseUp(context, args, /*only_folder=*/true);
  if (!options.ok()) return Complain(context, "status", options.status());
  if (!IsRunning(context, options->folder)) {
    std::fprintf(context.out, "no cluster runs in %s\n", options->folder.c_str());
    return 3;
  }
  auto layout = LoadLayout(context.disk, options->folder);
  auto status = ReadClusterStatus(context.disk, options->folder);
  if (!layout.ok()) return Complain(context, "status", layout.status());
  if (!status.ok()) return Complain(context, "status", status.status());
  bool whole = true;
  std::fprintf(context.out, "%-18s %-11s %8s  %-20s %s\n", "DAEMON", "STATE", "PID", "SINCE", "RESTARTS");
  for (const auto& daemon : status->daemons) {
    whole = whole && daemon.state == "running";
    std::fprintf(context.out, "%-18s %-11s %8lld  %-20s %d", daemon.name.c_str(), daemon.state.c_str(),
                 static_cast<long long>(daemon.pid), Since(daemon.since_wall_ms).c_str(), daemon.restarts);
    if (daemon.restarts > 0) {
      std::fprintf(context.out, " (last exit code %d; see %s/%s.log)", daemon.last_exit, layout->logs_folder().c_str(),
                   daemon.name.c_str());
    }
    std::fputc('\n', context.out);
  }
  std::fprintf(context.out, "\nexport HADOOP_CONF_DIR=%s\nfilesystem  hdfs://127.0.0.1:%u   http://127.0.0.1:%u\n",
               layout->conf_folder().c_str(), layout->namenode_rpc, layout->namenode_http);
  if (layout->nodemanagers > 0) std::fprintf(context.out, "yarn        http://127.0.0.1:%u\n", layout->rm_http);
  return whole ? 0 : 1;
}

}  // namespace tusk::tools
