// Connections per user.
#include "yarn_like/nodemanager/localize/user_file_systems.h"

namespace tusk::yarn {
namespace {
constexpr size_t kUsersMax = 64;
}  // namespace

Result<dfs::FileSystems*> UserFileSystems::Of(const std::string& user) {
  const std::string& name = user.empty() ? own_user_ : user;
  auto found = by_user_.find(name);
  if (found != by_user_.end()) return found->second.get();
  if (by_user_.size() >= kUsersMax) return Status(Code::kResourceExhausted, "too many users' files are open at once");
  ASSIGN_OR_RETURN(auto made, dfs::FileSystems::Create(env_, configuration_, dfs::ClientUser{name, "/"}));
  return by_user_.emplace(name, std::move(made)).first->second.get();
}

Task<void> UserFileSystems::Shutdown() {
  for (auto& [user, systems] : by_user_) co_await systems->Shutdown();
}

}  // namespace tusk::yarn
