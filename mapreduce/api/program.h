// Program: the main function of an executable that runs jobs. Started by a user it parses Hadoop's generic options
// (-D k=v, -conf, -fs, -jt, -files, -archives; -libjars is ignored), then submits; started by a node manager inside a
// container the same executable is the job's app master or one of its tasks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mapreduce/api/job.h"

namespace tusk::mapreduce {

using Arguments = std::vector<std::string>;

// Fills a job from the program's own arguments (generic options are gone). Runs again in every task.
using Configure = std::function<Status(Job& job, const Arguments& arguments)>;

struct JobResult {
  std::string job_id;
  bool succeeded = false;
  std::string diagnostics;
  Counters counters;
};

// What a driver uses: the settings that the user gave, the file systems, and a way to run jobs.
class Session {
 public:
  virtual ~Session() = default;
  virtual Configuration& configuration() = 0;
  virtual FileSystems& file_systems() = 0;
  // Runs the job registered as `name` to its end; progress lines and counters go to standard error. An error is one of
  // submitting; a job that failed is a JobResult.
  virtual Result<JobResult> Run(const std::string& name, const Arguments& arguments) = 0;
};

// Exit code of the process.
using Driver = std::function<int(Session& session, const Arguments& arguments)>;

class Program {
 public:
  // `usage` is printed to standard error when a configure function answers kInvalidArgument.
  explicit Program(std::string usage = "") : usage_(std::move(usage)) {}
  // `name` must be unique in the program.
  void AddJob(std::string name, Configure configure) { jobs_.push_back({std::move(name), std::move(configure)}); }
  // What the user's command runs; without one it runs the first job with the arguments given.
  void SetDriver(Driver driver) { driver_ = std::move(driver); }
  // Arguments that select this program in its executable (`tusk examples`): the containers' command lines begin so.
  void SetLaunchArguments(Arguments arguments) { launch_arguments_ = std::move(arguments); }

  struct Entry {
    std::string name;
    Configure configure;
  };
  const std::vector<Entry>& jobs() const { return jobs_; }
  const Driver& driver() const { return driver_; }
  const Arguments& launch_arguments() const { return launch_arguments_; }
  const std::string& usage() const { return usage_; }

 private:
  std::string usage_;
  std::vector<Entry> jobs_;
  Driver driver_;
  Arguments launch_arguments_;
};

// The whole main: `arguments` without the executable's name (and without the launch arguments).
int RunProgram(const Program& program, const Arguments& arguments);

// main of a program with one job.
int RunJob(int argc, char** argv, Configure configure, std::string usage = "");

}  // namespace tusk::mapreduce
