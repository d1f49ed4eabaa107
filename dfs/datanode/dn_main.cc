// A datanode alone, without configuration files: dn_main NAMENODE_PORT BASE_PORT FOLDER... Goes when tools/tusk comes.
#include <cstdlib>

#include "base/async/asio_loop.h"
#include "base/config/configuration.h"
#include "base/env/real_env.h"
#include "base/log/log.h"
#include "dfs/datanode/datanode.h"

int main(int argc, char** argv) {
  using namespace tusk;
  if (argc < 4) return 2;
  OpenLogStderr(LogLevel::kInfo);
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  AsioLoop loop(*clock);
  auto pool = MakeThreadPool("disk", 4);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{*clock, *random, *disk, loop, *network, *pool};
  Configuration conf;
  dfs::datanode::DataNodeConfig config;
  config.namenodes.push_back({"127.0.0.1", static_cast<uint16_t>(std::atoi(argv[1]))});
  auto base = static_cast<uint16_t>(std::atoi(argv[2]));
  config.data_bind.port = base;
  config.ipc_bind.port = static_cast<uint16_t>(base + 1);
  config.http_bind.port = static_cast<uint16_t>(base + 2);
  config.user = "root";
  config.heartbeat_interval = std::chrono::seconds(1);
  for (int i = 3; i < argc; ++i) config.store.locations.push_back(*dfs::datanode::ParseStorageLocation(argv[i]));
  auto node = dfs::datanode::DataNode::Create(env, conf, std::move(config));
  if (!node.ok()) return 1;
  auto watch = WatchTerminationSignals(loop, [&](int) { loop.Stop(); });
  Status started = loop.RunUntilDone((*node)->Start());
  if (!started.ok()) {
    LogError("datanode", "{}", started.ToString());
    return 1;
  }
  loop.Run();
  struct Stopper {
    static Task<int> Run(dfs::datanode::DataNode& stopped) {
      co_await stopped.Stop();
      co_return 0;
    }
  };
  return loop.RunUntilDone(Stopper::Run(**node));
}
