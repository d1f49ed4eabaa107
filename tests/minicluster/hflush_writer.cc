// hflush_writer PATH FILE: appends FILE to PATH of the configured DFS in pieces, flushes after each and prints how many
// bytes readers may count on; then holds the file open until its standard input ends. For the fault tests.
#include <cstdio>
#include <string>

#include "base/cli/cli_context.h"
#include "base/env/real_env.h"
#include "dfs/client/blocking_file_system.h"

namespace {

int Fail(const tusk::Status& status) {
  std::fprintf(stderr, "hflush_writer: %s\n", status.ToString().c_str());
  return 1;
}

int Run(const std::string& path, const std::string& source) {
  using namespace tusk;
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  const std::string user = SystemUserName();
  CliContext cli{*clock, *random, *disk, Configuration(ProcessVariables(user)), "", user, ProcessWorkingDirectory(), "hdfs"};
  std::vector<std::string> args;
  if (Status loaded = LoadConfiguration(cli, args); !loaded.ok()) return Fail(loaded);
  Result<std::string> bytes = disk->ReadFile(source, 1 << 30);
  if (!bytes.ok()) return Fail(bytes.status());
  auto systems = dfs::BlockingFileSystems::Create(*clock, *random, *disk, cli.conf, dfs::ClientUser{user, ProcessWorkingDirectory()});
  if (!systems.ok()) return Fail(systems.status());
  auto place = (*systems)->Resolve(path);
  if (!place.ok()) return Fail(place.status());
  auto out = place->fs.Create(place->path);
  if (!out.ok()) return Fail(out.status());
  constexpr size_t kPiece = 300'000;
  for (size_t at = 0; at < bytes->size(); at += kPiece) {
    const std::string_view piece = std::string_view(*bytes).substr(at, kPiece);
    if (Status written = (*out)->Write(AsBytes(piece)); !written.ok()) return Fail(written);
    if (Status flushed = (*out)->Hflush(); !flushed.ok()) return Fail(flushed);
    std::printf("%zu\n", at + piece.size());
    std::fflush(stdout);
  }
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return Run(argv[1], argv[2]);
}
