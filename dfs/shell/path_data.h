// PathData: one path of a command line: as the user wrote it (which is how it is printed), where it is, and its status
// if it exists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/client/blocking_file_system.h"

namespace tusk::dfs {

struct PathData {
  std::string text;  // printed
  BlockingFileSystem fs;
  std::string path;  // absolute path part
  std::optional<FileStatus> status;

  bool exists() const { return status.has_value(); }
  bool is_directory() const { return exists() && status->is_directory(); }
  // "hdfs://nn:8020/a"
  std::string qualified() const { return fs.Qualify(path); }
  // "/a/b/" and "." and ".." look like folders.
  bool looks_like_directory() const;
  // The child as it would be listed below this folder.
  PathData Child(const FileStatus& child) const;
  // The entry of this folder that is called like `source`, looked up.
  Result<PathData> ChildLike(const PathData& source) const;
  Result<std::vector<PathData>> Children() const;
  Result<bool> ParentExists() const;
  // Looks it up again.
  Status Refresh();
  PathData WithSuffix(std::string_view suffix) const;  // not looked up
};

// One path without patterns, looked up.
Result<PathData> LookUp(BlockingFileSystems& file_systems, const std::string& text);
// A path of the local filesystem, whatever fs.defaultFS says.
Result<PathData> LookUpLocal(BlockingFileSystems& file_systems, const std::string& text);
// What a pattern matches, sorted; empty if it has wildcards and matches nothing; one item without a status if it has
// none and does not exist.
Result<std::vector<PathData>> ExpandGlob(BlockingFileSystems& file_systems, const std::string& text);

// `PATH': reason, as Hadoop words errors of a path.
Status PathError(std::string_view path, std::string_view reason = "Input/output error");
Status PathErrorWith(std::string_view operation, std::string_view path, std::string_view target,
                     std::string_view reason = "Input/output error");
inline Status NoSuchPath(std::string_view path) { return PathError(path, "No such file or directory"); }
inline Status IsDirectory(std::string_view path) { return PathError(path, "Is a directory"); }
inline Status NotDirectory(std::string_view path) { return PathError(path, "Is not a directory"); }
inline Status PathExists(std::string_view path) { return PathError(path, "File exists"); }

}  // namespace tusk::dfs
