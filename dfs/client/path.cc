// Hadoop path names: parsing, joining, printing.
#include "dfs/client/path.h"

#include <cctype>
#include <vector>

namespace tusk::dfs {
namespace {

bool IsSchemeName(std::string_view text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text.front()))) return false;
  for (char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

std::string NormalizeSlashes(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (char c : path) {
    if (c == '/' && !out.empty() && out.back() == '/') continue;
    out.push_back(c);
  }
  if (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string RemoveDots(std::string_view path) {
  bool absolute = !path.empty() && path.front() == '/';
  std::vector<std::string_view> parts;
  size_t at = 0;
  while (at <= path.size()) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string out = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out;
}

Result<Path> Path::Parse(std::string_view text) {
  if (text.empty()) {
    return Status(Code::kInvalidArgument, "Can not create a Path from an empty string");
  }
  std::string scheme;
  std::string authority;
  size_t at = 0;
  size_t colon = text.find(':');
  size_t slash = text.find('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon < slash)) {
    scheme = std::string(text.substr(0, colon));
    if (!IsSchemeName(scheme)) {
      return Status(Code::kInvalidArgument,
                    "java.net.URISyntaxException: Relative path in absolute URI: " + std::string(text));
    }
    at = colon + 1;
  }
  if (text.substr(at).starts_with("//") && text.size() - at > 2) {
    size_t end = std::min(text.find('/', at + 2), text.size());
    authority = std::string(text.substr(at + 2, end - at - 2));
    at = end;
  }
  std::string path = NormalizeSlashes(text.substr(at));
  if (!authority.empty() && path.empty()) path = "/";
  if (!scheme.empty() && (path.empty() || path.front() != '/')) {
    if (path.empty() && !authority.empty()) {
      path = "/";
    } else {
      return Status(Code::kInvalidArgument, "java.net.URISyntaxException: Relative path in absolute URI: " +
                                                std::string(text));
    }
  }
  return Path(std::move(scheme), std::move(authority), std::move(path));
}

std::string Path::name() const { return path_.substr(path_.rfind('/') + 1); }

Path Path::parent() const {
  size_t slash = path_.rfind('/');
  if (path_ == "/" || path_.empty()) return *this;
  if (slash == std::string::npos) return Path(scheme_, authority_, "");
  return Path(scheme_, authority_, slash == 0 ? "/" : path_.substr(0, slash));
}

Path Path::Under(const Path& folder) const {
  std::string scheme = scheme_.empty() ? folder.scheme_ : scheme_;
  std::string authority = scheme_.empty() && authority_.empty() ? folder.authority_ : authority_;
  if (is_absolute()) return Path(scheme, authority, path_);
  std::string joined = folder.path_;
  if (!joined.ends_with('/')) joined += '/';
  return Path(scheme, authority, RemoveDots(joined + path_));
}

std::string Path::ToString() const {
  std::string out;
  if (!scheme_.empty()) out += scheme_ + ":";
  if (!authority_.empty()) out += "//" + authority_;
  return out + path_;
}

}  // namespace tusk::dfs
