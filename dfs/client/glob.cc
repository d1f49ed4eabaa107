// Hadoop's file patterns.
#include "dfs/client/glob.h"

namespace tusk::dfs {
namespace {

Status IllegalPattern(std::string_view what, std::string_view pattern) {
  return Status(Code::kIOError, "Illegal file pattern: " + std::string(what) + " " + std::string(pattern));
}

// Position of the '}' that closes the '{' at `open`; npos if there is none.
size_t GroupEnd(std::string_view pattern, size_t open) {
  int depth = 0;
  for (size_t i = open; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      ++depth;
    } else if (pattern[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

// The alternatives between the braces, split at commas of this depth.
std::vector<std::string_view> SplitGroup(std::string_view inside) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\') {
      ++i;
    } else if (inside[i] == '{') {
      ++depth;
    } else if (inside[i] == '}') {
      --depth;
    } else if (inside[i] == ',' && depth == 0) {
      parts.push_back(inside.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(inside.substr(start));
  return parts;
}

constexpr size_t kAlternativesMax = 100'000;

// Expands every group (`only_with_slash`: just those around a slash) and appends the results.
Status Expand(std::string_view pattern, bool only_with_slash, std::vector<std::string>& out) {
  bool in_set = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      continue;
    }
    if (pattern[i] == '[') in_set = true;
    if (pattern[i] == ']') in_set = false;
    if (pattern[i] != '{' || (in_set && !only_with_slash)) continue;
    size_t end = GroupEnd(pattern, i);
    if (end == std::string_view::npos) {
      if (only_with_slash) break;
      return IllegalPattern("Unclosed group near index " + std::to_string(pattern.size() - 1), pattern);
    }
    std::string_view inside = pattern.substr(i + 1, end - i - 1);
    if (only_with_slash && inside.find('/') == std::string_view::npos) {
      i = end;
      continue;
    }
    for (std::string_view choice : SplitGroup(inside)) {
      std::string whole(pattern.substr(0, i));
      whole += choice;
      whole += pattern.substr(end + 1);
      RETURN_IF_ERROR(Expand(whole, only_with_slash, out));
    }
    return Status::Ok();
  }
  if (out.size() >= kAlternativesMax) return IllegalPattern("Too many alternatives in", pattern);
  out.emplace_back(pattern);
  return Status::Ok();
}

// Does the set whose '[' is at `at` contain `c`? Moves `at` behind its ']'.
bool SetContains(std::string_view pattern, size_t& at, unsigned char c) {
  ++at;
  bool negated = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
  if (negated) ++at;
  bool found = false;
  bool first = true;
  while (at < pattern.size() && (pattern[at] != ']' || first)) {
    first = false;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    unsigned char low = static_cast<unsigned char>(pattern[at++]);
    unsigned char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
      high = static_cast<unsigned char>(pattern[at++]);
    }
    found |= low <= c && c <= high;
  }
  ++at;
  return found != negated;
}

size_t CharacterLength(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

bool MatchOne(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size() || p < pattern.size()) {
    bool matched = false;
    if (p < pattern.size()) {
      char c = pattern[p];
      if (c == '*') {
        star = ++p;
        star_name = n;
        continue;
      }
      if (n < name.size()) {
        if (c == '?') {
          ++p;
          n += CharacterLength(name, n);
          matched = true;
        } else if (c == '[') {
          size_t after = p;
          if (SetContains(pattern, after, static_cast<unsigned char>(name[n]))) {
            p = after;
            n += CharacterLength(name, n);
            matched = true;
          }
        } else {
          size_t literal = c == '\\' && p + 1 < pattern.size() ? p + 1 : p;
          if (pattern[literal] == name[n]) {
            p = literal + 1;
            ++n;
            matched = true;
          }
        }
      }
    }
    if (matched) continue;
    if (star == std::string_view::npos || star_name >= name.size()) return false;
    p = star;
    n = ++star_name;
  }
  return true;
}

std::vector<std::string> Components(std::string_view path) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (at < path.size()) {
    size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string Child(const std::string& folder, const std::string& name) {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

}  // namespace

Result<GlobPattern> GlobPattern::Compile(std::string_view pattern) {
  GlobPattern compiled;
  bool in_set = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\') {
      if (++i >= pattern.size()) return IllegalPattern("An escaped character does not present in", pattern);
      continue;
    }
    if (c == '*' || c == '?' || c == '{' || c == '[') compiled.has_wildcard_ = true;
    if (c == '[') {
      in_set = true;
      // A ']' right behind the opening is a member.
      if (i + 1 < pattern.size() && (pattern[i + 1] == '^' || pattern[i + 1] == '!')) ++i;
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i;
    } else if (c == ']') {
      in_set = false;
    }
  }
  if (in_set) {
    return IllegalPattern("Unclosed character class near index " + std::to_string(pattern.size() - 1), pattern);
  }
  RETURN_IF_ERROR(Expand(pattern, false, compiled.alternatives_));
  return compiled;
}

bool GlobPattern::Matches(std::string_view name) const {
  for (const std::string& pattern : alternatives_) {
    if (MatchOne(pattern, name)) return true;
  }
  return false;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

Result<std::vector<std::string>> ExpandSlashGroups(std::string_view pattern) {
  std::vector<std::string> out;
  RETURN_IF_ERROR(Expand(pattern, true, out));
  return out;
}

namespace {

// Replaces `candidates` by what `component` selects below them.
Task<Status> Descend(FileSystem& fs, const GlobPattern& compiled, std::string component, bool last,
                     std::vector<FileStatus>& candidates) {
  std::vector<FileStatus> next;
  for (FileStatus& candidate : candidates) {
    if (!compiled.has_wildcard()) {
      std::string path = Child(candidate.path, Unescape(component));
      if (!last) {  // looked up once, at the end or at the next wildcard
        candidate.path = path;
        next.push_back(std::move(candidate));
        continue;
      }
      auto found = co_await fs.GetFileStatus(path);
      if (found.ok()) {
        next.push_back(std::move(found).value());
      } else if (found.code() != Code::kFileNotFound && found.code() != Code::kParentNotDirectory) {
        co_return found.status();
      }
      continue;
    }
    auto children = co_await fs.List(candidate.path);
    if (!children.ok()) {
      if (children.code() == Code::kFileNotFound || children.code() == Code::kParentNotDirectory) continue;
      co_return children.status();
    }
    for (FileStatus& child : *children) {
      if (child.path == candidate.path) continue;  // a file lists as itself
      if ((last || child.is_directory()) && compiled.Matches(child.name())) next.push_back(std::move(child));
    }
  }
  candidates = std::move(next);
  co_return Status::Ok();
}

}  // namespace

Task<Result<GlobMatches>> Glob(FileSystem& fs, std::string pattern) {
  GlobMatches matches;
  CO_ASSIGN_OR_RETURN(std::vector<std::string> patterns, ExpandSlashGroups(pattern));
  for (const std::string& one : patterns) {
    std::vector<std::string> components = Components(one);
    std::vector<FileStatus> candidates;
    if (components.empty()) {
      auto root = co_await fs.GetFileStatus("/");
      if (!root.ok()) co_return root.status();
      matches.found.push_back(std::move(root).value());
      continue;
    }
    FileStatus root;
    root.path = "/";
    root.type = FileType::kDirectory;
    candidates.push_back(std::move(root));
    for (size_t i = 0; i < components.size(); ++i) {
      CO_ASSIGN_OR_RETURN(GlobPattern compiled, GlobPattern::Compile(components[i]));
      matches.had_wildcard |= compiled.has_wildcard();
      CO_RETURN_IF_ERROR(co_await Descend(fs, compiled, components[i], i + 1 == components.size(), candidates));
    }
    for (FileStatus& found : candidates) matches.found.push_back(std::move(found));
  }
  matches.had_wildcard |= patterns.size() > 1;
  co_return matches;
}

}  // namespace tusk::dfs
