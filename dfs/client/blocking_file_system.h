// The blocking face of FileSystems for ordinary threads (the shell, MapReduce tasks): same words, no Task. All calls
// may come from any thread; one stream belongs to one thread at a time. A loop thread of its own does the work, so a
// writer's or reader's bytes move while the caller computes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/client/file_systems.h"

namespace tusk {
struct Token;
class Clock;
class Disk;
class Random;
class LoopThread;
}  // namespace tusk

namespace tusk::dfs {

class BlockingInputStream {
 public:
  BlockingInputStream(LoopThread& thread, std::unique_ptr<InputStream> stream);
  ~BlockingInputStream();  // closes
  BlockingInputStream(const BlockingInputStream&) = delete;
  // At least one byte; 0 at the end. Sequential reads are fetched ahead.
  Result<size_t> Read(MutableByteView out);
  // All of `out`, fewer only at the end of the file.
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out);
  // The next piece of the file without a copy; empty at the end. Valid until the next call.
  Result<ByteView> ReadPiece();
  Status Seek(uint64_t offset);
  uint64_t position() const;
  uint64_t length() const;
  Status Close();

 private:
  struct Ahead;
  LoopThread& thread_;
  std::unique_ptr<InputStream> stream_;
  std::unique_ptr<Ahead> ahead_;
};

class BlockingOutputStream {
 public:
  BlockingOutputStream(LoopThread& thread, std::unique_ptr<OutputStream> stream);
  ~BlockingOutputStream();  // abandons what was not closed
  BlockingOutputStream(const BlockingOutputStream&) = delete;
  // Small writes are gathered. An error may be told by a later call.
  Status Write(ByteView bytes);
  Status Hflush();
  Status Hsync();
  Status Close();
  uint64_t position() const;

 private:
  struct Behind;
  Status WaitSent();
  Status StartSend();
  LoopThread& thread_;
  std::unique_ptr<OutputStream> stream_;
  std::unique_ptr<Behind> behind_;
};

class BlockingFileSystems;

// One filesystem; see FileSystem for the meaning of each call. Cheap to copy, valid while its BlockingFileSystems is.
class BlockingFileSystem {
 public:
  BlockingFileSystem() = default;
  BlockingFileSystem(LoopThread* thread, FileSystem* fs) : thread_(thread), fs_(fs) {}
  const std::string& uri() const { return fs_->uri(); }
  const std::string& home_directory() const { return fs_->home_directory(); }
  std::string Qualify(const std::string& path) const { return fs_->Qualify(path); }
  FileSystem* async() const { return fs_; }
  bool operator==(const BlockingFileSystem& other) const { return fs_ == other.fs_; }

  Result<FileStatus> GetFileStatus(const std::string& path) const;
  Result<std::vector<FileStatus>> List(const std::string& path) const;
  Status Mkdirs(const std::string& path, uint32_t permission = 0777) const;
  Result<std::unique_ptr<BlockingOutputStream>> Create(const std::string& path, const CreateOptions& options = {}) const;
  Result<std::unique_ptr<BlockingOutputStream>> Append(const std::string& path, bool new_block = false) const;
  Result<std::unique_ptr<BlockingInputStream>> Open(const std::string& path, bool verify = true) const;
  Result<bool> Rename(const std::string& from, const std::string& to) const;
  Status RenameTo(const std::string& from, const std::string& to, bool overwrite) const;
  Result<bool> Delete(const std::string& path, bool recursive) const;
  Status SetPermission(const std::string& path, uint32_t permission) const;
  Status SetOwner(const std::string& path, const std::string& owner, const std::string& group) const;
  Status SetTimes(const std::string& path, int64_t mtime_wall_ms, int64_t atime_wall_ms) const;
  Result<bool> SetReplication(const std::string& path, uint32_t replication) const;
  Result<ContentSummary> GetContentSummary(const std::string& path) const;
  // dfs/client/dfs_file_system.h
  Result<std::optional<Token>> TokenForContainers(const std::string& renewer) const;
  Result<std::vector<BlockLocation>> GetBlockLocations(const std::string& path, uint64_t offset, uint64_t length) const;
  Result<std::optional<FileChecksum>> GetFileChecksum(const std::string& path) const;
  Result<FsUsage> GetUsage(const std::string& path) const;
  Result<ServerDefaults> GetServerDefaults() const;
  Result<bool> Truncate(const std::string& path, uint64_t length) const;
  Result<bool> IsClosed(const std::string& path) const;
  Status Concat(const std::string& target, const std::vector<std::string>& sources) const;
  Status ModifyAclEntries(const std::string& path, const std::vector<AclEntry>& entries) const;
  Status RemoveAclEntries(const std::string& path, const std::vector<AclEntry>& entries) const;
  Status RemoveDefaultAcl(const std::string& path) const;
  Status RemoveAcl(const std::string& path) const;
  Status SetAcl(const std::string& path, const std::vector<AclEntry>& entries) const;
  Result<AclStatus> GetAclStatus(const std::string& path) const;
  Status SetXAttr(const std::string& path, const XAttr& attribute, uint32_t flags) const;
  Status RemoveXAttr(const std::string& path, const XAttr& attribute) const;
  Result<std::vector<XAttr>> GetXAttrs(const std::string& path, const std::vector<XAttr>& wanted = {}) const;
  Result<std::vector<XAttr>> ListXAttrs(const std::string& path) const;
  Status SetStoragePolicy(const std::string& path, const std::string& policy) const;
  Status UnsetStoragePolicy(const std::string& path) const;
  Status SatisfyStoragePolicy(const std::string& path) const;
  Result<StoragePolicyInfo> GetStoragePolicy(const std::string& path) const;
  Result<std::vector<StoragePolicyInfo>> GetStoragePolicies() const;
  Result<QuotaUsage> GetQuotaUsage(const std::string& path) const;
  Result<std::string> GetLinkTarget(const std::string& path) const;
  Status CheckAccess(const std::string& path, uint8_t access) const;
  // True if `path` exists; errors other than "not found" are errors.
  Result<bool> Exists(const std::string& path) const;
  // Small files only; kResourceExhausted above `bytes_max`.
  Result<std::string> ReadFile(const std::string& path, uint64_t bytes_max = 64 << 20) const;
  Status WriteFile(const std::string& path, std::string_view bytes, const CreateOptions& options = {}) const;

 private:
  LoopThread* thread_ = nullptr;
  FileSystem* fs_ = nullptr;
};

class BlockingFileSystems {
 public:
  // The system's clock, disk and so on are injected; loop and network are made here, on a thread of their own.
  static Result<std::unique_ptr<BlockingFileSystems>> Create(Clock& clock, Random& random, Disk& disk,
                                                             const Configuration& configuration, ClientUser user);
  ~BlockingFileSystems();  // ends background work; streams must be gone

  struct Place {
    BlockingFileSystem fs;
    std::string path;
    std::string ToString() const { return fs.Qualify(path); }
  };
  Result<Place> Resolve(std::string_view uri);
  Result<Place> Resolve(const Path& path);
  Result<BlockingFileSystem> Default();
  const Path& default_uri() const;
  const Configuration& configuration() const;
  LoopThread& thread() { return *thread_; }

 private:
  BlockingFileSystems();
  std::unique_ptr<LoopThread> thread_;
  std::unique_ptr<FileSystems> file_systems_;
};

}  // namespace tusk::dfs
