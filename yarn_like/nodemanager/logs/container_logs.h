// ContainerLogs: the log files that containers have left under the log dirs: which there are, and the clearing of old
// ones. All calls block.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/env/disk.h"
#include "base/core/time.h"

namespace tusk::yarn {

struct LogFile {
  std::string name;
  std::string path;
  uint64_t size = 0;
  int64_t mtime_wall_ms = 0;
};

class ContainerLogs {
 public:
  ContainerLogs(Disk& disk, std::vector<std::string> log_dirs) : disk_(disk), log_dirs_(std::move(log_dirs)) {}
  // Sorted by name. Empty where the container left none.
  std::vector<LogFile> List(const std::string& application, const std::string& container) const;
  // kFileNotFound for anything but a plain name of a file that is there.
  Result<LogFile> Find(const std::string& application, const std::string& container, const std::string& name) const;
  // Containers of the application that left logs.
  std::vector<std::string> Containers(const std::string& application) const;
  // Removes the folders of applications for which `in_use` is false and that nobody wrote to since.
  void RemoveOlder(int64_t than_wall_ms, const std::function<bool(const std::string& application)>& in_use) const;
  void RemoveApplication(const std::string& application) const;

 private:
  Disk& disk_;
  std::vector<std::string> log_dirs_;
};

}  // namespace tusk::yarn
