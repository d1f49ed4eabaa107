// file: paths: names, attributes, renames. The streams are in local_streams.cc.
#include "dfs/client/local/local_file_system.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "dfs/client/local/local_streams.h"

namespace tusk::dfs {
namespace {

bool IsCrcName(std::string_view name) { return name.size() > 5 && name.front() == '.' && name.ends_with(".crc"); }

Status NotFound(const std::string& path) {
  return Status(Code::kFileNotFound, "File file:" + path + " does not exist");
}

// Called on threads of the disk pool; each method is one blocking operation.
class LocalTree {
 public:
  LocalTree(Disk& disk, LocalOptions options) : disk_(disk), options_(std::move(options)) {}

  Result<FileStatus> Status_(const std::string& path) {
    auto stat = disk_.Stat(path);
    if (!stat.ok()) {
      if (stat.code() == Code::kFileNotFound || stat.status().error_number() == ENOTDIR) return NotFound(path);
      return stat.status();
    }
    FileStatus status;
    status.path = path;
    status.type = stat->is_directory ? FileType::kDirectory : FileType::kFile;
    status.length = stat->size;
    if (!stat->is_directory) status.replication = 1;
    status.block_size = stat->is_directory ? 0 : options_.block_size;
    status.mtime_wall_ms = stat->mtime_wall_ms;
    status.atime_wall_ms = stat->atime_wall_ms;
    status.permission = stat->mode & 01777;
    auto owner = disk_.OwnerOf(path);
    if (owner.ok()) {
      status.owner = owner->user;
      status.group = owner->group;
    }
    return status;
  }

  Result<std::vector<FileStatus>> List(const std::string& path) {
    ASSIGN_OR_RETURN(FileStatus self, Status_(path));
    std::vector<FileStatus> found;
    if (!self.is_directory()) {
      found.push_back(std::move(self));
      return found;
    }
    ASSIGN_OR_RETURN(std::vector<std::string> names, disk_.List(path));
    for (const std::string& name : names) {
      if (IsCrcName(name)) continue;
      auto child = Status_(JoinPath(path, name));
      if (child.ok()) found.push_back(std::move(child).value());  // a dangling link or a vanished name is left out
    }
    return found;
  }

  Status Mkdirs(const std::string& path, uint32_t permission) {
    auto stat = disk_.Stat(path);
    if (stat.ok()) {
      if (stat->is_directory) return Status::Ok();
      return Status(Code::kFileAlreadyExists, "Destination exists and is not a directory: " + path);
    }
    std::string parent = ParentPath(path);
    auto parent_stat = disk_.Stat(parent);
    if (parent_stat.ok() && !parent_stat->is_directory) {
      return Status(Code::kParentNotDirectory, "Parent path is not a directory: " + parent);
    }
    if (!parent_stat.ok()) RETURN_IF_ERROR(Mkdirs(parent, permission));
    Status made = disk_.MakeDir(path, permission & ~options_.umask);
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
    return disk_.SetMode(path, permission & ~options_.umask);
  }

  Result<std::unique_ptr<LocalWriter>> Create(const std::string& path, const CreateOptions& options) {
    auto stat = disk_.Stat(path);
    if (stat.ok() && (stat->is_directory || !options.overwrite)) {
      if (stat->is_directory) return Status(Code::kFileNotFound, path + " (Is a directory)");
      return Status(Code::kFileAlreadyExists, "File already exists: file:" + path);
    }
    std::string parent = ParentPath(path);
    if (!disk_.Exists(parent)) {
      if (!options.create_parent) return Status(Code::kFileNotFound, "Parent directory doesn't exist: " + parent);
      RETURN_IF_ERROR(Mkdirs(parent, 0777));
    }
    uint32_t mode = options.apply_umask ? options.permission & ~options_.umask : options.permission;
    if (!options.write_checksum) (void)disk_.RemoveFile(CrcPathOf(path));
    ASSIGN_OR_RETURN(auto writer, LocalWriter::Create(disk_, path, options.write_checksum));
    RETURN_IF_ERROR(disk_.SetMode(path, mode));
    return writer;
  }

  Result<bool> Rename(const std::string& from, std::string to) {
    auto source = disk_.Stat(from);
    if (!source.ok()) return NotFound(from);
    auto target = disk_.Stat(to);
    if (target.ok() && target->is_directory) to = JoinPath(to, BaseName(from));
    if (disk_.Exists(to)) {
      auto existing = disk_.Stat(to);
      if (existing.ok() && existing->is_directory != source->is_directory) return false;
    }
    if (!disk_.Exists(ParentPath(to))) return false;
    RETURN_IF_ERROR(disk_.Rename(from, to));
    if (!source->is_directory) {
      if (disk_.Exists(CrcPathOf(from))) {
        RETURN_IF_ERROR(disk_.Rename(CrcPathOf(from), CrcPathOf(to)));
      } else {
        (void)disk_.RemoveFile(CrcPathOf(to));
      }
    }
    return true;
  }

  Status RenameTo(const std::string& from, const std::string& to, bool overwrite) {
    auto target = disk_.Stat(to);
    if (target.ok() && !overwrite) return Status(Code::kFileAlreadyExists, "rename destination " + to + " already exists.");
    if (target.ok() && target->is_directory) RETURN_IF_ERROR(disk_.RemoveDir(to));
    ASSIGN_OR_RETURN(bool renamed, Rename(from, to));
    if (renamed) return Status::Ok();
    return Status(Code::kIOError, "Rename from " + from + " to " + to + " failed");
  }

  Result<bool> Delete(const std::string& path, bool recursive) {
    auto stat = disk_.Stat(path);
    if (!stat.ok()) return false;
    if (!stat->is_directory) {
      RETURN_IF_ERROR(disk_.RemoveFile(path));
      (void)disk_.RemoveFile(CrcPathOf(path));
      return true;
    }
    if (!recursive) {
      ASSIGN_OR_RETURN(std::vector<std::string> names, disk_.List(path));
      if (!names.empty()) return Status(Code::kPathIsNotEmptyDirectory, "Directory " + path + " is not empty");
    }
    RETURN_IF_ERROR(disk_.RemoveTree(path));
    return true;
  }

  Status Summarize(const std::string& path, ContentSummary& summary) {
    ASSIGN_OR_RETURN(FileStatus self, Status_(path));
    if (!self.is_directory()) {
      ++summary.file_count;
      summary.length += self.length;
      summary.space_consumed += self.length;
      return Status::Ok();
    }
    ++summary.directory_count;
    ASSIGN_OR_RETURN(std::vector<FileStatus> children, List(path));
    for (const FileStatus& child : children) RETURN_IF_ERROR(Summarize(child.path, summary));
    return Status::Ok();
  }

  Disk& disk() { return disk_; }
  const LocalOptions& options() const { return options_; }

 private:
  Disk& disk_;
  LocalOptions options_;
};

class LocalFileSystem : public FileSystem {
 public:
  LocalFileSystem(Env env, LocalOptions options)
      : env_(env), pool_(env.disk_pool), home_(options.working_directory), tree_(env.disk, std::move(options)) {}

  const std::string& uri() const override { return uri_; }
  const std::string& home_directory() const override { return home_; }

  Task<Result<FileStatus>> GetFileStatus(std::string path) override {
    co_return co_await pool_.Run([&] { return tree_.Status_(path); });
  }
  Task<Result<std::vector<FileStatus>>> List(std::string path) override {
    co_return co_await pool_.Run([&] { return tree_.List(path); });
  }
  Task<Status> Mkdirs(std::string path, uint32_t permission) override {
    co_return co_await pool_.Run([&] { return tree_.Mkdirs(path, permission); });
  }
  Task<Result<std::unique_ptr<OutputStream>>> Create(std::string path, CreateOptions options) override {
    auto writer = co_await pool_.Run([&] { return tree_.Create(path, options); });
    if (!writer.ok()) co_return writer.status();
    co_return MakeLocalOutputStream(pool_, std::move(writer).value());
  }
  Task<Result<std::unique_ptr<OutputStream>>> Append(std::string path, bool /*new_block*/) override {
    auto writer = co_await pool_.Run([&] { return LocalWriter::Append(env_.disk, path); });
    if (!writer.ok()) co_return writer.status();
    co_return MakeLocalOutputStream(pool_, std::move(writer).value());
  }
  Task<Result<std::unique_ptr<InputStream>>> Open(std::string path, bool verify) override {
    auto reader = co_await pool_.Run([&] { return LocalReader::Open(env_.disk, path, verify); });
    if (!reader.ok()) {
      if (reader.code() == Code::kFileNotFound) co_return NotFound(path);
      co_return reader.status();
    }
    co_return MakeLocalInputStream(pool_, std::move(reader).value());
  }
  Task<Result<bool>> Rename(std::string from, std::string to) override {
    co_return co_await pool_.Run([&] { return tree_.Rename(from, to); });
  }
  Task<Status> RenameTo(std::string from, std::string to, bool overwrite) override {
    co_return co_await pool_.Run([&] { return tree_.RenameTo(from, to, overwrite); });
  }
  Task<Result<bool>> Delete(std::string path, bool recursive) override {
    co_return co_await pool_.Run([&] { return tree_.Delete(path, recursive); });
  }
  Task<Status> SetPermission(std::string path, uint32_t permission) override {
    co_return co_await pool_.Run([&] { return env_.disk.SetMode(path, permission); });
  }
  Task<Status> SetOwner(std::string path, std::string owner, std::string group) override {
    co_return co_await pool_.Run([&] { return env_.disk.SetOwner(path, owner, group); });
  }
  Task<Status> SetTimes(std::string path, int64_t mtime_wall_ms, int64_t atime_wall_ms) override {
    co_return co_await pool_.Run([&] { return env_.disk.SetTimes(path, mtime_wall_ms, atime_wall_ms); });
  }
  Task<Result<bool>> SetReplication(std::string path, uint32_t) override {
    auto status = co_await pool_.Run([&] { return tree_.Status_(path); });
    if (!status.ok()) co_return status.status();
    co_return true;  // one replica is all there is
  }
  Task<Result<ContentSummary>> GetContentSummary(std::string path) override {
    ContentSummary summary;
    Status done = co_await pool_.Run([&] { return tree_.Summarize(path, summary); });
    if (!done.ok()) co_return done;
    co_return summary;
  }
  Task<Result<std::vector<BlockLocation>>> GetBlockLocations(std::string path, uint64_t offset,
                                                             uint64_t length) override {
    auto status = co_await pool_.Run([&] { return tree_.Status_(path); });
    if (!status.ok()) co_return status.status();
    std::vector<BlockLocation> locations;
    if (offset < status->length) {
      BlockLocation whole;
      whole.length = std::max(status->length, length == 0 ? 0 : status->length);
      whole.hosts = {"localhost"};
      whole.addresses = {"localhost:9866"};
      whole.topology_paths = {"/default-rack/localhost:9866"};
      locations.push_back(std::move(whole));
    }
    co_return locations;
  }
  Task<Result<std::optional<FileChecksum>>> GetFileChecksum(std::string) override {
    co_return std::optional<FileChecksum>();
  }
  Task<Result<FsUsage>> GetUsage(std::string path) override {
    auto space = co_await pool_.Run([&] { return env_.disk.Space(path); });
    if (!space.ok()) co_return space.status();
    FsUsage usage;
    usage.capacity = space->capacity_bytes;
    usage.remaining = space->available_bytes;
    usage.used = usage.capacity - usage.remaining;
    co_return usage;
  }
  Task<Result<ServerDefaults>> GetServerDefaults() override {
    co_return ServerDefaults{.block_size = tree_.options().block_size, .replication = 1, .trash_interval_minutes = 0};
  }
  Task<Status> Truncate(std::string path, uint64_t length, bool* done) override {
    Status status = co_await pool_.Run([&] { return LocalWriter::Truncate(env_.disk, path, length); });
    *done = status.ok();
    co_return status;
  }
  Task<Status> Concat(std::string, std::vector<std::string>) override {
    co_return Status(Code::kUnsupported, "Not implemented by the LocalFileSystem FileSystem implementation");
  }
  Task<void> Shutdown() override { co_return; }

 private:
  Env env_;
  BlockingPool& pool_;
  std::string uri_ = "file:";
  std::string home_;
  LocalTree tree_;
};

}  // namespace

std::unique_ptr<FileSystem> MakeLocalFileSystem(Env env, LocalOptions options) {
  return std::make_unique<LocalFileSystem>(env, std::move(options));
}

}  // namespace tusk::dfs
