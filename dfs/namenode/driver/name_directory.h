// NameDirectory: a folder of the namenode on disk: format, lock, marker, where its parts are. There may be several, each
// of them complete.
//
//   in_use.lock            held while a namenode uses the folder
//   current/VERSION        who the namespace is (StorageVersion); written last by a format
//   current/edits_<txid>   edit log segments
//   current/namespace/     LevelDB
//   current/marker         up to which txid LevelDB's table files hold everything
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "dfs/namenode/store/record_store.h"
#include "dfs/namenode/storage_version.h"

namespace tusk::dfs {

struct NameFolder {
  std::string path;
  bool image = true;      // of dfs.namenode.name.dir: tables and marker
  bool edits = true;      // of dfs.namenode.edits.dir: segments
  bool required = false;  // of dfs.namenode.edits.dir.required: the namenode ends with it
};

struct FormatRequest {
  std::vector<NameFolder> folders;
  std::string ip;          // goes into the block pool's id
  std::string cluster_id;  // empty: a fresh one
  bool force = false;      // formats over an existing namespace
};
// Makes an empty namespace in all folders. kAlreadyExists where one is and `force` is not set; then none is touched. A
// format that was cut short leaves folders that count as not formatted.
Result<StorageVersion> FormatNameDirectories(Env env, const FormatRequest& request);

std::string CurrentFolder(const std::string& name_dir);
std::string StoreFolder(const std::string& name_dir);
// kAlreadyExists with the remedy if another namenode has it.
Result<std::unique_ptr<FileLock>> LockNameDirectory(Disk& disk, const std::string& name_dir);

// Durable. 0 for a folder that was formatted and never started.
Status WriteMarker(Disk& disk, const std::string& name_dir, Txid txid);
Result<Txid> ReadMarker(Disk& disk, const std::string& name_dir);

}  // namespace tusk::dfs
