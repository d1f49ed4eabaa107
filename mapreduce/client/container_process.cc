// Begin and end of a container's process.
#include "mapreduce/client/container_process.h"

#include <cstdio>

#include "base/log/log.h"
#include "mapreduce/client/job_files.h"

namespace tusk::mapreduce {

std::string OptionValue(const std::vector<std::string>& arguments, std::string_view option) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(option)) return argument.substr(option.size());
  }
  return "";
}

std::string ContainerHost() {
  const std::string host = Process::Variable("NM_HOST");
  return host.empty() ? "127.0.0.1" : host;
}

Result<std::string> ReadLocalized(Process& process, const char* name, uint64_t bytes_max) {
  return process.disk().ReadFile(JoinPath(process.working_folder(), name), bytes_max);
}

std::string AboutGpu(const std::string& container, const Result<std::string>& device) {
  const std::string assigned = Process::Variable("CUDA_VISIBLE_DEVICES");
  const std::string text = container + " has " + (assigned.empty() ? "no GPU assigned by its node" : "GPU " + assigned);
  return text + (device.ok() ? ": " + device.value() : "; it computes on the CPU: " + std::string(device.status().message()));
}

Result<OpenedContainer> OpenContainer(Process& process) {
  OpenedContainer opened{process.EmptyConfiguration(), nullptr, {}};
  RETURN_IF_ERROR(opened.conf.LoadFile(process.disk(), JoinPath(process.working_folder(), kJobXmlName)));
  ASSIGN_OR_RETURN(opened.files, process.MakeFileSystems(opened.conf));
  ASSIGN_OR_RETURN(opened.credentials, Credentials::ReadFile(process.disk(), Process::Variable("HADOOP_TOKEN_FILE_LOCATION")));
  return opened;
}

int RunInContainer(const std::function<Result<int>(Process& process)>& role) {
  OpenLogStderr(LogLevel::kInfo);
  Process process;
  const Result<int> outcome = role(process);
  if (outcome.ok()) return *outcome;
  std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
  return 1;
}

}  // namespace tusk::mapreduce
