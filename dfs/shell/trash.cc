// Moving to the trash, checkpoints, and their deletion.
#include "dfs/shell/trash.h"

#include <algorithm>

#include "dfs/common/trash_names.h"

namespace tusk::dfs {
namespace {

std::string TrashOf(const BlockingFileSystem& fs) { return fs.home_directory() + "/" + std::string(kTrashFolder); }

}  // namespace

Result<uint64_t> Trash::Interval(const BlockingFileSystem& fs) const {
  auto defaults = fs.GetServerDefaults();
  if (defaults.ok() && defaults->trash_interval_minutes > 0) return defaults->trash_interval_minutes;
  ASSIGN_OR_RETURN(int64_t interval, context_.configuration.GetInt("fs.trash.interval", 0));
  return static_cast<uint64_t>(std::max<int64_t>(interval, 0));
}

Result<std::string> Trash::MakeFolder(const BlockingFileSystem& fs, std::string folder) {
  constexpr int kTries = 2;
  for (int tried = 0;; ++tried) {
    Status made = fs.Mkdirs(folder, 0700);
    if (made.ok()) return folder;
    bool file_in_the_way = made.code() == Code::kFileAlreadyExists || made.code() == Code::kParentNotDirectory;
    if (!file_in_the_way || tried + 1 == kTries) return made;
    // The shortest part of the path that is a file takes the time as its end.
    for (size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
      std::string part = folder.substr(0, end);
      auto status = fs.GetFileStatus(part);
      if (status.ok() && status->is_file()) {
        folder.insert(part.size(), std::to_string(context_.clock.WallMillis()));
        break;
      }
      if (end == std::string::npos) return made;
    }
  }
}

Result<bool> Trash::Move(const PathData& item) {
  ASSIGN_OR_RETURN(uint64_t interval, Interval(item.fs));
  if (interval == 0) return false;
  std::string trash = TrashOf(item.fs);
  if (item.path == trash || item.path.starts_with(trash + "/")) return false;
  if (trash.starts_with(item.path == "/" ? "/" : item.path + "/")) {
    return Status(Code::kIOError, "Cannot move \"" + item.qualified() + "\" to the trash, as it contains the trash");
  }
  std::string target = trash + "/" + std::string(kTrashCurrent) + item.path;
  size_t slash = target.rfind('/');
  std::string name = target.substr(slash);
  ASSIGN_OR_RETURN(std::string folder, MakeFolder(item.fs, target.substr(0, slash)));
  target = folder + name;
  ASSIGN_OR_RETURN(bool taken, item.fs.Exists(target));
  if (taken) target += std::to_string(context_.clock.WallMillis());
  ASSIGN_OR_RETURN(bool moved, item.fs.Rename(item.path, target));
  if (!moved) return Status(Code::kIOError, "Failed to move " + item.qualified() + " to trash " + item.fs.Qualify(target));
  context_.err << "Moved: '" << item.qualified() << "' to trash at: " << item.fs.Qualify(target) << "\n";
  return true;
}

Status Trash::DeleteCheckpoints(const BlockingFileSystem& fs, const std::string& trash, bool immediately) {
  auto entries = fs.List(trash);
  if (entries.code() == Code::kFileNotFound) return Status::Ok();
  if (!entries.ok()) return entries.status();
  ASSIGN_OR_RETURN(uint64_t minutes, Interval(fs));
  int64_t oldest = context_.clock.WallMillis() - static_cast<int64_t>(minutes) * 60000;
  for (const FileStatus& entry : *entries) {
    if (entry.name() == kTrashCurrent) continue;
    auto made = TrashCheckpointTime(entry.name());
    if (!made.has_value()) {
      context_.err << "Unexpected item in trash: " << fs.Qualify(entry.path) << ". Ignoring.\n";
      continue;
    }
    if (!immediately && *made >= oldest) continue;
    ASSIGN_OR_RETURN(bool deleted, fs.Delete(entry.path, true));
    context_.err << (deleted ? "Deleted trash checkpoint: " : "Couldn't delete checkpoint: ") << entry.path
                 << (deleted ? "\n" : " Ignoring.\n");
  }
  return Status::Ok();
}

Status Trash::MakeCheckpoint(const BlockingFileSystem& fs, const std::string& trash) {
  std::string current = trash + "/" + std::string(kTrashCurrent);
  ASSIGN_OR_RETURN(bool exists, fs.Exists(current));
  if (!exists) return Status::Ok();
  constexpr int kTries = 1000;
  std::string name = trash + "/" + TrashCheckpointName(context_.clock.WallMillis());
  std::string target = name;
  for (int tried = 1;; ++tried) {
    Status renamed = fs.RenameTo(current, target, false);
    if (renamed.ok()) break;
    if (renamed.code() != Code::kFileAlreadyExists || tried == kTries) {
      return Status(Code::kIOError, "Failed to checkpoint trash: " + target);
    }
    target = name + "-" + std::to_string(tried);
  }
  context_.err << "Created trash checkpoint: " << target << "\n";
  return Status::Ok();
}

Status Trash::Expunge(const BlockingFileSystem& fs, bool immediately) {
  std::string trash = TrashOf(fs);
  if (immediately) RETURN_IF_ERROR(MakeCheckpoint(fs, trash));  // which goes with the others
  RETURN_IF_ERROR(DeleteCheckpoints(fs, trash, immediately));
  return immediately ? Status::Ok() : MakeCheckpoint(fs, trash);
}

}  // namespace tusk::dfs
