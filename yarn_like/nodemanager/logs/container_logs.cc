// Listing and clearing log folders.
#include "yarn_like/nodemanager/logs/container_logs.h"

#include <algorithm>

#include "base/log/log.h"

namespace tusk::yarn {
namespace {

bool IsPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos && name.size() <= 255;
}

}  // namespace

std::vector<LogFile> ContainerLogs::List(const std::string& application, const std::string& container) const {
  std::vector<LogFile> files;
  if (!IsPlainName(application) || !IsPlainName(container)) return files;
  for (const auto& log : log_dirs_) {
    std::string folder = log + "/" + application + "/" + container;
    for (const auto& name : disk_.List(folder).value_or({})) {
      Result<FileStat> stat = disk_.Stat(folder + "/" + name);
      if (!stat.ok() || stat->is_directory) continue;
      files.push_back({name, folder + "/" + name, stat->size, stat->mtime_wall_ms});
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

Result<LogFile> ContainerLogs::Find(const std::string& application, const std::string& container, const std::string& name) const {
  for (auto& file : List(application, container)) {
    if (file.name == name) return file;
  }
  return Status(Code::kFileNotFound, "Unable to locate '" + name + "' log for container " + container);
}

std::vector<std::string> ContainerLogs::Containers(const std::string& application) const {
  std::vector<std::string> containers;
  if (!IsPlainName(application)) return containers;
  for (const auto& log : log_dirs_) {
    for (const auto& name : disk_.List(log + "/" + application).value_or({})) {
      if (name.starts_with("container_")) containers.push_back(name);
    }
  }
  std::sort(containers.begin(), containers.end());
  containers.erase(std::unique(containers.begin(), containers.end()), containers.end());
  return containers;
}

void ContainerLogs::RemoveOlder(int64_t than_wall_ms, const std::function<bool(const std::string&)>& in_use) const {
  for (const auto& log : log_dirs_) {
    for (const auto& name : disk_.List(log).value_or({})) {
      if (!name.starts_with("application_") || in_use(name)) continue;
      Result<FileStat> stat = disk_.Stat(log + "/" + name);
      if (!stat.ok() || stat->mtime_wall_ms >= than_wall_ms) continue;
      Status removed = disk_.RemoveTree(log + "/" + name);
      if (!removed.ok()) LogWarn("logs", "{}", removed.ToString());
    }
  }
}

void ContainerLogs::RemoveApplication(const std::string& application) const {
  if (!IsPlainName(application)) return;
  for (const auto& log : log_dirs_) {
    Status removed = disk_.RemoveTree(log + "/" + application);
    if (!removed.ok()) LogWarn("logs", "{}", removed.ToString());
  }
}

}  // namespace tusk::yarn
