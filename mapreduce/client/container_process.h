// What every process in a container of a job begins and ends with, whichever role it plays: its options, the localized
// configuration, file systems, tokens; its exit code.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/security/token.h"
#include "mapreduce/client/process.h"

namespace tusk::mapreduce {

// What follows `option` in the first argument that begins with it; empty: there is none.
std::string OptionValue(const std::vector<std::string>& arguments, std::string_view option);

// Where others reach a process of this container.
std::string ContainerHost();

// What its node manager gave this container, and what it is good for. `device`: its name, or why there is none.
std::string AboutGpu(const std::string& container, const Result<std::string>& device);

struct OpenedContainer {
  Configuration conf;                   // job.xml
  std::unique_ptr<FileSystems> files;
  Credentials credentials;
};
Result<OpenedContainer> OpenContainer(Process& process);
// A file that was localized into the working folder.
Result<std::string> ReadLocalized(Process& process, const char* name, uint64_t bytes_max);

// Logs go to stderr, and a failure's text too. Exit code of the process.
int RunInContainer(const std::function<Result<int>(Process& process)>& role);

}  // namespace tusk::mapreduce
