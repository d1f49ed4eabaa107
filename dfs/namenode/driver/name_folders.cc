// NameFolders, see the header.
#include "dfs/namenode/driver/name_folders.h"

#include "base/core/check.h"
#include "base/log/log.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "namenode.storage";

Status Inconsistent(const std::string& folder, const std::string& why) {
  return Status(Code::kInconsistentState, "Directory " + folder + " is in an inconsistent state: " + why);
}

bool SameNamespace(const StorageVersion& a, const StorageVersion& b) {
  return a.namespace_id == b.namespace_id && a.cluster_id == b.cluster_id && a.block_pool_id == b.block_pool_id;
}

}  // namespace

Result<NameFolders> NameFolders::Open(Env env, const std::vector<NameFolder>& folders) {
  NameFolders found;
  const NameFolder* formatted = nullptr;
  std::vector<bool> empty;
  for (const NameFolder& folder : folders) {
    if (!env.disk.Exists(folder.path)) {
      return Inconsistent(folder.path, "storage directory does not exist or is not accessible.");
    }
    Entry entry{folder, State::kActive, "", std::nullopt, nullptr};
    Result<StorageVersion> version = ReadStorageVersion(env.disk, folder.path);
    empty.push_back(version.code() == Code::kFileNotFound);
    if (!version.ok() && !empty.back()) return std::move(version).status();
    if (version.ok()) {
      if (formatted != nullptr && !SameNamespace(found.version_, *version)) {
        return Inconsistent(folder.path, "it belongs to namespace " + version->RegistrationId() + ", " + formatted->path +
                                             " to " + found.version_.RegistrationId() + ".");
      }
      found.version_ = *version;
      formatted = &folder;
    }
    found.entries_.push_back(std::move(entry));
  }
  if (formatted == nullptr) return Inconsistent(folders.front().path, "NameNode is not formatted.");
  for (size_t i = 0; i < found.entries_.size(); ++i) {
    Entry& entry = found.entries_[i];
    ASSIGN_OR_RETURN(entry.lock, LockNameDirectory(env.disk, entry.folder.path));
    if (empty[i]) {
      LogWarn(kModule, "Storage directory {} is not formatted. It is filled from the others.", entry.folder.path);
      RETURN_IF_ERROR(PrepareForFilling(env, entry.folder, found.version_));
    } else if (entry.folder.image) {
      Result<Txid> marker = ReadMarker(env.disk, entry.folder.path);
      if (marker.ok()) entry.marker = *marker;
      else entry.why = marker.status().ToString();
    }
    if (entry.folder.image && !entry.marker) entry.state = State::kFilling;
  }
  return found;
}

NameFolders::Entry* NameFolders::Holding(const std::string& path) {
  for (Entry& entry : entries_) {
    const std::string& folder = entry.folder.path;
    if (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/')) return &entry;
  }
  return nullptr;
}

std::vector<std::string> NameFolders::EditsFolders() const {
  std::vector<std::string> folders;
  for (const Entry& entry : entries_) {
    if (entry.folder.edits && entry.state != State::kFailed) folders.push_back(CurrentFolder(entry.folder.path));
  }
  return folders;
}

const std::string& NameFolders::FirstActive() const {
  for (const Entry& entry : entries_) {
    if (entry.folder.image && entry.state == State::kActive) return entry.folder.path;
  }
  return entries_.front().folder.path;
}

bool NameFolders::AnyIn(State state) const {
  for (const Entry& entry : entries_) {
    if (entry.state == state) return true;
  }
  return false;
}

void NameFolders::Unlock() {
  for (Entry& entry : entries_) entry.lock.reset();
}

Status PrepareForFilling(Env env, const NameFolder& folder, const StorageVersion& version) {
  Disk& disk = env.disk;
  if (!disk.Exists(folder.path)) return Inconsistent(folder.path, "storage directory does not exist or is not accessible.");
  Result<StorageVersion> there = ReadStorageVersion(disk, folder.path);
  if (there.ok() && !SameNamespace(*there, version)) return Inconsistent(folder.path, "it belongs to another namespace.");
  const std::string current = CurrentFolder(folder.path);
  if (there.code() == Code::kFileNotFound) RETURN_IF_ERROR(disk.RemoveTree(current));
  RETURN_IF_ERROR(disk.MakeDirs(current, 0700));
  // Without the marker the tables count for nothing, so it goes first and comes last.
  if (disk.Exists(JoinPath(current, "marker"))) {
    RETURN_IF_ERROR(disk.RemoveFile(JoinPath(current, "marker")));
    RETURN_IF_ERROR(disk.SyncDir(current));
  }
  RETURN_IF_ERROR(disk.RemoveTree(StoreFolder(folder.path)));
  if (there.ok()) return Status::Ok();
  return WriteStorageVersion(disk, folder.path, version, env.clock.WallMillis());
}

}  // namespace tusk::dfs
