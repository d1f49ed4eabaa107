// Process: what a MapReduce executable is made of outside of user code, whichever role it plays: the system's clock,
// randomness and disk, the configuration, the user, the file systems.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/real_env.h"
#include "mapreduce/api/program.h"

namespace tusk::mapreduce {

class Process {
 public:
  Process();
  ~Process();
  Clock& clock() { return *clock_; }
  Random& random() { return *random_; }
  Disk& disk() { return *disk_; }
  const std::string& user() const { return user_; }
  const std::string& working_folder() const { return working_folder_; }
  // Value of an environment variable; empty where unset.
  static std::string Variable(const char* name);
  // HADOOP_CONF_DIR's files over the defaults that every program needs.
  Result<Configuration> LoadConfiguration();
  // By `conf`'s fs.defaultFS and schemes.
  Result<std::unique_ptr<FileSystems>> MakeFileSystems(const Configuration& conf);
  // Path of this executable; also where the process was started through a dynamic loader, which /proc/self/exe names then.
  static Result<std::string> ExecutablePath();
  // Paths of the libraries that are mapped into this process, the dynamic loader among them.
  static std::vector<std::string> LoadedLibraries();
  // A configuration that knows ${user.name}, ${env.X} and the like.
  Configuration EmptyConfiguration();

 private:
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Disk> disk_;
  std::string user_;
  std::string working_folder_;
};

}  // namespace tusk::mapreduce
