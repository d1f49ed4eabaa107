// A datanode in the foreground, for tests and for work on it: datanode_main CONF_FOLDER [-Dkey=value...]. What users run
// is the tusk binary (tools/tusk).
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "base/async/asio_loop.h"
#include "base/config/configuration.h"
#include "base/env/real_env.h"
#include "base/log/log.h"
#include "dfs/datanode/datanode.h"

namespace {

std::optional<std::string> Variable(std::string_view name) {
  if (name == "user.name") return "root";
  return std::nullopt;
}

int Fail(const tusk::Status& status) {
  std::fprintf(stderr, "datanode: %s\n", status.ToString().c_str());
  return 1;
}

tusk::Task<int> Stop(tusk::dfs::datanode::DataNode& node) {
  co_await node.Stop();
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tusk;
  if (argc < 2) return Fail(Status(Code::kInvalidArgument, "usage: datanode_main CONF_FOLDER [-Dkey=value...]"));
  OpenLogStderr(LogLevel::kInfo);
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  AsioLoop loop(*clock);
  auto pool = MakeThreadPool("disk", 4);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{*clock, *random, *disk, loop, *network, *pool};
  Configuration conf(Variable);
  if (Status loaded = conf.LoadFolder(*disk, argv[1]); !loaded.ok()) return Fail(loaded);
  for (int i = 2; i < argc; ++i) {
    const char* equals = std::strchr(argv[i], '=');
    if (std::strncmp(argv[i], "-D", 2) != 0 || equals == nullptr) return Fail(Status(Code::kInvalidArgument, argv[i]));
    conf.Set(std::string_view(argv[i] + 2, static_cast<size_t>(equals - argv[i] - 2)), equals + 1);
  }
  auto node = dfs::datanode::DataNode::Create(env, conf);
  if (!node.ok()) return Fail(node.status());
  auto watch = WatchTerminationSignals(loop, [&](int) { loop.Stop(); });
  (*node)->OnShutdownRequest([&] { loop.Stop(); });
  Status started = loop.RunUntilDone((*node)->Start());
  if (started.ok()) loop.Run();
  loop.RunUntilDone(Stop(**node));
  return started.ok() ? 0 : Fail(started);
}
