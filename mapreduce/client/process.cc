// The system as a MapReduce executable sees it.
#include "mapreduce/client/process.h"

#include <pwd.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "mapreduce/task/local_file_system.h"

namespace tusk::mapreduce {

namespace {
std::string SystemUser() {
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(::geteuid());
}
}  // namespace

std::string Process::Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Process::Process() : clock_(MakeSystemClock()), random_(MakeSystemRandom()), disk_(MakePosixDisk()) {
  user_ = Variable("HADOOP_USER_NAME");
  if (user_.empty()) user_ = SystemUser();
  char folder[PATH_MAX];
  working_folder_ = ::getcwd(folder, sizeof(folder)) != nullptr ? folder : "/";
}

Process::~Process() = default;

Configuration Process::EmptyConfiguration() {
  std::string user = user_, folder = working_folder_;
  return Configuration([user, folder](std::string_view name) -> std::optional<std::string> {
    if (name == "user.name") return user;
    if (name == "user.dir") return folder;
    if (name == "user.home") return Variable("HOME");
    if (name == "java.io.tmpdir") return "/tmp";
    if (name.starts_with("env.")) {
      const char* value = std::getenv(std::string(name.substr(4)).c_str());
      if (value != nullptr) return value;
    }
    return std::nullopt;
  });
}

Result<Configuration> Process::LoadConfiguration() {
  Configuration conf = EmptyConfiguration();
  conf.Set("hadoop.tmp.dir", "/tmp/hadoop-${user.name}", "core-default.xml");
  conf.Set("fs.defaultFS", "file:///", "core-default.xml");
  conf.Set("mapreduce.framework.name", "local", "mapred-default.xml");
  conf.Set("mapreduce.cluster.local.dir", "${hadoop.tmp.dir}/mapred/local", "mapred-default.xml");
  conf.Set("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging", "mapred-default.xml");
  std::string folder = Variable("HADOOP_CONF_DIR");
  if (!folder.empty()) RETURN_IF_ERROR(conf.LoadFolder(*disk_, folder));
  return conf;
}

Result<std::unique_ptr<FileSystems>> Process::MakeFileSystems(const Configuration&) {
  return MakeLocalFileSystems(*disk_, working_folder_);
}

Result<std::string> Process::ExecutablePath() {
  char path[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof(path));
  if (size <= 0 || size == static_cast<ssize_t>(sizeof(path))) return Status(Code::kIOError, "cannot read /proc/self/exe");
  return std::string(path, static_cast<size_t>(size));
}

}  // namespace tusk::mapreduce
