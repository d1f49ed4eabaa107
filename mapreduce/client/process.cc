// The system as a MapReduce executable sees it.
#include "mapreduce/client/process.h"

#include <unistd.h>

#include <climits>

#include "base/cli/cli_context.h"
#include "mapreduce/client/dfs_file_systems.h"

namespace tusk::mapreduce {

std::string Process::Variable(const char* name) {
  return EnvironmentVariable(name).value_or("");
}

Process::Process() : clock_(MakeSystemClock()), random_(MakeSystemRandom()), disk_(MakePosixDisk()) {
  user_ = Variable("HADOOP_USER_NAME");
  if (user_.empty()) user_ = SystemUserName();
  working_folder_ = ProcessWorkingDirectory();
}

Process::~Process() = default;

Configuration Process::EmptyConfiguration() { return Configuration(ProcessVariables(user_)); }

Result<Configuration> Process::LoadConfiguration() {
  Configuration conf = EmptyConfiguration();
  conf.Set("hadoop.tmp.dir", "/tmp/hadoop-${user.name}", "core-default.xml");
  conf.Set("fs.defaultFS", "file:///", "core-default.xml");
  conf.Set("mapreduce.framework.name", "local", "mapred-default.xml");
  conf.Set("mapreduce.cluster.local.dir", "${hadoop.tmp.dir}/mapred/local", "mapred-default.xml");
  conf.Set("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging", "mapred-default.xml");
  std::string folder = Variable("HADOOP_CONF_DIR");
  if (folder.empty()) folder = Variable("TUSK_CONF_DIR");
  if (!folder.empty()) RETURN_IF_ERROR(conf.LoadFolder(*disk_, folder));
  return conf;
}

Result<std::unique_ptr<FileSystems>> Process::MakeFileSystems(const Configuration& conf) {
  return MakeDfsFileSystems(*clock_, *random_, *disk_, conf, user_, working_folder_);
}

Result<std::string> Process::ExecutablePath() {
  char path[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof(path));
  if (size <= 0 || size == static_cast<ssize_t>(sizeof(path))) return Status(Code::kIOError, "cannot read /proc/self/exe");
  return std::string(path, static_cast<size_t>(size));
}

}  // namespace tusk::mapreduce
