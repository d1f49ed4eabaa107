// The commands of dfs/shell without the rest of the multi-call binary: hdfs_alone dfs|dfsadmin|fsck|debug|fetchdt ARGS. For tests.
#include <cstdio>

#include "base/env/real_env.h"
#include "dfs/shell/fetchdt.h"
#include "dfs/shell/admin/hdfs_commands.h"
#include "dfs/shell/shell.h"

int main(int argc, char** argv) {
  using namespace tusk;
  if (argc < 2) return 2;
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  CliContext cli{*clock, *random, *disk, {}, "", "", ProcessWorkingDirectory(), "hdfs"};
  cli.user = EnvironmentVariable("HADOOP_USER_NAME").value_or(SystemUserName());
  cli.conf = Configuration(ProcessVariables(cli.user));
  std::string command = argv[1];
  std::vector<std::string> args(argv + 2, argv + argc);
  Status loaded = LoadConfiguration(cli, args);
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", loaded.ToString().c_str());
    return 255;
  }
  if (command == "dfsadmin") return dfs::RunDfsAdmin(cli, args);
  if (command == "fsck") return dfs::RunFsck(cli, args);
  if (command == "storagepolicies") return dfs::RunStoragePolicies(cli, args);
  if (command == "debug") return dfs::RunDebug(cli, args);
  if (command == "lsSnapshottableDir") return dfs::RunLsSnapshottableDir(cli, args);
  if (command == "fetchdt") return dfs::RunFetchDt(cli, args);
  return dfs::RunFsShell(cli, args);
}
