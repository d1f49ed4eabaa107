// Who asks the console's API, and what that role may.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tusk::web {

// Each may what those before it may.
enum class Role : uint8_t { kViewer, kOperator, kAdmin };
std::string_view NameOf(Role role);  // "viewer"
std::optional<Role> RoleOf(std::string_view name);

struct Identity {
  std::string user;
  Role role = Role::kViewer;
  std::string address;         // of the browser, also when the other daemon passed the request on
  bool local = false;          // without a login: the daemon's owner, on loopback
  std::string session;         // id; empty: no cookie
  int64_t expires_wall_ms = 0;
  bool MayAct(Role needed) const { return role >= needed; }
};

// One action of somebody, allowed or refused.
struct ConsoleAction {
  std::string user;
  std::string address;
  std::string action;  // "decommissionDatanode"
  std::string target;  // "10.0.0.7:9866"
  bool allowed = false;
};

}  // namespace tusk::web
