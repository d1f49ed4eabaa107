// HdfsSession: what the small commands of `hdfs` begin with: streams, generic options, and filesystems when they ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/event_loop.h"
#include "base/async/loop_thread.h"
#include "dfs/shell/cli_streams.h"

namespace tusk::dfs {

struct HdfsSession {
  // Takes the generic options off `args`; what is wrong with them has been printed.
  HdfsSession(CliContext& cli, std::vector<std::string>& args)
      : streams(cli), generic(TakeGenericOptions(cli, args)), context(streams.Context(cli)) {
    if (!generic.ok()) context.err << generic.message() << "\n";
  }
  bool ok() const { return generic.ok(); }
  // False: why not has been printed, as "command: message".
  bool Connect(const std::string& command) {
    if (!ok()) return false;
    auto made =
        BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
    if (!made.ok()) {
      (void)Fail(command, made.status());
      return false;
    }
    file_systems = std::move(made).value();
    return true;
  }
  int Fail(const std::string& command, const Status& status) {
    std::string_view message = status.message();
    context.out.flush();
    context.err << command << ": " << message.substr(0, message.find('\n')) << "\n";
    return 255;
  }
  template <typename T>
  T Run(Task<T> task) {
    return file_systems->thread().Run(std::move(task));
  }
  void Pause(Duration duration) { (void)Run(SleepFor(file_systems->thread().env().loop, duration)); }

  CliStreams streams;
  Status generic;
  ShellContext context;
  std::unique_ptr<BlockingFileSystems> file_systems;
};

}  // namespace tusk::dfs
