// The user of this process.
#include "dfs/namenode/permission/caller.h"

#include <pwd.h>
#include <unistd.h>

namespace tusk::dfs {

std::string ProcessUser() {
  char buffer[16384];
  passwd entry;
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr) return entry.pw_name;
  return std::to_string(::geteuid());
}

}  // namespace tusk::dfs
