// Making and clearing the node's folders.
#include "yarn_like/nodemanager/container/node_dirs.h"

namespace tusk::yarn {

Status MakeFolder(Disk& disk, const std::string& path, uint32_t mode) {
  Status made = disk.MakeDir(path, mode);
  if (made.code() == Code::kAlreadyExists) return Status::Ok();
  RETURN_IF_ERROR(std::move(made));
  return disk.SetMode(path, mode);  // whatever the umask is
}

std::vector<std::string> NodeDirs::AppDirs(const std::string& user, const std::string& app) const {
  std::vector<std::string> folders;
  for (const auto& local : local_dirs_) folders.push_back(AppDir(local, user, app));
  return folders;
}

std::vector<std::string> NodeDirs::UserDirs(const std::string& user) const {
  std::vector<std::string> folders;
  for (const auto& local : local_dirs_) folders.push_back(UserDir(local, user) + "/");
  return folders;
}

std::vector<std::string> NodeDirs::AppLogDirs(const std::string& app) const {
  std::vector<std::string> folders;
  for (const auto& log : log_dirs_) folders.push_back(log + "/" + app);
  return folders;
}

Status NodeDirs::Prepare(Disk& disk, bool keep) const {
  for (const auto& local : local_dirs_) {
    RETURN_IF_ERROR(disk.MakeDirs(local, 0755));
    for (std::string_view part : {"usercache", "filecache", "nmPrivate"}) {
      std::string folder = local + "/" + std::string(part);
      if (!keep) RETURN_IF_ERROR(disk.RemoveTree(folder));
      RETURN_IF_ERROR(MakeFolder(disk, folder, part == "nmPrivate" ? 0700 : 0755));
    }
  }
  for (const auto& log : log_dirs_) RETURN_IF_ERROR(disk.MakeDirs(log, 0755));
  return Status::Ok();
}

Status NodeDirs::MakeApp(Disk& disk, const std::string& user, const std::string& app) const {
  for (const auto& local : local_dirs_) {
    std::string user_dir = UserDir(local, user);
    RETURN_IF_ERROR(MakeFolder(disk, user_dir, 0750));
    RETURN_IF_ERROR(MakeFolder(disk, user_dir + "/appcache", 0710));
    RETURN_IF_ERROR(MakeFolder(disk, user_dir + "/filecache", 0710));
    std::string app_dir = AppDir(local, user, app);
    RETURN_IF_ERROR(MakeFolder(disk, app_dir, 0710));
    RETURN_IF_ERROR(MakeFolder(disk, app_dir + "/filecache", 0710));
    RETURN_IF_ERROR(MakeFolder(disk, PrivateDir(local, app), 0700));
  }
  for (const auto& log : log_dirs_) RETURN_IF_ERROR(MakeFolder(disk, log + "/" + app, 0710));
  return Status::Ok();
}

std::vector<std::string> NodeDirs::AllOfApp(const std::string& user, const std::string& app) const {
  std::vector<std::string> folders = AppDirs(user, app);
  for (const auto& local : local_dirs_) folders.push_back(PrivateDir(local, app));
  return folders;
}

std::string NodeDirs::Roomiest(Disk& disk, const std::vector<std::string>& folders) {
  if (folders.size() == 1) return folders.front();
  std::string best = folders.front();
  uint64_t most = 0;
  for (const auto& folder : folders) {
    Result<DiskSpace> space = disk.Space(folder);
    if (space.ok() && space->available_bytes > most) {
      most = space->available_bytes;
      best = folder;
    }
  }
  return best;
}

}  // namespace tusk::yarn
