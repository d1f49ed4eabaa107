// FileSystem: where a job's input and output live, as blocking calls from any thread. Local files and tusk's DFS
// implement it; FileSystems finds the one of a path. Paths here are absolute and without scheme ("/user/a/b").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk {
class Credentials;
}

namespace tusk::mapreduce {

struct FileStatus {
  std::string path;
  bool is_directory = false;
  uint64_t length = 0;
  uint64_t block_size = 0;
  int64_t mtime_wall_ms = 0;
  int64_t atime_wall_ms = 0;
};

struct BlockLocation {
  uint64_t offset = 0;
  uint64_t length = 0;
  std::vector<std::string> hosts;
};

class InputFile {
 public:
  virtual ~InputFile() = default;
  // Up to out.size() bytes; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, MutableByteView out) = 0;
  virtual uint64_t length() const = 0;
};

// Readers see the bytes after Close. A file that was not closed is abandoned.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Status Write(ByteView bytes) = 0;
  virtual Status Close() = 0;
};

struct CreateOptions {
  bool overwrite = true;
  int replication = 0;      // 0: the configured default
  uint64_t block_size = 0;  // 0: the configured default
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // "file:" or "hdfs://host:port": what makes a path of this file system complete.
  virtual std::string uri() const = 0;
  // "FILE" or "HDFS", as in counters.
  virtual std::string_view counter_name() const = 0;
  virtual Result<std::unique_ptr<InputFile>> Open(const std::string& path) = 0;
  // Makes missing parents.
  virtual Result<std::unique_ptr<OutputFile>> Create(const std::string& path, CreateOptions options) = 0;
  virtual Result<FileStatus> Stat(const std::string& path) = 0;
  // A folder's entries, sorted by name; of a file, itself.
  virtual Result<std::vector<FileStatus>> List(const std::string& path) = 0;
  virtual Status MakeDirs(const std::string& path) = 0;
  // kFileAlreadyExists where `to` is there.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A folder with all it holds; OK if absent.
  virtual Status Remove(const std::string& path) = 0;
  // Appends the files `sources`, all in the folder of `target`, to it, in their order, without copying; they are gone then.
  // kUnsupported, or what the file system says, where it does not.
  virtual Status Concat(const std::string&, const std::vector<std::string>&) { return Status(Code::kUnsupported, uri() + " does not join files"); }
  virtual Status SetPermission(const std::string& path, uint32_t mode) = 0;
  virtual Status SetAccessTime(const std::string& path, int64_t wall_ms) = 0;
  virtual Result<std::vector<BlockLocation>> Locations(const std::string& path, uint64_t offset, uint64_t length) = 0;
  // Adds what a container needs to reach it as this user does; nothing where nothing is needed.
  virtual Status AddTokens(Credentials&) { return Status::Ok(); }

  // Compositions.
  Result<bool> Exists(const std::string& path);
  // Whole file; kResourceExhausted above `bytes_max`.
  Result<std::string> ReadFile(const std::string& path, uint64_t bytes_max);
  Status WriteFile(const std::string& path, std::string_view bytes, CreateOptions options = {});
  // Paths that match `pattern` (* ? [a-z] {a,b} in any component), sorted. A pattern without such signs gives its
  // own status, or kFileNotFound.
  Result<std::vector<FileStatus>> Glob(const std::string& pattern);
};

// A path with the file system that it is on.
struct Location {
  FileSystem* fs = nullptr;
  std::string path;
  std::string ToString() const { return fs->uri() + path; }
};

class FileSystems {
 public:
  virtual ~FileSystems() = default;
  // "hdfs://nn:8020/a", "file:///a", "/a" (on the default file system), "a" (below its working folder).
  virtual Result<Location> Resolve(std::string_view path) = 0;
};

}  // namespace tusk::mapreduce
