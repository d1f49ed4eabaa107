// Turning member names into files without leaving the target folder.
#include "yarn_like/nodemanager/localize/unpack_target_internal.h"

#include <algorithm>

namespace tusk::yarn {

namespace {
constexpr size_t kNameBytesMax = 4096;

Status Escapes(std::string_view name) {
  return Status(Code::kIOError, "expanding " + std::string(name.substr(0, 200)) + " would create entry outside of the archive's folder");
}

bool EndsWithNoCase(std::string_view text, std::string_view suffix) {
  if (text.size() < suffix.size()) return false;
  std::string_view end = text.substr(text.size() - suffix.size());
  return std::equal(end.begin(), end.end(), suffix.begin(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}
}  // namespace

ArchiveKind ArchiveKindOf(std::string_view name) {
  if (EndsWithNoCase(name, ".jar") || EndsWithNoCase(name, ".zip")) return ArchiveKind::kZip;
  if (EndsWithNoCase(name, ".tar.gz") || EndsWithNoCase(name, ".tgz")) return ArchiveKind::kTarGzip;
  if (EndsWithNoCase(name, ".tar")) return ArchiveKind::kTar;
  return ArchiveKind::kNone;
}

Result<std::vector<std::string>> SafeComponents(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name.find('\0') != std::string_view::npos || name.front() == '/') {
    return Escapes(name);
  }
  std::vector<std::string> components;
  while (!name.empty()) {
    size_t slash = name.find('/');
    std::string_view part = name.substr(0, slash);
    name = slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
    if (part == "..") return Escapes(part);
    if (!part.empty() && part != ".") components.emplace_back(part);
  }
  return components;
}

Status UnpackTarget::CountMember() {
  if (++members_ > options_.members_max) return Status(Code::kResourceExhausted, "too many members in the archive");
  return Status::Ok();
}

Status UnpackTarget::MakeOneFolder(const std::string& path) {
  if (!folders_.insert(path).second) return Status::Ok();
  Status made = disk_.MakeDir(path, options_.folder_mode.value_or(0755));
  if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
  return options_.folder_mode ? disk_.SetMode(path, *options_.folder_mode) : Status::Ok();
}

Result<std::string> UnpackTarget::PathOf(std::string_view name) {
  ASSIGN_OR_RETURN(auto components, SafeComponents(name));
  std::string path = folder_;
  for (size_t i = 0; i < components.size(); ++i) {
    if (links_.contains(path)) return Escapes(name);
    if (i > 0) RETURN_IF_ERROR(MakeOneFolder(path));
    path += "/" + components[i];
  }
  return path;
}

Status UnpackTarget::MakeFolder(std::string_view name) {
  RETURN_IF_ERROR(CountMember());
  ASSIGN_OR_RETURN(std::string path, PathOf(name));
  if (path == folder_) return Status::Ok();
  if (links_.contains(path)) return Escapes(name);
  return MakeOneFolder(path);
}

Status UnpackTarget::StartFile(std::string_view name, uint32_t mode) {
  RETURN_IF_ERROR(CountMember());
  ASSIGN_OR_RETURN(path_, PathOf(name));
  if (links_.contains(path_)) return Escapes(name);
  if (path_ == folder_) return Escapes(name);
  // A later member of the same name replaces an earlier one.
  Status removed = disk_.RemoveFile(path_);
  if (!removed.ok() && removed.code() != Code::kFileNotFound) return removed;
  ASSIGN_OR_RETURN(file_, disk_.Open(path_, OpenMode::kCreateNew));
  RETURN_IF_ERROR(disk_.SetMode(path_, options_.file_mode.value_or(mode & 0777)));
  offset_ = 0;
  return Status::Ok();
}

Status UnpackTarget::Write(ByteView bytes) {
  bytes_ += bytes.size();
  if (bytes_ > options_.bytes_max) return Status(Code::kResourceExhausted, "the archive unpacks to too many bytes");
  RETURN_IF_ERROR(file_->WriteAt(offset_, bytes));
  offset_ += bytes.size();
  return Status::Ok();
}

Status UnpackTarget::FinishFile(int64_t mtime_wall_ms) {
  file_.reset();
  return disk_.SetTimes(path_, mtime_wall_ms, -1);
}

Status UnpackTarget::MakeSymlink(std::string_view name, std::string_view link_target) {
  RETURN_IF_ERROR(CountMember());
  ASSIGN_OR_RETURN(std::string path, PathOf(name));
  if (link_target.empty() || link_target.front() == '/' || link_target.size() > kNameBytesMax) return Escapes(name);
  // It may point upwards, but not above the folder: count levels from the link's own folder.
  ASSIGN_OR_RETURN(auto components, SafeComponents(name));
  auto depth = static_cast<int64_t>(components.size()) - 1;
  for (std::string_view rest = link_target; !rest.empty();) {
    size_t slash = rest.find('/');
    std::string_view part = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    depth += part == ".." ? -1 : 1;
    if (depth < 0) return Escapes(name);
  }
  if (folders_.contains(path)) return Escapes(name);
  links_.insert(path);
  Status removed = disk_.RemoveFile(path);
  if (!removed.ok() && removed.code() != Code::kFileNotFound) return removed;
  return disk_.Symlink(std::string(link_target), path);
}

Status UnpackTarget::MakeLink(std::string_view name, std::string_view earlier_member) {
  RETURN_IF_ERROR(CountMember());
  ASSIGN_OR_RETURN(std::string from, PathOf(earlier_member));
  ASSIGN_OR_RETURN(std::string path, PathOf(name));
  if (links_.contains(from) || links_.contains(path)) return Escapes(name);
  Status removed = disk_.RemoveFile(path);
  if (!removed.ok() && removed.code() != Code::kFileNotFound) return removed;
  return disk_.Link(from, path);
}

}  // namespace tusk::yarn
