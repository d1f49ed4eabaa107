// A task context for the engine's tests.
#pragma once

#include <memory>

#include "base/testing/real_world.h"
#include "mapreduce/task/local_file_system.h"
#include "mapreduce/task/task_runner.h"

namespace tusk::mapreduce {

class TestTask : public TaskContext {
 public:
  explicit TestTask(RealWorld& world) : files_(MakeLocalFileSystems(world.disk(), world.folder())) {
    configuration_ = &conf;
    counters_ = &own_;
  }
  void SetStatus(std::string_view) override {}
  void Progress() override {}
  FileSystems& file_systems() override { return *files_; }

  Configuration conf;

 private:
  std::unique_ptr<FileSystems> files_;
  Counters own_;
};

}  // namespace tusk::mapreduce
