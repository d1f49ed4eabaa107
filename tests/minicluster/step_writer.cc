// step_writer [-Dkey=value...] FILE: writes to the configured DFS by the orders on its standard input, one answer line
// each ("ok" or "error: WHY"): create PATH; append PATH; write COUNT (the next bytes of FILE); hflush; hsync; close.
// For tests that let datanodes die between two steps.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "base/cli/cli_context.h"
#include "base/env/real_env.h"
#include "dfs/client/blocking_file_system.h"

namespace {

using namespace tusk;

class StepWriter {
 public:
  StepWriter(dfs::BlockingFileSystems& systems, std::string bytes) : systems_(systems), bytes_(std::move(bytes)) {}

  Status Obey(const std::string& order, const std::string& argument) {
    if (order == "create" || order == "append") return Open(argument, order == "append");
    if (out_ == nullptr) return Status(Code::kInvalidArgument, "no file is open");
    if (order == "write") return Write(std::stoull(argument));
    if (order == "hflush") return out_->Hflush();
    if (order == "hsync") return out_->Hsync();
    if (order != "close") return Status(Code::kInvalidArgument, "unknown order " + order);
    Status closed = out_->Close();
    out_.reset();
    return closed;
  }

 private:
  Status Open(const std::string& path, bool append) {
    ASSIGN_OR_RETURN(auto place, systems_.Resolve(path));
    if (!append) at_ = 0;
    ASSIGN_OR_RETURN(out_, append ? place.fs.Append(place.path) : place.fs.Create(place.path));
    return Status::Ok();
  }
  Status Write(size_t count) {
    if (count > bytes_.size() - at_) return Status(Code::kInvalidArgument, "not so many bytes are left");
    Status written = out_->Write(AsBytes(std::string_view(bytes_).substr(at_, count)));
    at_ += count;
    return written;
  }

  dfs::BlockingFileSystems& systems_;
  std::string bytes_;
  size_t at_ = 0;
  std::unique_ptr<dfs::BlockingOutputStream> out_;
};

int Fail(const Status& status) {
  std::fprintf(stderr, "step_writer: %s\n", status.ToString().c_str());
  return 1;
}

int Run(std::vector<std::string> args) {
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  const std::string user = SystemUserName();
  CliContext cli{*clock, *random, *disk, Configuration(ProcessVariables(user)), "", user, ProcessWorkingDirectory(), "hdfs"};
  if (Status loaded = LoadConfiguration(cli, args); !loaded.ok()) return Fail(loaded);
  if (Status taken = TakeGenericOptions(cli, args); !taken.ok()) return Fail(taken);
  if (args.size() != 1) return 2;
  Result<std::string> bytes = disk->ReadFile(args[0], 1 << 30);
  if (!bytes.ok()) return Fail(bytes.status());
  auto systems = dfs::BlockingFileSystems::Create(*clock, *random, *disk, cli.conf, dfs::ClientUser{user, ProcessWorkingDirectory()});
  if (!systems.ok()) return Fail(systems.status());
  StepWriter writer(**systems, std::move(bytes).value());
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string order, argument;
    words >> order >> argument;
    Status done = writer.Obey(order, argument);
    std::printf("%s\n", done.ok() ? "ok" : ("error: " + done.ToString()).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return Run(std::vector<std::string>(argv + 1, argv + argc)); }
