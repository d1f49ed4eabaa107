// A namenode in the foreground, for tests and for work on it: namenode [-format] CONF_FOLDER. What users run is the
// tusk binary (tools/tusk).
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "base/async/asio_loop.h"
#include "base/env/real_env.h"
#include "base/log/log.h"
#include "dfs/namenode/namenode.h"

namespace {

std::optional<std::string> Variable(std::string_view name) {
  if (name == "user.name") return tusk::dfs::ProcessUser();
  return std::nullopt;
}

int Fail(const tusk::Status& status) {
  std::fprintf(stderr, "namenode: %s\n", status.ToString().c_str());
  return 1;
}

tusk::Task<tusk::Status> Serve(tusk::dfs::NameNode& namenode, tusk::AsyncEvent& end) {
  CO_RETURN_IF_ERROR(co_await namenode.Start());
  std::printf("namenode serves %s http %s\n", namenode.rpc_address().ToString().c_str(),
              namenode.http_address().ToString().c_str());
  std::fflush(stdout);
  tusk::Status waited = co_await end.Wait();
  co_await namenode.Stop();
  co_return waited;
}

}  // namespace

int main(int argc, char** argv) {
  const bool format = argc > 1 && std::strcmp(argv[1], "-format") == 0;
  if (argc != (format ? 3 : 2)) {
    std::fprintf(stderr, "usage: namenode [-format] CONF_FOLDER\n");
    return 2;
  }
  tusk::OpenLogStderr(tusk::LogLevel::kInfo);
  auto clock = tusk::MakeSystemClock();
  auto random = tusk::MakeSystemRandom();
  auto disk = tusk::MakePosixDisk();
  tusk::AsioLoop loop(*clock);
  auto pool = tusk::MakeThreadPool("disk", 4);
  auto network = tusk::MakeAsioNetwork(loop, *pool);
  const tusk::Env env{*clock, *random, *disk, loop, *network, *pool};
  tusk::Configuration conf(Variable);
  if (tusk::Status loaded = conf.LoadFolder(*disk, argv[argc - 1]); !loaded.ok()) return Fail(loaded);
  if (format) {
    auto version = tusk::dfs::NameNode::Format(env, conf, {});
    if (!version.ok()) return Fail(version.status());
    std::printf("formatted %s\n", version->cluster_id.c_str());
    return 0;
  }
  auto namenode = tusk::dfs::NameNode::Create(env, conf, [](const tusk::Status& status) {
    std::fprintf(stderr, "namenode: %s\n", status.ToString().c_str());
    ::_exit(1);
  });
  if (!namenode.ok()) return Fail(namenode.status());
  auto launcher = tusk::MakeProcessLauncher(loop);
  (*namenode)->set_launcher(launcher.get());
  tusk::AsyncEvent end(loop);
  auto signals = tusk::WatchTerminationSignals(loop, [&end](int) { end.Set(); });
  tusk::Status served = loop.RunUntilDone(Serve(**namenode, end));
  namenode->reset();
  return served.ok() ? 0 : Fail(served);
}
