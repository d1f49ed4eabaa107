// Names of roles.
#include "base/web/identity.h"

namespace tusk::web {
namespace {
constexpr std::string_view kNames[] = {"viewer", "operator", "admin"};
}

std::string_view NameOf(Role role) { return kNames[static_cast<size_t>(role)]; }

std::optional<Role> RoleOf(std::string_view name) {
  for (Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
    if (NameOf(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace tusk::web
