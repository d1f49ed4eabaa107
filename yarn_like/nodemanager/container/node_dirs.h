// NodeDirs: where a container's files lie on this node (shared facts yarn-wire §7), and the making and clearing of
// those folders. Blocking file operations are marked; names are pure.
#pragma once

#include <string>
#include <vector>

#include "base/env/disk.h"

namespace tusk::yarn {

class NodeDirs {
 public:
  NodeDirs(std::vector<std::string> local_dirs, std::vector<std::string> log_dirs)
      : local_dirs_(std::move(local_dirs)), log_dirs_(std::move(log_dirs)) {}

  const std::vector<std::string>& local_dirs() const { return local_dirs_; }
  const std::vector<std::string>& log_dirs() const { return log_dirs_; }

  static std::string UserDir(const std::string& local, const std::string& user) { return local + "/usercache/" + user; }
  static std::string AppDir(const std::string& local, const std::string& user, const std::string& app) {
    return UserDir(local, user) + "/appcache/" + app;
  }
  static std::string PrivateDir(const std::string& local, const std::string& app) { return local + "/nmPrivate/" + app; }
  std::vector<std::string> AppDirs(const std::string& user, const std::string& app) const;
  std::vector<std::string> UserDirs(const std::string& user) const;  // with a trailing slash, as LOCAL_USER_DIRS has
  std::vector<std::string> AppLogDirs(const std::string& app) const;

  // Blocks. Makes the folders; unless `keep`, clears what an earlier node manager left in the local dirs (caches and
  // containers; logs stay).
  Status Prepare(Disk& disk, bool keep) const;
  // Blocks. The folders of one application's user on every local dir.
  Status MakeApp(Disk& disk, const std::string& user, const std::string& app) const;
  // Everything of the application but its logs.
  std::vector<std::string> AllOfApp(const std::string& user, const std::string& app) const;
  // The disk with the most room. Blocks.
  static std::string Roomiest(Disk& disk, const std::vector<std::string>& folders);

 private:
  std::vector<std::string> local_dirs_;
  std::vector<std::string> log_dirs_;
};

// Makes one folder with exactly `mode`; OK if it is there.
Status MakeFolder(Disk& disk, const std::string& path, uint32_t mode);

}  // namespace tusk::yarn
