// Hadoop's file patterns: ? * [a-z] [^a] {a,b} and backslash escapes, matched against one path component at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/async/task.h"
#include "base/core/result.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

// One component of a pattern.
class GlobPattern {
 public:
  // kIOError "Illegal file pattern: ..." for unclosed sets and groups.
  static Result<GlobPattern> Compile(std::string_view pattern);
  bool has_wildcard() const { return has_wildcard_; }
  bool Matches(std::string_view name) const;

 private:
  bool has_wildcard_ = false;
  std::vector<std::string> alternatives_;  // without groups; `{` and `,` that were escaped stay escaped
};

// "\*" -> "*"
std::string Unescape(std::string_view text);
// Expands the groups that have a slash inside: "/{a/b,c}/d" -> "/a/b/d", "/c/d"; others stay.
Result<std::vector<std::string>> ExpandSlashGroups(std::string_view pattern);

struct GlobMatches {
  bool had_wildcard = false;
  std::vector<FileStatus> found;  // in listing order of each folder; the caller sorts
};
// All paths of `fs` that match the absolute `pattern`.
Task<Result<GlobMatches>> Glob(FileSystem& fs, std::string pattern);

}  // namespace tusk::dfs
