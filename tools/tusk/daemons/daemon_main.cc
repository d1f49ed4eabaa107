// The foreground life of a daemon.
#include "tools/tusk/daemons/daemon_main.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "tools/tusk/daemons/service_notice.h"

namespace tusk::tools {
namespace {

constexpr Duration kReadyPoll = 2ms;

// Under `tusk up`: ends with the supervisor, however that ends.
void FollowSupervisor() {
  auto supervisor = EnvironmentVariable("TUSK_SUPERVISOR_PID");
  if (!supervisor) return;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (std::to_string(::getppid()) != *supervisor) std::raise(SIGTERM);  // it went before the line above
}

struct Life {
  static Task<Status> Run(DaemonParts parts, std::string name, const DaemonFactory& make, AsyncEvent& stop) {
    CO_ASSIGN_OR_RETURN(auto daemon, make(parts));
    const ServiceNotice notice;
    TaskScope watch(parts.env.loop);
    Status started = co_await daemon->Start();
    while (started.ok() && !daemon->ready() && !stop.is_set()) started = co_await SleepFor(parts.env.loop, kReadyPoll);
    if (started.ok()) {
      LogInfo("daemon", "{} is ready", name);
      if (auto ready_file = EnvironmentVariable("TUSK_READY_FILE")) {
        // Existence is the message; what stands in it is for a person who looks.
        auto file = parts.env.disk.Open(*ready_file, OpenMode::kCreateTruncate);
        if (file.ok()) started = (*file)->WriteAt(0, AsBytes(std::to_string(::getpid())));
      }
    }
    if (started.ok()) {
      notice.Send("READY=1\nSTATUS=" + name + " is ready");
      watch.Spawn(ServiceNotice::KeepWatch(notice, parts.env.loop, watch.token()));
      started = co_await stop.Wait();
      LogInfo("daemon", "{} stops", name);
      notice.Send("STOPPING=1");
    }
    watch.Cancel();
    co_await watch.Join();
    co_await daemon->Stop();
    co_return started;
  }
};

}  // namespace

int RunDaemon(CliContext& context, const std::string& name, const DaemonFactory& make) {
  OpenLogStderr(LogLevel::kInfo);
  FollowSupervisor();
  ::mallopt(M_ARENA_MAX, 2);  // a daemon of few threads: more arenas only cost memory
  AsioLoop loop(context.clock);
  auto pool = MakeThreadPool("disk", 4);
  auto network = MakeAsioNetwork(loop, *pool);
  auto launcher = MakeProcessLauncher(loop);
  AsyncEvent stop(loop);
  auto signals = WatchTerminationSignals(loop, [&stop](int number) {
    if (number != SIGHUP) stop.Set();
  });
  Env env{context.clock, context.random, context.disk, loop, *network, *pool};
  Status ended = loop.RunUntilDone(Life::Run(DaemonParts{env, *launcher, context}, name, make, stop));
  if (ended.ok()) return 0;
  LogError("daemon", "{}: {}", name, ended.ToString());
  return 1;
}

}  // namespace tusk::tools
