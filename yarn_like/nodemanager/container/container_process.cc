// Starting, finding again and signalling.
#include "yarn_like/nodemanager/container/container_process.h"

#include <signal.h>

#include <cerrno>
#include <charconv>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/container/exit_status.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

// $1 the inner text, $2 the exit file, then the inner one's arguments.
constexpr const char* kKeeperText =
    "inner=$1; exit_file=$2; shift 2; /bin/sh -c \"$inner\" \"$0\" \"$@\"; code=$?; "
    "echo $code >\"$exit_file.tmp\" && mv -f \"$exit_file.tmp\" \"$exit_file\"; exit $code";
// $1 the pid file, $2 the script, then the control groups to enter. No trailing newline is a pid file half written.
constexpr const char* kLeaderText =
    "pid_file=$1; script=$2; shift 2; for group; do echo 0 >\"$group\" || exit 1; done; "
    "read -r stat </proc/$$/stat && echo \"$stat\" >\"$pid_file\" || exit 1; exec setsid /bin/bash \"$script\"";
constexpr Duration kBeginMax = std::chrono::seconds(30);
constexpr Duration kExitFileMax = std::chrono::seconds(2);  // between a process's end and its exit file

}  // namespace

ProcessFiles ProcessFilesOf(const std::string& name, const std::string& private_dir, const std::string& work_dir) {
  std::string pid_file = private_dir + "/" + name + ".pid";
  return {name, work_dir + "/launch_container.sh", work_dir, pid_file, pid_file + ".exitcode"};
}

Task<Result<std::unique_ptr<ContainerProcess>>> ContainerProcess::Launch(Env env, ProcessLauncher* launcher, ProcessFiles files,
                                                                         std::vector<std::string> cgroup_procs) {
  std::unique_ptr<ContainerProcess> made(new ContainerProcess(env, files));
  Status cleared = co_await env.disk_pool.Run([&]() -> Status {  // of a launch before this one
    RETURN_IF_ERROR(env.disk.RemoveTree(files.pid_file));
    return env.disk.RemoveTree(files.exit_file);
  });
  CO_RETURN_IF_ERROR(std::move(cleared));
  SpawnRequest request;
  request.argv = {"/bin/sh", "-c", kKeeperText, files.name, kLeaderText, files.exit_file, files.pid_file, files.script};
  request.argv.insert(request.argv.end(), cgroup_procs.begin(), cgroup_procs.end());
  request.directory = files.work_dir;
  request.stderr_path = files.pid_file + ".err";
  CO_ASSIGN_OR_RETURN(made->process_, launcher->Spawn(request));
  made->child_ = true;
  // Two small shells away: a few milliseconds.
  TimePoint give_up = env.clock.Now() + kBeginMax;
  for (Duration pause = std::chrono::milliseconds(1);; pause = std::min<Duration>(pause * 2, std::chrono::milliseconds(20))) {
    Result<int> ended = co_await made->process_->Wait(env.clock.Now() + pause, {});
    if (made->ReadPidFile().ok()) break;
    if (ended.ok()) {
      std::string words = env.disk.ReadFile(request.stderr_path).value_or("");
      co_return Status(Code::kIOError, "the container's shell did not start: exit code " + std::to_string(*ended) + " " + words);
    }
    if (env.clock.Now() > give_up) {
      Status killed = made->process_->SignalGroup(SIGKILL);
      co_return Status(Code::kTimedOut, "the container's shell did not start" + (killed.ok() ? "" : ": " + killed.ToString()));
    }
  }
  co_return made;
}

Task<Result<std::unique_ptr<ContainerProcess>>> ContainerProcess::Recover(Env env, ProcessLauncher* launcher, ProcessFiles files) {
  std::unique_ptr<ContainerProcess> made(new ContainerProcess(env, files));
  // The launch may have been under way when the node manager ended.
  TimePoint give_up = env.clock.Now() + kExitFileMax;
  Status read = made->ReadPidFile();
  while (!read.ok() && env.clock.Now() < give_up) {
    CO_RETURN_IF_ERROR(co_await SleepFor(env.loop, std::chrono::milliseconds(20)));
    read = made->ReadPidFile();
  }
  CO_RETURN_IF_ERROR(std::move(read));
  made->AttachTo(*launcher);
  co_return made;
}

Status ContainerProcess::ReadPidFile() {
  ASSIGN_OR_RETURN(std::string text, env_.disk.ReadFile(files_.pid_file, 4096));
  if (!text.ends_with('\n')) return Status(Code::kFileNotFound, files_.pid_file + " is not complete");
  ASSIGN_OR_RETURN(ProcessSample sample, ParseStat(text));
  leader_ = sample.pid;
  leader_start_ = sample.start_ticks;
  keeper_ = sample.parent;
  return Status::Ok();
}

bool ContainerProcess::LeaderLives() {
  Result<ProcessSample> now = ReadProcess(env_.disk, leader_);
  return leader_ > 1 && now.ok() && now->start_ticks == leader_start_;
}

// The keeper knows the exit code, so its end is waited for; as long as the leader lives, its parent is the keeper or
// somebody who adopted it.
void ContainerProcess::AttachTo(ProcessLauncher& launcher) {
  if (!LeaderLives()) {
    if (ReadProcess(env_.disk, leader_).ok()) leader_ = 0;  // the id is somebody else's now: never signal it
    return;
  }
  Result<ProcessSample> leader = ReadProcess(env_.disk, leader_);
  bool kept = leader.ok() && leader->parent == keeper_ && keeper_ > 1;
  auto attached = launcher.Attach(kept ? keeper_ : leader_);
  // Between looking and attaching the ids may have gone to others: look again.
  if (attached.ok() && LeaderLives()) process_ = std::move(*attached);
}

Task<Result<int>> ContainerProcess::ReadExitCode() {
  TimePoint give_up = env_.clock.Now() + kExitFileMax;
  while (true) {
    std::string text = co_await env_.disk_pool.Run([this] { return env_.disk.ReadFile(files_.exit_file, 100).value_or(""); });
    int code = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc() && end != text.data()) co_return code;
    if (env_.clock.Now() >= give_up) co_return kExitLost;
    CO_RETURN_IF_ERROR(co_await SleepFor(env_.loop, std::chrono::milliseconds(20)));
  }
}

Task<Result<int>> ContainerProcess::Wait(TimePoint deadline, std::stop_token stop) {
  if (process_) {
    CO_ASSIGN_OR_RETURN(int code, co_await process_->Wait(deadline, stop));
    if (child_) co_return code;
  }
  co_return co_await ReadExitCode();
}

Status ContainerProcess::SignalGroup(int number) {
  if (leader_ <= 1) return Status::Ok();
  if (::kill(static_cast<pid_t>(-leader_), number) == 0 || errno == ESRCH) return Status::Ok();
  return Status::FromErrno(errno, "signal", std::to_string(leader_));
}

Status ContainerProcess::Signal(int number) {
  if (!LeaderLives()) return Status::Ok();
  if (::kill(static_cast<pid_t>(leader_), number) == 0 || errno == ESRCH) return Status::Ok();
  return Status::FromErrno(errno, "signal", std::to_string(leader_));
}

}  // namespace tusk::yarn
