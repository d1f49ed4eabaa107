// A node manager with the shuffle alone in a process, for tests against other resource managers:
//   node_manager_alone CONF_DIR
#include <cstdlib>
#include <iostream>

#include "base/async/asio_loop.h"
#include "base/async/sync.h"
#include "base/env/real_env.h"
#include "base/log/log.h"
#include "mapreduce/shuffle/shuffle_service.h"
#include "yarn_like/nodemanager/node_manager.h"

extern char** environ;

namespace {

tusk::Task<int> Serve(tusk::AsioLoop& loop, tusk::yarn::NodeManager& node, tusk::AsyncEvent& stop) {
  tusk::Status started = co_await node.Start();
  if (!started.ok()) {
    std::cerr << started.ToString() << "\n";
    co_return 1;
  }
  std::cout << "rpc " << node.rpc_address().ToString() << " web " << node.web_address().ToString() << std::endl;
  tusk::Status waited = co_await stop.Wait();
  (void)loop;
  co_await node.Stop();
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
  auto launcher = MakeProcessLauncher(loop);
  Env env{*clock, *random, *disk, loop, *network, *pool};
  Configuration conf;
  Status loaded = conf.LoadFolder(*disk, argv[1]);
  if (!loaded.ok()) std::cerr << loaded.ToString() << "\n";
  yarn::NodeManagerParts parts;
  parts.launcher = launcher.get();
  parts.user = "root";
  auto shuffle_port = static_cast<uint16_t>(conf.GetInt("mapreduce.shuffle.port", 13562).value_or(13562));
  mapreduce::ShuffleService shuffle(env, HostPort{"127.0.0.1", shuffle_port});
  parts.services = {&shuffle};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    size_t equals = text.find('=');
    if (equals != std::string::npos) parts.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  AsyncEvent stop(loop);
  auto signals = WatchTerminationSignals(loop, [&](int) { stop.Set(); });
  auto node = yarn::NodeManager::Create(env, conf, parts);
  if (!node.ok()) {
    std::cerr << node.status().ToString() << "\n";
    return 1;
  }
  int code = loop.RunUntilDone(Serve(loop, **node, stop));
  return code;
}
