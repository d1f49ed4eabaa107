// What a command of the multi-call binary is given: the way out of the process, the configuration that the user
// named, who they are, and where to print. Commands are functions `int RunX(CliContext&, std::vector<std::string>)`
// that return Hadoop's exit code.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/clock.h"
#include "base/env/disk.h"
#include "base/env/random.h"

namespace tusk {

struct CliContext {
  Clock& clock;
  Random& random;
  Disk& disk;
  Configuration conf;
  std::string conf_folder;        // "" where none was given
  std::string user;               // HADOOP_USER_NAME, else the system's name of this user
  std::string working_directory;  // of the process
  std::string program;            // as called: "tusk", "hdfs", "hadoop", "yarn", "mapred"
  std::FILE* in = stdin;
  std::FILE* out = stdout;
  std::FILE* err = stderr;
};

// Takes Hadoop's generic options off the front of `args` and puts them into context.conf: -conf FILE, -D key=value
// (also -Dkey=value), -fs URI, -jt HOST:PORT, -files/-libjars/-archives LIST (kept as tmpfiles/tmpjars/tmparchives).
// Parsing ends at the first other word, as in Hadoop's GenericOptionsParser.
Status TakeGenericOptions(CliContext& context, std::vector<std::string>& args);

// Reads `--config DIR` off the front of `args` (HADOOP_CONF_DIR, then TUSK_CONF_DIR otherwise), loads its files.
// No folder: an empty configuration, Hadoop's local mode.
Status LoadConfiguration(CliContext& context, std::vector<std::string>& args);

// The process's environment; the one place that reads it for commands.
std::optional<std::string> EnvironmentVariable(const std::string& name);
std::string SystemUserName();
std::string ProcessWorkingDirectory();

// Substitutions that Java gives: user.name, user.home, java.io.tmpdir, env.NAME (with :- and - defaults).
Configuration::VariableSource ProcessVariables(const std::string& user);

}  // namespace tusk
