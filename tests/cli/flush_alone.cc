// Writes standard input's lines to a file of the DFS, each followed by hflush (or hsync with "sync"), and says so on
// standard output; closes at the end of the input. For tests that kill something in between: flush_alone PATH [sync].
#include <cstdio>
#include <iostream>
#include <string>

#include "base/cli/cli_context.h"
#include "base/env/real_env.h"
#include "dfs/client/blocking_file_system.h"

namespace {

int Fail(const tusk::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tusk;
  if (argc < 2) return 2;
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  CliContext cli{*clock, *random, *disk, {}, "", SystemUserName(), ProcessWorkingDirectory(), "flush_alone"};
  std::vector<std::string> none;
  if (Status loaded = LoadConfiguration(cli, none); !loaded.ok()) return Fail(loaded);
  auto file_systems = dfs::BlockingFileSystems::Create(*clock, *random, *disk, cli.conf, {cli.user, cli.working_directory});
  if (!file_systems.ok()) return Fail(file_systems.status());
  auto place = (*file_systems)->Resolve(argv[1]);
  if (!place.ok()) return Fail(place.status());
  auto stream = place->fs.Create(place->path);
  if (!stream.ok()) return Fail(stream.status());
  bool sync = argc > 2 && std::string(argv[2]) == "sync";
  std::string line;
  while (std::getline(std::cin, line)) {
    line += '\n';
    if (Status written = (*stream)->Write(AsBytes(line)); !written.ok()) return Fail(written);
    Status flushed = sync ? (*stream)->Hsync() : (*stream)->Hflush();
    if (!flushed.ok()) return Fail(flushed);
    std::printf("flushed %llu\n", static_cast<unsigned long long>((*stream)->position()));
    std::fflush(stdout);
  }
  Status closed = (*stream)->Close();
  return closed.ok() ? 0 : Fail(closed);
}
