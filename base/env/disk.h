// Files and folders, as everything but base/env sees them. Calls block: coroutines reach them through a
// BlockingPool (base/async/blocking_pool.h), threads call them directly. All are thread-safe but for writes to one
// File from two threads. Paths are absolute.
//
// Durability is the caller's: bytes survive a power loss after File::Sync, a created, renamed or removed name after
// SyncDir of its folder. The simulated disk (base/sim) drops everything else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk {

enum class OpenMode {
  kRead,            // must exist
  kReadWrite,       // must exist
  kCreate,          // read and write; created if absent
  kCreateNew,       // read and write; kAlreadyExists if present
  kCreateTruncate,  // read and write; emptied if present
};

class File {
 public:
  virtual ~File() = default;  // closes; errors of a close that matter are reported by Sync before it
  // Reads up to out.size() bytes; fewer only at the end of the file. Returns the count.
  virtual Result<size_t> ReadAt(uint64_t offset, MutableByteView out) = 0;
  // Writes all of `bytes` or fails.
  virtual Status WriteAt(uint64_t offset, ByteView bytes) = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
  // fdatasync: the bytes and the size.
  virtual Status Sync() = 0;
  // Asks the kernel to start writing [offset, offset+length) out, without waiting. Advice; never fails.
  virtual void StartWriteback(uint64_t /*offset*/, uint64_t /*length*/) {}
  // Tells the kernel that the range will (not) be needed. Advice.
  virtual void AdviseSequential(uint64_t /*offset*/, uint64_t /*length*/) {}
  virtual void AdviseDontNeed(uint64_t /*offset*/, uint64_t /*length*/) {}
  // The descriptor for sendfile and descriptor passing; -1 where there is none (simulation).
  virtual int fd() const { return -1; }
};

// Holds an advisory whole-file lock (fcntl, as Java's FileLock) until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct FileStat {
  bool is_directory = false;
  uint64_t size = 0;
  int64_t mtime_wall_ms = 0;
  uint32_t mode = 0;  // permission bits only
  int64_t atime_wall_ms = 0;
};

// Names where the system knows them, else numbers in text.
struct FileOwner {
  std::string user;
  std::string group;
};

struct DiskSpace {
  uint64_t capacity_bytes = 0;
  uint64_t available_bytes = 0;  // to an unprivileged user
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Result<FileStat> Stat(const std::string& path) = 0;
  // Names without "." and "..", sorted.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  // kAlreadyExists if there. The parent must exist.
  virtual Status MakeDir(const std::string& path, uint32_t mode) = 0;
  // Like mkdir -p; each created name is synced into its parent.
  virtual Status MakeDirs(const std::string& path, uint32_t mode) = 0;
  virtual Status RemoveFile(const std::string& path) = 0;
  virtual Status RemoveDir(const std::string& path) = 0;
  // rm -r; OK if absent. Does not follow links.
  virtual Status RemoveTree(const std::string& path) = 0;
  // Atomic; replaces `to`.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Link(const std::string& from, const std::string& to) = 0;
  // A symbolic link at `path` that says `target`; kAlreadyExists if `path` is there. Not in every disk.
  virtual Status Symlink(const std::string& target, const std::string& path);
  // Makes the names in `path` durable.
  virtual Status SyncDir(const std::string& path) = 0;
  virtual Status SetMode(const std::string& path, uint32_t mode) = 0;
  // Owners and times that a user sets: for file: paths of the clients. kUnsupported where there are none (simulation).
  virtual Result<FileOwner> OwnerOf(const std::string& path);
  virtual Status SetOwner(const std::string& path, const std::string& user, const std::string& group);  // "" leaves
  virtual Status SetTimes(const std::string& path, int64_t mtime_wall_ms, int64_t atime_wall_ms);       // -1 leaves
  virtual Result<DiskSpace> Space(const std::string& path) = 0;
  // Locks `path` (created if absent); kAlreadyExists if another holder, in this process or not, has it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;

  // Compositions of the above.
  bool Exists(const std::string& path);
  // Whole file, refused above `bytes_max` with kResourceExhausted.
  Result<std::string> ReadFile(const std::string& path, uint64_t bytes_max = 64 << 20);
  // Durable replacement: writes path.tmp, syncs it, renames it over path, syncs the folder.
  Status WriteFileAtomic(const std::string& path, ByteView bytes);
};

// "/a/b/c" -> "/a/b"; "/a" -> "/".
std::string ParentPath(const std::string& path);
// "/a/b/c" -> "c"
std::string BaseName(const std::string& path);
std::string JoinPath(const std::string& folder, std::string_view name);

}  // namespace tusk
