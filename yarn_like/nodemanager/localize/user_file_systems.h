// UserFileSystems: the filesystems as each application's user sees them, one set of connections per user.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "dfs/client/file_systems.h"

namespace tusk::yarn {

class UserFileSystems {
 public:
  // `configuration` outlives it. `own_user`: whom the node manager itself is.
  UserFileSystems(Env env, const Configuration& configuration, std::string own_user)
      : env_(env), configuration_(configuration), own_user_(std::move(own_user)) {}
  // "": the node manager's own. kResourceExhausted where too many users have some open.
  Result<dfs::FileSystems*> Of(const std::string& user);
  Env env() const { return env_; }
  Task<void> Shutdown();

 private:
  Env env_;
  const Configuration& configuration_;
  std::string own_user_;
  std::map<std::string, std::unique_ptr<dfs::FileSystems>> by_user_;
};

}  // namespace tusk::yarn
