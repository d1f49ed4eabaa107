// Splitting and checking of paths.
#include "dfs/namenode/namespace/path.h"

#include <algorithm>

namespace tusk::dfs {

Result<std::vector<std::string>> SplitPath(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return Status(Code::kAssertionFailed, "Absolute path required, but got '" + std::string(path) + "'");
  }
  std::vector<std::string> components;
  size_t at = 0;
  while (at < path.size()) {
    size_t slash = path.find('/', at);
    if (slash == std::string_view::npos) slash = path.size();
    if (slash > at) components.emplace_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return components;
}

Status CheckCreatable(std::string_view path) {
  if (IsCreatable(path)) return Status::Ok();
  return Status(Code::kInvalidPath, "Invalid path name Invalid file name: " + std::string(path));
}

bool IsCreatable(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  size_t at = 1;
  while (at <= path.size()) {
    size_t slash = path.find('/', at);
    if (slash == std::string_view::npos) slash = path.size();
    std::string_view part = path.substr(at, slash - at);
    bool trailing = slash == path.size();  // one "/" at the end is ignored
    if (part.empty() && !trailing) return false;
    if (part == "." || part == ".." || part.find(':') != std::string_view::npos) return false;
    at = slash + 1;
  }
  return true;
}

std::string JoinComponents(const std::vector<std::string>& components, size_t count) {
  std::string path;
  for (size_t i = 0; i < std::min(count, components.size()); ++i) path.append("/").append(components[i]);
  return path.empty() ? "/" : path;
}

}  // namespace tusk::dfs
