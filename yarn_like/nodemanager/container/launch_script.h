// launch_container.sh: what bash runs in a container, from the launch context and the place it got (shared facts
// yarn-wire §7). Pure text. Nothing of an application's values or commands is escaped: that the shell expands them is
// part of the contract that Java's clients rely on.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::yarn {

struct LaunchPlan {
  std::string container_id;
  std::string user;
  std::string work_dir;
  std::string log_dir;                     // of this container
  std::vector<std::string> local_dirs;     // <local>/usercache/<user>/appcache/<app>
  std::vector<std::string> local_user_dirs;  // <local>/usercache/<user>/
  std::vector<std::string> log_dirs;       // one per log disk, this container's
  std::string token_file;
  std::string node_host;
  int node_port = 0;
  int node_http_port = 0;
  std::string home_dir = "/home/";
  std::string localization_counters = "0,0,0,0,0";
  // NAME -> value of the node manager's own environment, in the whitelist's order.
  std::vector<std::pair<std::string, std::string>> inherited;
  std::vector<std::pair<std::string, std::string>> device_environment;  // which GPUs it has; the application cannot override it
  std::vector<std::pair<std::string, std::string>> aux_metadata;  // service name -> bytes for containers
  std::vector<std::pair<std::string, std::string>> environment;   // the application's, as sent
  std::vector<std::pair<std::string, std::string>> admin_environment;  // appended, e.g. MALLOC_ARENA_MAX=""
  std::vector<std::pair<std::string, std::string>> links;         // cached path -> name in the work dir
  std::vector<std::string> commands;
  std::string add_opens;                   // what <ADD_OPENS> stands for
  bool copy_debug_information = true;
};

std::string BuildLaunchScript(const LaunchPlan& plan);

// <LOG_DIR>, <CPS>, <ADD_OPENS> and {{X}} replaced.
std::string ExpandMarkers(std::string_view text, std::string_view log_dir, std::string_view add_opens);
// Such that a value stands after the names that it refers to ($X, ${X}); otherwise in the order given.
std::vector<std::pair<std::string, std::string>> OrderByReference(
    std::vector<std::pair<std::string, std::string>> environment);
// "[A-Za-z_][A-Za-z0-9_]*": what bash can export.
bool IsShellName(std::string_view name);

}  // namespace tusk::yarn
