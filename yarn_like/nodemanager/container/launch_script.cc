// Writing launch_container.sh.
#include "yarn_like/nodemanager/container/launch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/security/hmac.h"

namespace tusk::yarn {
namespace {

bool NameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool NameChar(char c) { return NameStart(c) || (c >= '0' && c <= '9'); }

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Names that `value` refers to as $X or ${X}.
std::set<std::string> ReferencesOf(std::string_view value) {
  std::set<std::string> names;
  for (size_t i = 0; i + 1 < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
      continue;
    }
    if (value[i] != '$') continue;
    size_t start = value[i + 1] == '{' ? i + 2 : i + 1;
    size_t end = start;
    if (end < value.size() && NameStart(value[end])) {
      while (end < value.size() && NameChar(value[end])) ++end;
    }
    if (end > start) names.emplace(value.substr(start, end - start));
  }
  return names;
}

class Script {
 public:
  void Line(std::string_view line) {
    text_ += line;
    text_ += '\n';
  }
  void Export(std::string_view name, std::string_view value) { Line(fmt::format("export {}=\"{}\"", name, value)); }
  void Echo(std::string_view words) { Line(fmt::format("echo \"{}\"", words)); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void WriteEnvironment(Script& script, const LaunchPlan& plan) {
  auto of_app = [&plan](std::string_view name) {
    return std::any_of(plan.environment.begin(), plan.environment.end(), [&](const auto& e) { return e.first == name; });
  };
  for (const auto& [name, value] : plan.inherited) {
    if (!of_app(name)) script.Line(fmt::format("export {}=${{{}:-\"{}\"}}", name, name, value));
  }
  std::vector<std::pair<std::string, std::string>> own = {
      {"HADOOP_TOKEN_FILE_LOCATION", plan.token_file},
      {"CONTAINER_ID", plan.container_id},
      {"NM_PORT", std::to_string(plan.node_port)},
      {"NM_HOST", plan.node_host},
      {"NM_HTTP_PORT", std::to_string(plan.node_http_port)},
      {"LOCAL_DIRS", Join(plan.local_dirs, ",")},
      {"LOCAL_USER_DIRS", Join(plan.local_user_dirs, ",")},
      {"LOG_DIRS", Join(plan.log_dirs, ",")},
      {"USER", plan.user},
      {"LOGNAME", plan.user},
      {"HOME", plan.home_dir},
      {"PWD", plan.work_dir},
      {"LOCALIZATION_COUNTERS", plan.localization_counters},
      {"JVM_PID", "$$"},
  };
  for (const auto& [name, bytes] : plan.aux_metadata) own.emplace_back("NM_AUX_SERVICE_" + name, Base64Encode(bytes));
  own.insert(own.end(), plan.device_environment.begin(), plan.device_environment.end());
  std::set<std::string> taken;
  for (const auto& [name, value] : own) {
    script.Export(name, value);
    taken.insert(name);
  }
  std::vector<std::pair<std::string, std::string>> application;
  for (const auto& [name, value] : plan.environment) {
    // Names of ours stay ours; a name that bash cannot export would fail the launch.
    if (taken.contains(name) || !IsShellName(name)) continue;
    application.emplace_back(name, ExpandMarkers(value, plan.log_dir, plan.add_opens));
  }
  for (const auto& [name, value] : OrderByReference(std::move(application))) script.Export(name, value);
  for (const auto& [name, value] : plan.admin_environment) script.Export(name, value);
}

void WriteLinks(Script& script, const LaunchPlan& plan) {
  for (const auto& [target, link] : plan.links) {
    size_t slash = link.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      std::string folder = link.substr(0, slash);
      bool plain = std::all_of(folder.begin(), folder.end(), [](char c) { return NameChar(c) || c == '/' || c == '.' || c == '-'; });
      script.Line(plain && !folder.starts_with('-') ? "mkdir -p " + folder : "mkdir -p -- \"" + folder + "\"");
    }
    script.Line(fmt::format("ln -sf -- \"{}\" \"{}\"", target, link));
  }
}

void WriteDebugCopies(Script& script, const LaunchPlan& plan) {
  script.Echo("Copying debugging information");
  script.Line("# Creating copy of launch script");
  script.Line(fmt::format("cp \"launch_container.sh\" \"{}/launch_container.sh\"", plan.log_dir));
  script.Line(fmt::format("chmod 640 \"{}/launch_container.sh\"", plan.log_dir));
  script.Line("# Determining directory contents");
  auto info = plan.log_dir + "/directory.info";
  script.Line(fmt::format("echo \"ls -l:\" 1>\"{}\"", info));
  script.Line(fmt::format("ls -l 1>>\"{}\"", info));
  for (std::string_view command : {"find -L . -maxdepth 5 -ls", "find -L . -maxdepth 5 -type l -ls"}) {
    bool broken = command.find("-type l") != std::string_view::npos;
    script.Line(broken ? fmt::format("echo \"broken symlinks({}):\" 1>>\"{}\"", command, info)
                       : fmt::format("echo \"{}:\" 1>>\"{}\"", command, info));
    script.Line(fmt::format("{} 1>>\"{}\"", command, info));
  }
}

}  // namespace

bool IsShellName(std::string_view name) {
  return !name.empty() && NameStart(name.front()) && std::all_of(name.begin(), name.end(), NameChar);
}

std::string ExpandMarkers(std::string_view text, std::string_view log_dir, std::string_view add_opens) {
  std::string expanded(text);
  ReplaceAll(expanded, "<LOG_DIR>", log_dir);
  ReplaceAll(expanded, "<CPS>", ":");
  ReplaceAll(expanded, "<ADD_OPENS>", add_opens);
  ReplaceAll(expanded, "{{", "$");
  ReplaceAll(expanded, "}}", "");
  return expanded;
}

std::vector<std::pair<std::string, std::string>> OrderByReference(
    std::vector<std::pair<std::string, std::string>> environment) {
  std::map<std::string, size_t> position;
  for (size_t i = 0; i < environment.size(); ++i) position[environment[i].first] = i;
  std::vector<char> placed(environment.size(), 0);
  std::vector<size_t> order;
  // Depth first with its own stack: a chain of references may be as long as the environment.
  for (size_t root = 0; root < environment.size(); ++root) {
    std::vector<std::pair<size_t, std::vector<size_t>>> stack;
    auto enter = [&](size_t index) {
      if (placed[index] != 0) return;
      placed[index] = 1;
      std::vector<size_t> needs;
      for (const auto& name : ReferencesOf(environment[index].second)) {
        auto found = position.find(name);
        if (found != position.end() && found->second != index) needs.push_back(found->second);
      }
      std::sort(needs.rbegin(), needs.rend());  // popped from the back: given order
      stack.emplace_back(index, std::move(needs));
    };
    enter(root);
    while (!stack.empty()) {
      if (stack.back().second.empty()) {
        order.push_back(stack.back().first);
        stack.pop_back();
      } else {
        size_t next = stack.back().second.back();
        stack.back().second.pop_back();
        enter(next);
      }
    }
  }
  std::vector<std::pair<std::string, std::string>> ordered;
  ordered.reserve(environment.size());
  for (size_t index : order) ordered.push_back(std::move(environment[index]));
  return ordered;
}

std::string BuildLaunchScript(const LaunchPlan& plan) {
  Script script;
  script.Line("#!/bin/bash\n");
  script.Line("set -o pipefail -e");
  script.Export("PRELAUNCH_OUT", plan.log_dir + "/prelaunch.out");
  script.Line("exec >\"${PRELAUNCH_OUT}\"");
  script.Export("PRELAUNCH_ERR", plan.log_dir + "/prelaunch.err");
  script.Line("exec 2>\"${PRELAUNCH_ERR}\"");
  script.Echo("Setting up env variables");
  WriteEnvironment(script, plan);
  script.Echo("Setting up job resources");
  WriteLinks(script, plan);
  if (plan.copy_debug_information) WriteDebugCopies(script, plan);
  script.Echo("Launching container");
  std::string command = Join(plan.commands, " ");
  std::string text = script.Take();
  text += "exec /bin/bash -c \"" + ExpandMarkers(command, plan.log_dir, plan.add_opens) + "\"\n";
  return text;
}

}  // namespace tusk::yarn
