// Our resource manager alone in a process: resource_manager_alone CONF_DIR
#include <iostream>

#include "base/async/asio_loop.h"
#include "base/async/sync.h"
#include "base/env/real_env.h"
#include "base/log/log.h"
#include "yarn_like/resourcemanager/resource_manager.h"

namespace {

tusk::Task<int> Serve(tusk::yarn::ResourceManager& manager, tusk::AsyncEvent& stop) {
  tusk::Status started = co_await manager.Start();
  if (!started.ok()) {
    std::cerr << started.ToString() << "\n";
    co_return 1;
  }
  std::cout << "client " << manager.client_address().ToString() << std::endl;
  tusk::Status waited = co_await stop.Wait();
  co_await manager.Stop();
  co_return waited.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tusk;  // NOLINT
  if (argc < 2) return 2;
  OpenLogStderr(LogLevel::kInfo);
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  AsioLoop loop(*clock);
  auto pool = MakeThreadPool("disk", 4);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{*clock, *random, *disk, loop, *network, *pool};
  Configuration conf;
  Status loaded = conf.LoadFolder(*disk, argv[1]);
  if (!loaded.ok()) std::cerr << loaded.ToString() << "\n";
  AsyncEvent stop(loop);
  auto signals = WatchTerminationSignals(loop, [&](int) { stop.Set(); });
  auto manager = yarn::ResourceManager::Create(env, conf);
  if (!manager.ok()) {
    std::cerr << manager.status().ToString() << "\n";
    return 1;
  }
  return loop.RunUntilDone(Serve(**manager, stop));
}
