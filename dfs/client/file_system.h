// FileSystem: a tree of files that can be listed, read and written, whatever stands behind it: hdfs://
// (dfs_file_system.h) or file:// (local_file_system.h). Paths given to these calls are absolute path parts ("/a/b"),
// already resolved by FileSystems::Resolve (file_systems.h). Everything runs on the loop of the Env that made it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/bytes.h"
#include "base/core/result.h"
#include "dfs/common/acl.h"
#include "dfs/common/xattr.h"

namespace tusk::dfs {

enum class FileType : unsigned char { kDirectory, kFile, kSymlink };

struct FileStatus {
  std::string path;  // absolute path part, no scheme
  FileType type = FileType::kFile;
  uint64_t length = 0;
  uint32_t replication = 0;  // 0 for folders
  uint64_t block_size = 0;
  int64_t mtime_wall_ms = 0;
  int64_t atime_wall_ms = 0;
  uint32_t permission = 0;  // low 10 bits: sticky and rwx
  std::string owner;
  std::string group;
  uint64_t file_id = 0;
  bool has_acl = false;
  bool encrypted = false;
  bool erasure_coded = false;
  std::string erasure_policy;
  std::string symlink_target;
  uint32_t storage_policy = 0;  // id; 0: none of its own

  bool is_directory() const { return type == FileType::kDirectory; }
  bool is_file() const { return type == FileType::kFile; }
  // Last component; "" for the root.
  std::string name() const { return path.substr(path.rfind('/') + 1); }
};

struct BlockLocation {
  uint64_t offset = 0;
  uint64_t length = 0;
  std::vector<std::string> hosts;           // host names, nearest first
  std::vector<std::string> addresses;       // "ip:port" of the data transfer, same order
  std::vector<std::string> topology_paths;  // "/rack/ip:port"
  bool corrupt = false;
};

struct TypeQuota {
  int32_t storage_type = 1;  // hdfs StorageTypeProto
  int64_t quota = -1;
  int64_t consumed = 0;
};

struct ContentSummary {
  uint64_t length = 0;
  uint64_t file_count = 0;
  uint64_t directory_count = 0;
  uint64_t space_consumed = 0;
  int64_t quota = -1;        // -1: none
  int64_t space_quota = -1;  // -1: none
  uint64_t snapshot_length = 0;
  uint64_t snapshot_file_count = 0;
  uint64_t snapshot_directory_count = 0;
  uint64_t snapshot_space_consumed = 0;
  std::vector<TypeQuota> type_quotas;
  std::string erasure_policy;
};

struct QuotaUsage {
  uint64_t file_and_directory_count = 0;
  uint64_t space_consumed = 0;
  int64_t quota = -1;        // -1: none
  int64_t space_quota = -1;  // -1: none
  std::vector<TypeQuota> type_quotas;
};

// Storage types are the hdfs StorageTypeProto's numbers.
struct StoragePolicyInfo {
  uint32_t id = 0;
  std::string name;
  std::vector<int32_t> creation;
  std::vector<int32_t> creation_fallback;
  std::vector<int32_t> replication_fallback;
};

struct FsUsage {
  uint64_t capacity = 0;
  uint64_t used = 0;
  uint64_t remaining = 0;
};

struct FileChecksum {
  std::string algorithm;  // "MD5-of-0MD5-of-512CRC32C", "COMPOSITE-CRC32C"
  std::string bytes;      // as Java serializes it
};

struct ServerDefaults {
  uint64_t block_size = 128 << 20;
  uint32_t replication = 3;
  uint64_t trash_interval_minutes = 0;
};

struct CreateOptions {
  bool overwrite = true;      // else kFileAlreadyExists
  bool create_parent = true;  // else kFileNotFound where the parent is missing
  uint32_t permission = 0666;  // before the umask of the configuration (fs.permissions.umask-mode)
  bool apply_umask = true;
  std::optional<uint32_t> unmasked_permission;  // what a default ACL is applied to, where it is not `permission`
  std::optional<uint32_t> replication;
  std::optional<uint64_t> block_size;
  bool lazy_persist = false;
  bool write_checksum = true;  // file: only: the .NAME.crc beside it
};

// A file open for reading. One call at a time. Checksums are verified before a byte is handed out.
class InputStream {
 public:
  virtual ~InputStream() = default;  // drops connections without a farewell; Close first where it matters
  // From the position, which moves: at least one byte, 0 only at the end of the file.
  virtual Task<Result<size_t>> Read(MutableByteView out) = 0;
  // From `offset`: all of `out`, fewer only at the end of the file. The position does not move.
  virtual Task<Result<size_t>> ReadAt(uint64_t offset, MutableByteView out) = 0;
  // kEndOfFile beyond the length.
  virtual Status Seek(uint64_t offset) = 0;
  virtual uint64_t position() const = 0;
  // As known when the file was opened.
  virtual uint64_t length() const = 0;
  virtual Task<Status> Close() = 0;
};

// A file open for writing. One call at a time. Nothing is promised before Hflush, Hsync or Close returned OK; a
// stream that has failed stays failed.
class OutputStream {
 public:
  virtual ~OutputStream() = default;  // abandons what was not closed
  // `bytes` may be reused when it returns.
  virtual Task<Status> Write(ByteView bytes) = 0;
  // New readers see everything written so far.
  virtual Task<Status> Hflush() = 0;
  // And it has been synced to the disks of the datanodes.
  virtual Task<Status> Hsync() = 0;
  virtual Task<Status> Close() = 0;
  virtual uint64_t position() const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // "hdfs://host:port" or "file:" followed by nothing; prefix of a qualified path ("file:/tmp/x").
  virtual const std::string& uri() const = 0;
  virtual const std::string& home_directory() const = 0;  // "/user/NAME"
  const std::string Qualify(const std::string& path) const { return uri() + path; }

  // kFileNotFound "File does not exist: /p" where there is none.
  virtual Task<Result<FileStatus>> GetFileStatus(std::string path) = 0;
  // Children sorted as the filesystem sorts them; of a file: the file itself.
  virtual Task<Result<std::vector<FileStatus>>> List(std::string path) = 0;
  // With missing parents. OK if it is a folder already; kFileAlreadyExists / kParentNotDirectory where a file is.
  virtual Task<Status> Mkdirs(std::string path, uint32_t permission = 0777) = 0;
  virtual Task<Result<std::unique_ptr<OutputStream>>> Create(std::string path, CreateOptions options = {}) = 0;
  // With `new_block`, what is appended begins a block of its own, where the filesystem has blocks.
  virtual Task<Result<std::unique_ptr<OutputStream>>> Append(std::string path, bool new_block = false) = 0;
  // Without `verify`, bytes whose checksum is wrong are handed out all the same.
  virtual Task<Result<std::unique_ptr<InputStream>>> Open(std::string path, bool verify = true) = 0;
  // Hadoop's rename without options: false for ordinary failures, moves INTO an existing folder.
  virtual Task<Result<bool>> Rename(std::string from, std::string to) = 0;
  // Hadoop's rename2: errors say why. With `overwrite`, replaces a file or an empty folder.
  virtual Task<Status> RenameTo(std::string from, std::string to, bool overwrite) = 0;
  // False where there was nothing. kPathIsNotEmptyDirectory unless `recursive`.
  virtual Task<Result<bool>> Delete(std::string path, bool recursive) = 0;
  virtual Task<Status> SetPermission(std::string path, uint32_t permission) = 0;
  // Empty: leave as is.
  virtual Task<Status> SetOwner(std::string path, std::string owner, std::string group) = 0;
  // -1: leave as is.
  virtual Task<Status> SetTimes(std::string path, int64_t mtime_wall_ms, int64_t atime_wall_ms) = 0;
  // False for a folder or where there is nothing.
  virtual Task<Result<bool>> SetReplication(std::string path, uint32_t replication) = 0;
  virtual Task<Result<ContentSummary>> GetContentSummary(std::string path) = 0;
  virtual Task<Result<std::vector<BlockLocation>>> GetBlockLocations(std::string path, uint64_t offset,
                                                                     uint64_t length) = 0;
  // Nothing where the filesystem has none (file:).
  virtual Task<Result<std::optional<FileChecksum>>> GetFileChecksum(std::string path) = 0;
  virtual Task<Result<FsUsage>> GetUsage(std::string path) = 0;
  virtual Task<Result<ServerDefaults>> GetServerDefaults() = 0;
  virtual Task<Status> Truncate(std::string path, uint64_t length, bool* done) = 0;
  // False while someone writes it or its last block is being recovered.
  virtual Task<Result<bool>> IsClosed(std::string /*path*/) { co_return true; }
  virtual Task<Status> Concat(std::string target, std::vector<std::string> sources) = 0;

  // Access control lists, extended attributes, storage policies: kUnsupported where the filesystem has none (file:).
  virtual Task<Status> ModifyAclEntries(std::string path, std::vector<AclEntry> entries);
  virtual Task<Status> RemoveAclEntries(std::string path, std::vector<AclEntry> entries);
  virtual Task<Status> RemoveDefaultAcl(std::string path);
  virtual Task<Status> RemoveAcl(std::string path);
  virtual Task<Status> SetAcl(std::string path, std::vector<AclEntry> entries);
  virtual Task<Result<AclStatus>> GetAclStatus(std::string path);
  // `flags`: kXAttrCreate, kXAttrReplace or both.
  virtual Task<Status> SetXAttr(std::string path, XAttr attribute, uint32_t flags);
  virtual Task<Status> RemoveXAttr(std::string path, XAttr attribute);
  // Values of `wanted`; of all that the caller may see where it is empty.
  virtual Task<Result<std::vector<XAttr>>> GetXAttrs(std::string path, std::vector<XAttr> wanted);
  virtual Task<Result<std::vector<XAttr>>> ListXAttrs(std::string path);
  virtual Task<Status> SetStoragePolicy(std::string path, std::string policy);
  virtual Task<Status> UnsetStoragePolicy(std::string path);
  virtual Task<Status> SatisfyStoragePolicy(std::string path);
  virtual Task<Result<StoragePolicyInfo>> GetStoragePolicy(std::string path);
  virtual Task<Result<std::vector<StoragePolicyInfo>>> GetStoragePolicies();
  virtual Task<Result<QuotaUsage>> GetQuotaUsage(std::string path);
  virtual Task<Result<std::string>> GetLinkTarget(std::string path);
  // kAccessControl unless the caller may do `access` (rwx bits) to what is there.
  virtual Task<Status> CheckAccess(std::string path, uint8_t access);

  // Ends background work (lease renewal, cached connections). Streams must be closed before.
  virtual Task<void> Shutdown() = 0;
};

}  // namespace tusk::dfs
