// The real ProcessLauncher: fork and exec, with a pidfd per child that the loop watches. Nobody else in the process
// may reap our children (no waitpid(-1)).
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "base/async/asio_impl_internal.h"
#include "base/async/asio_loop.h"
#include "base/async/sync.h"

namespace tusk {
namespace {

namespace asio = boost::asio;

int ExitCodeOf(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

// What outlives both the Process object and the child, whichever goes last.
struct ChildState {
  ChildState(AsioLoop& loop, pid_t child, int pidfd) : pid(child), descriptor(loop.impl().io, pidfd), ended(loop) {}
  pid_t pid;
  asio::posix::stream_descriptor descriptor;
  AsyncEvent ended;
  int exit_code = -1;
};

// The state is kept alive by the wait that it has started, until the process ends. Only a child's code can be had.
void Watch(std::shared_ptr<ChildState> state) {
  auto& descriptor = state->descriptor;
  descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                        [state = std::move(state)](const boost::system::error_code& error) {
                          if (error) return;
                          siginfo_t info{};
                          if (::waitid(P_PID, static_cast<id_t>(state->pid), &info, WEXITED) == 0) {
                            state->exit_code = ExitCodeOf(info);
                          }
                          boost::system::error_code ignored;
                          state->descriptor.close(ignored);
                          state->ended.Set();
                        });
}

class AsioProcess : public Process {
 public:
  AsioProcess(std::shared_ptr<ChildState> state, bool own_group) : state_(std::move(state)), own_group_(own_group) {}
  int64_t pid() const override { return state_->pid; }
  bool running() const override { return !state_->ended.is_set(); }
  Task<Result<int>> Wait(TimePoint deadline, std::stop_token stop) override {
    std::shared_ptr<ChildState> state = state_;  // outlives this object if that goes during the wait
    CO_RETURN_IF_ERROR(co_await state->ended.Wait(deadline, std::move(stop)));
    co_return state->exit_code;
  }
  Status Signal(int number) override {
    if (!running()) return Status::Ok();
    return Sent(::kill(state_->pid, number));
  }
  Status SignalGroup(int number) override {
    if (!own_group_) return Signal(number);
    return Sent(::kill(-state_->pid, number));
  }

 private:
  Status Sent(int outcome) const {
    if (outcome == 0 || errno == ESRCH) return Status::Ok();
    return Status::FromErrno(errno, "signal", std::to_string(state_->pid));
  }
  std::shared_ptr<ChildState> state_;
  bool own_group_;
};

// Everything that the child needs, laid out before fork: between fork and exec only async-signal-safe calls.
struct Plan {
  explicit Plan(const SpawnRequest& request) : request(request) {
    for (const auto& text : request.argv) argv.push_back(const_cast<char*>(text.c_str()));
    for (const auto& text : request.environment) environment.push_back(const_cast<char*>(text.c_str()));
    argv.push_back(nullptr);
    environment.push_back(nullptr);
  }
  const SpawnRequest& request;
  std::vector<char*> argv;
  std::vector<char*> environment;
};

bool Redirect(const std::string& path, int target) {
  int fd = path.empty() ? ::open("/dev/null", O_WRONLY) : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
  return fd >= 0 && (fd == target || ::dup2(fd, target) == target);
}

// Runs in the child; reports errno through `report` if it fails.
[[noreturn]] void RunChild(const Plan& plan, int report) {
  auto fail = [report] {
    int error = errno;
    [[maybe_unused]] ssize_t written = ::write(report, &error, sizeof(error));
    ::_exit(127);
  };
  struct sigaction defaults {};
  defaults.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &defaults, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const auto& path : plan.request.cgroup_procs) {
    int fd = ::open(path.c_str(), O_WRONLY);
    if (fd < 0 || ::write(fd, "0", 1) != 1) fail();
    ::close(fd);
  }
  if (plan.request.new_session && ::setsid() < 0) fail();
  if (!plan.request.directory.empty() && ::chdir(plan.request.directory.c_str()) != 0) fail();
  int input = ::open("/dev/null", O_RDONLY);
  if (input < 0 || (input != 0 && ::dup2(input, 0) != 0)) fail();
  if (!Redirect(plan.request.stdout_path, 1) || !Redirect(plan.request.stderr_path, 2)) fail();
  // `report` is close-on-exec and above 2.
  for (int fd = 3; fd < report; ++fd) ::close(fd);
  ::syscall(SYS_close_range, report + 1, ~0U, 0);
  ::execve(plan.argv[0], plan.argv.data(), plan.environment.data());
  fail();
  ::_exit(127);
}

class AsioProcessLauncher : public ProcessLauncher {
 public:
  explicit AsioProcessLauncher(AsioLoop& loop) : loop_(loop) {}

  Result<std::unique_ptr<Process>> Spawn(const SpawnRequest& request) override {
    if (request.argv.empty() || !request.argv[0].starts_with('/')) {
      return Status(Code::kInvalidArgument, "the program of a child needs an absolute path");
    }
    Plan plan(request);
    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) return Status::FromErrno(errno, "open a pipe for", request.argv[0]);
    if (report[1] < 3) {  // descriptors 0 to 2 were closed here: keep clear of them
      int moved = ::fcntl(report[1], F_DUPFD_CLOEXEC, 10);
      ::close(report[1]);
      report[1] = moved;
    }
    pid_t pid = ::fork();
    if (pid == 0) RunChild(plan, report[1]);
    int fork_error = errno;
    ::close(report[1]);
    if (pid < 0) {
      ::close(report[0]);
      return Status::FromErrno(fork_error, "fork for", request.argv[0]);
    }
    int child_error = 0;
    ssize_t count = 0;
    do {
      count = ::read(report[0], &child_error, sizeof(child_error));
    } while (count < 0 && errno == EINTR);
    ::close(report[0]);
    if (count == sizeof(child_error)) {
      ::waitpid(pid, nullptr, 0);
      return Status::FromErrno(child_error, "execute", request.argv[0]);
    }
    int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
      Status failed = Status::FromErrno(errno, "watch child", request.argv[0]);
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return failed;
    }
    return Watched(pid, pidfd, request.new_session);
  }

  Result<std::unique_ptr<Process>> Attach(int64_t pid) override {
    int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (pidfd < 0) return Status(errno == ESRCH ? Code::kFileNotFound : Code::kIOError, "no process " + std::to_string(pid) + " to watch");
    return Watched(static_cast<pid_t>(pid), pidfd, false);
  }

 private:
  std::unique_ptr<Process> Watched(pid_t pid, int pidfd, bool own_group) {
    auto state = std::make_shared<ChildState>(loop_, pid, pidfd);
    Watch(state);
    return std::make_unique<AsioProcess>(std::move(state), own_group);
  }
  AsioLoop& loop_;
};

}  // namespace

Result<std::unique_ptr<Process>> ProcessLauncher::Attach(int64_t pid) {
  return Status(Code::kUnsupported, "process " + std::to_string(pid) + " cannot be watched here");
}

std::unique_ptr<ProcessLauncher> MakeProcessLauncher(AsioLoop& loop) {
  return std::make_unique<AsioProcessLauncher>(loop);
}

}  // namespace tusk
