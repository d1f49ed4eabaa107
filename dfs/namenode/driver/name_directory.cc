// Format, lock and marker.
#include "dfs/namenode/driver/name_directory.h"

#include <charconv>

#include "base/core/crc32c.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kMarkerWord = "tusk-marker-1";

std::string MarkerLine(Txid txid) {
  std::string body = std::string(kMarkerWord) + " " + std::to_string(txid);
  return body + " " + std::to_string(Crc32c(0, AsBytes(body))) + "\n";
}

std::string MarkerPath(const std::string& name_dir) { return JoinPath(CurrentFolder(name_dir), "marker"); }

}  // namespace

std::string CurrentFolder(const std::string& name_dir) { return JoinPath(name_dir, "current"); }
std::string StoreFolder(const std::string& name_dir) { return JoinPath(CurrentFolder(name_dir), "namespace"); }

Result<StorageVersion> FormatNameDirectories(Env env, const FormatRequest& request) {
  std::vector<std::unique_ptr<FileLock>> locks;
  for (const NameFolder& folder : request.folders) {
    RETURN_IF_ERROR(env.disk.MakeDirs(folder.path, 0700));
    ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, LockNameDirectory(env.disk, folder.path));
    locks.push_back(std::move(lock));
    if (!request.force && env.disk.Exists(JoinPath(CurrentFolder(folder.path), "VERSION"))) {
      return Status(Code::kAlreadyExists, "a namespace is in " + folder.path +
                                              "; format it anew with -force, which destroys it");
    }
  }
  // VERSION goes first and comes last: in between the folders count as not formatted.
  for (const NameFolder& folder : request.folders) {
    const std::string current = CurrentFolder(folder.path);
    if (!env.disk.Exists(JoinPath(current, "VERSION"))) continue;
    RETURN_IF_ERROR(env.disk.RemoveFile(JoinPath(current, "VERSION")));
    RETURN_IF_ERROR(env.disk.SyncDir(current));
  }
  for (const NameFolder& folder : request.folders) {
    const std::string current = CurrentFolder(folder.path);
    RETURN_IF_ERROR(env.disk.RemoveTree(current));
    RETURN_IF_ERROR(env.disk.MakeDirs(current, 0700));
    if (folder.image) RETURN_IF_ERROR(WriteMarker(env.disk, folder.path, 0));
  }
  StorageVersion version = StorageVersion::Generate(env, request.ip, request.cluster_id);
  for (const NameFolder& folder : request.folders) {
    RETURN_IF_ERROR(WriteStorageVersion(env.disk, folder.path, version, env.clock.WallMillis()));
  }
  return version;
}

Result<std::unique_ptr<FileLock>> LockNameDirectory(Disk& disk, const std::string& name_dir) {
  Result<std::unique_ptr<FileLock>> lock = disk.Lock(JoinPath(name_dir, "in_use.lock"));
  if (lock.code() == Code::kAlreadyExists) {
    return Status(Code::kAlreadyExists,
                  "Cannot lock storage " + name_dir + ". The directory is already locked by another namenode.");
  }
  return lock;
}

Status WriteMarker(Disk& disk, const std::string& name_dir, Txid txid) {
  return disk.WriteFileAtomic(MarkerPath(name_dir), AsBytes(MarkerLine(txid)));
}

Result<Txid> ReadMarker(Disk& disk, const std::string& name_dir) {
  const std::string path = MarkerPath(name_dir);
  ASSIGN_OR_RETURN(std::string line, disk.ReadFile(path, 4096));
  Status damaged(Code::kCorruption, path + " is damaged. Restore the namenode's folder from a copy.");
  if (!line.starts_with(kMarkerWord) || line.size() < kMarkerWord.size() + 2) return damaged;
  Txid txid = 0;
  const char* first = line.data() + kMarkerWord.size() + 1;
  auto [end, error] = std::from_chars(first, line.data() + line.size(), txid);
  if (error != std::errc() || txid < 0 || line != MarkerLine(txid)) return damaged;
  return txid;
}

}  // namespace tusk::dfs
