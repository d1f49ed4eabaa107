// Who may have put a socket where it is.
#include "base/env/local_sockets.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tusk {
namespace {

Status CheckFolder(const std::string& folder, const std::string& path) {
  struct stat info;
  if (::stat(folder.c_str(), &info) != 0) return Status::FromErrno(errno, "stat", folder);
  std::string why;
  if ((info.st_mode & S_IWOTH) != 0) {
    why = "world-writable.  This might help: 'chmod o-w " + folder + "'";
  } else if ((info.st_mode & S_IWGRP) != 0 && info.st_gid != 0) {
    why = "group-writable, and the group is not root.  This might help: 'chmod g-w " + folder + "' or 'chown root " + folder + "'";
  } else if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    why = "owned by a user who is not root and not you.  This might help: 'chown root " + folder + "'";
  }
  if (why.empty()) return Status::Ok();
  char mode[16];
  std::snprintf(mode, sizeof(mode), "%04o", static_cast<unsigned>(info.st_mode & 07777));
  return Status(Code::kIOError, "the path component: '" + folder + "' in '" + path + "' has permissions " + mode + " uid " +
                                    std::to_string(info.st_uid) + " and gid " + std::to_string(info.st_gid) +
                                    ". It is not protected because it is " + why +
                                    ".  For more information: https://wiki.apache.org/hadoop/SocketPathSecurity");
}

}  // namespace

Status CheckSocketPath(const std::string& path) {
  if (path.empty() || path.front() != '/') return Status(Code::kIOError, "the socket path '" + path + "' is not absolute");
  RETURN_IF_ERROR(CheckFolder("/", path));
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    RETURN_IF_ERROR(CheckFolder(path.substr(0, slash), path));
  }
  return Status::Ok();
}

}  // namespace tusk
