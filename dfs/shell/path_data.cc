// Paths of a command line.
#include "dfs/shell/path_data.h"

#include <algorithm>

#include "base/async/loop_thread.h"
#include "dfs/client/glob.h"

namespace tusk::dfs {
namespace {

Result<std::optional<FileStatus>> StatusOrNothing(const BlockingFileSystem& fs, const std::string& path) {
  auto status = fs.GetFileStatus(path);
  if (status.ok()) return std::optional<FileStatus>(std::move(status).value());
  if (status.code() == Code::kFileNotFound) return std::optional<FileStatus>();
  return status.status();
}

// `path` as seen from the folder `from`: ".", "a/b", or the path itself where it is not below it.
std::string Relativize(const std::string& from, const std::string& path) {
  if (path == from) return ".";
  std::string prefix = from == "/" ? "/" : from + "/";
  if (path.starts_with(prefix)) return path.substr(prefix.size());
  // One folder up at a time.
  std::string up;
  std::string folder = from;
  while (folder != "/") {
    folder = folder.substr(0, std::max<size_t>(folder.rfind('/'), 1));
    up += up.empty() ? ".." : "/..";
    if (path == folder) return up;
    std::string folder_prefix = folder == "/" ? "/" : folder + "/";
    if (path.starts_with(folder_prefix)) return up + "/" + path.substr(folder_prefix.size());
  }
  return path;
}

}  // namespace

bool PathData::looks_like_directory() const {
  std::string name = text.substr(text.rfind('/') + 1);
  return name.empty() || name == "." || name == "..";
}

PathData PathData::Child(const FileStatus& child) const {
  std::string name = child.name();
  std::string shown = text == "." ? name : text.ends_with('/') ? text + name : text + "/" + name;
  return PathData{std::move(shown), fs, child.path, child};
}

Result<PathData> PathData::ChildLike(const PathData& source) const {
  std::string name = source.path.substr(source.path.rfind('/') + 1);
  if (name.empty()) return *this;  // the root has no name
  FileStatus child;
  child.path = path == "/" ? "/" + name : path + "/" + name;
  PathData data = Child(child);
  RETURN_IF_ERROR(data.Refresh());
  return data;
}

Result<std::vector<PathData>> PathData::Children() const {
  if (!is_directory()) return NotDirectory(text);
  ASSIGN_OR_RETURN(std::vector<FileStatus> statuses, fs.List(path));
  std::vector<PathData> children;
  children.reserve(statuses.size());
  for (const FileStatus& found : statuses) children.push_back(Child(found));
  return children;
}

Result<bool> PathData::ParentExists() const {
  if (path == "/") return true;
  size_t slash = path.rfind('/');
  return fs.Exists(slash == 0 ? "/" : path.substr(0, slash));
}

Status PathData::Refresh() {
  ASSIGN_OR_RETURN(status, StatusOrNothing(fs, path));
  return Status::Ok();
}

PathData PathData::WithSuffix(std::string_view suffix) const {
  return PathData{text + std::string(suffix), fs, path + std::string(suffix), std::nullopt};
}

Result<PathData> LookUp(BlockingFileSystems& file_systems, const std::string& text) {
  ASSIGN_OR_RETURN(BlockingFileSystems::Place place, file_systems.Resolve(text));
  PathData data{text, place.fs, place.path, std::nullopt};
  RETURN_IF_ERROR(data.Refresh());
  return data;
}

Result<PathData> LookUpLocal(BlockingFileSystems& file_systems, const std::string& text) {
  ASSIGN_OR_RETURN(Path path, Path::Parse(text));
  if (path.scheme().empty()) path = Path("file", path.authority(), path.path());
  ASSIGN_OR_RETURN(BlockingFileSystems::Place place, file_systems.Resolve(path));
  PathData data{text, place.fs, place.path, std::nullopt};
  RETURN_IF_ERROR(data.Refresh());
  return data;
}

Result<std::vector<PathData>> ExpandGlob(BlockingFileSystems& file_systems, const std::string& text) {
  ASSIGN_OR_RETURN(Path pattern, Path::Parse(text));
  ASSIGN_OR_RETURN(BlockingFileSystems::Place place, file_systems.Resolve(pattern));
  ASSIGN_OR_RETURN(GlobMatches matches, file_systems.thread().Run(Glob(*place.fs.async(), place.path)));
  std::vector<PathData> items;
  if (matches.found.empty() && !matches.had_wildcard) {
    ASSIGN_OR_RETURN(BlockingFileSystems::Place plain, file_systems.Resolve(Unescape(text)));
    items.push_back(PathData{Unescape(text), plain.fs, plain.path, std::nullopt});
    return items;
  }
  for (FileStatus& found : matches.found) {
    std::string shown;
    if (!pattern.scheme().empty()) {
      shown = pattern.authority().empty() ? Path(pattern.scheme(), "", found.path).ToString()
                                          : Path(pattern.scheme(), pattern.authority(), found.path).ToString();
      if (pattern.authority().empty() && pattern.scheme() != "file" && text.find("://") != std::string::npos) {
        shown = pattern.scheme() + "://" + found.path;
      }
    } else if (pattern.is_absolute()) {
      shown = found.path;
    } else {
      shown = Relativize(place.fs.home_directory(), found.path);
    }
    items.push_back(PathData{std::move(shown), place.fs, found.path, std::move(found)});
    items.back().path = items.back().status->path;
  }
  std::sort(items.begin(), items.end(), [](const PathData& a, const PathData& b) { return a.path < b.path; });
  return items;
}

Status PathError(std::string_view path, std::string_view reason) {
  return Status(Code::kIOError, "`" + std::string(path) + "': " + std::string(reason));
}

Status PathErrorWith(std::string_view operation, std::string_view path, std::string_view target,
                     std::string_view reason) {
  std::string text;
  if (!operation.empty()) text += std::string(operation) + " ";
  text += "`" + std::string(path) + "'";
  if (!target.empty()) text += " to `" + std::string(target) + "'";
  return Status(Code::kIOError, text + ": " + std::string(reason));
}

}  // namespace tusk::dfs
