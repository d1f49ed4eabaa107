// The system as a MapReduce executable sees it.
#include "mapreduce/client/process.h"

#include <link.h>

#include <charconv>
#include <fstream>

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
  constexpr const char* kTokenFiles = "hadoop.token.files";
  const std::string own = Variable("HADOOP_TOKEN_FILE_LOCATION");
  if (own.empty()) return MakeDfsFileSystems(*clock_, *random_, *disk_, conf, user_, working_folder_);
  Configuration with_tokens = conf;
  const std::string others = conf.Get(kTokenFiles, "");
  with_tokens.Set(kTokenFiles, others.empty() ? own : own + "," + others);
  return MakeDfsFileSystems(*clock_, *random_, *disk_, with_tokens, user_, working_folder_);
}

namespace {
struct MappedObject {
  std::string name;   // empty: the program itself
  uintptr_t address;  // of its first segment
};

std::vector<MappedObject> MappedObjects() {
  std::vector<MappedObject> objects;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        uintptr_t address = 0;
        for (int i = 0; i < info->dlpi_phnum && address == 0; ++i) {
          if (info->dlpi_phdr[i].p_type == PT_LOAD) address = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        }
        static_cast<std::vector<MappedObject>*>(out)->push_back({info->dlpi_name == nullptr ? "" : info->dlpi_name, address});
        return 0;
      },
      &objects);
  return objects;
}
}  // namespace

Result<std::string> Process::ExecutablePath() {
  std::vector<MappedObject> objects = MappedObjects();
  if (objects.empty()) return Status(Code::kIOError, "cannot find this program in its own memory");
  std::ifstream maps("/proc/self/maps");  // start-end rights offset device inode path
  for (std::string line; std::getline(maps, line);) {
    uintptr_t start = 0, end = 0;
    auto [dash, error] = std::from_chars(line.data(), line.data() + line.size(), start, 16);
    if (error != std::errc() || *dash != '-') continue;
    std::from_chars(dash + 1, line.data() + line.size(), end, 16);
    if (objects.front().address < start || objects.front().address >= end) continue;
    size_t path = line.find('/');
    if (path == std::string::npos) break;
    if (line.ends_with(" (deleted)")) return Status(Code::kFileNotFound, line.substr(path) + ": the program's file was replaced while it runs");
    return line.substr(path);
  }
  return Status(Code::kIOError, "cannot find this program in /proc/self/maps");
}

std::vector<std::string> Process::LoadedLibraries() {
  std::vector<std::string> paths;
  for (const MappedObject& object : MappedObjects()) {
    if (object.name.starts_with('/')) paths.push_back(object.name);  // the others are the program and the kernel's page
  }
  return paths;
}

}  // namespace tusk::mapreduce
