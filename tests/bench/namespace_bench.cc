// How many namespace operations per second, and per second of CPU, without RPC: N callers at once on a real disk.
// usage: namespace_bench FOLDER [CALLERS [OPERATIONS]]
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "base/async/task_scope.h"
#include "base/testing/real_world.h"
#include "dfs/namenode/driver/driver_testing.h"

namespace tusk::dfs {
namespace {

double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Load {
  NamespaceDriver& driver;
  Env env;
  int next = 0;
  int count = 0;
  int failed = 0;
};

enum class Kind { kMkdirs, kCreate, kGetFileInfo, kListing, kDelete };

std::string PathOf(int i) { return "/bench/d" + std::to_string(i % 100) + "/f" + std::to_string(i); }

Status One(Namesystem& ns, const Call& call, Kind kind, int i, Edit& edit) {
  switch (kind) {
    case Kind::kMkdirs: return Mkdirs(ns, call, "/bench/m" + std::to_string(i % 100) + "/d" + std::to_string(i), 0755, true, edit).ok() ? Status() : Status(Code::kInternal, "");
    case Kind::kCreate: {
      CreateRequest create;
      create.path = PathOf(i);
      create.client_name = "bench";
      create.client_machine = "127.0.0.1";
      return Create(ns, call, create, edit).ok() ? Status() : Status(Code::kInternal, "");
    }
    case Kind::kGetFileInfo: return GetFileInfo(ns, call, PathOf(i)).ok() ? Status() : Status(Code::kInternal, "");
    case Kind::kListing: return GetListing(ns, call, "/bench/d" + std::to_string(i % 100), "", false).ok() ? Status() : Status(Code::kInternal, "");
    case Kind::kDelete: return Delete(ns, call, PathOf(i), false, edit).ok() ? Status() : Status(Code::kInternal, "");
  }
  return Status();
}

Task<void> Caller1(Load& load, Kind kind) {
  Caller caller = Superuser();
  while (load.next < load.count) {
    int i = load.next++;
    if (Status room = co_await load.driver.Room(); !room.ok()) ++load.failed;
    Namesystem& ns = load.driver.namesystem();
    Call call{caller, load.env.loop.Now(), load.env.clock.WallMillis()};
    Edit edit(ns.counters());
    if (!One(ns, call, kind, i, edit).ok()) ++load.failed;
    if (edit.empty()) continue;
    Status committed = co_await load.driver.Commit(std::move(edit), {"bench", {}, {}}, call);
    if (!committed.ok()) ++load.failed;
  }
}

Task<Status> Measure(NamespaceDriver& driver, Env env, const char* name, Kind kind, int callers, int count) {
  Load load{driver, env};
  load.count = count;
  TaskScope scope(env.loop);
  double cpu = CpuSeconds();
  TimePoint begin = env.loop.Now();
  for (int i = 0; i < callers; ++i) scope.Spawn(Caller1(load, kind));
  co_await scope.Join();
  double wall = static_cast<double>(ToMillis(env.loop.Now() - begin)) / 1000;
  cpu = CpuSeconds() - cpu;
  std::printf("%-12s %8d ops  %9.0f ops/s  %6.2f us CPU/op  %9.0f ops per CPU second  failed %d\n", name, count, count / wall,
              cpu / count * 1e6, count / cpu, load.failed);
  std::fflush(stdout);
  co_return Status();
}

Task<Status> Run(NamespaceDriver& driver, Env env, int callers, int count) {
  driver.Start();
  CO_RETURN_IF_ERROR(co_await Measure(driver, env, "mkdirs", Kind::kMkdirs, callers, count));
  CO_RETURN_IF_ERROR(co_await Measure(driver, env, "create", Kind::kCreate, callers, count));
  CO_RETURN_IF_ERROR(co_await Measure(driver, env, "getFileInfo", Kind::kGetFileInfo, 1, count * 5));
  CO_RETURN_IF_ERROR(co_await Measure(driver, env, "getListing", Kind::kListing, 1, 200));
  CO_RETURN_IF_ERROR(co_await Measure(driver, env, "delete", Kind::kDelete, callers, count));
  co_await driver.Stop();
  co_return Status();
}

int Main(int argc, char** argv) {
  if (argc < 2) return 2;
  int callers = argc > 2 ? std::atoi(argv[2]) : 64;
  int count = argc > 3 ? std::atoi(argv[3]) : 100'000;
  RealWorld world;
  Env env = world.env();
  BlockLimits limits;
  DatanodeRegistry registry{DatanodeLimits()};
  BlockManager blocks(limits, registry, env.random);
  auto formatted = FormatNameDirectories(env, {{{argv[1]}}, "127.0.0.1", "", true});
  if (!formatted.ok()) return 1;
  DriverOptions options;
  options.folders = {{argv[1]}};
  options.process_user = "hdfs";
  auto driver = NamespaceDriver::Open(env, options, blocks, [](const Status& status) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  });
  if (!driver.ok()) {
    std::fprintf(stderr, "%s\n", driver.status().ToString().c_str());
    return 1;
  }
  blocks.safe_mode().Leave();
  return world.Run(Run(**driver, env, callers, count)).ok() ? 0 : 1;
}

}  // namespace
}  // namespace tusk::dfs

int main(int argc, char** argv) { return tusk::dfs::Main(argc, argv); }
