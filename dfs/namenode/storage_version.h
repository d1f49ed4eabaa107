// StorageVersion: who this namespace is, in <name dir>/current/VERSION as Hadoop writes it (Java properties), plus our
// own format level. On disk: hdfs-wire §5.2.
#pragma once

#include <cstdint>
#include <string>

#include "base/core/result.h"
#include "base/env/disk.h"
#include "base/env/env.h"

namespace tusk::dfs {

struct StorageVersion {
  static constexpr int32_t kLayoutVersion = -67;  // what a Hadoop 3.4 namenode says; clients and datanodes see it
  static constexpr int kFormatLevel = 1;          // of our records; a newer one is refused

  int32_t namespace_id = 0;
  std::string cluster_id;     // CID-<uuid>
  int64_t created_wall_ms = 0;  // cTime
  std::string block_pool_id;  // BP-<number>-<ip>-<ms>

  // Fresh ids.
  static StorageVersion Generate(Env env, const std::string& ip, std::string cluster_id);
  // "NS-<namespaceID>-<clusterID>-<cTime>": what a datanode's registration must agree with.
  std::string RegistrationId() const;
};

// kFileNotFound if the folder has not been formatted; kIncorrectVersion for a newer format.
Result<StorageVersion> ReadStorageVersion(Disk& disk, const std::string& name_dir);
Status WriteStorageVersion(Disk& disk, const std::string& name_dir, const StorageVersion& version, int64_t now_wall_ms);

}  // namespace tusk::dfs
