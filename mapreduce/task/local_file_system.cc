// FileSystem over Disk.
#include "mapreduce/task/local_file_system.h"

namespace tusk::mapreduce {
namespace {

constexpr uint64_t kLocalBlockBytes = 32 << 20;  // fs.local.block.size
constexpr size_t kWriteBufferBytes = 256 << 10;

class LocalInput : public InputFile {
 public:
  LocalInput(std::unique_ptr<File> file, uint64_t length) : file_(std::move(file)), length_(length) {
    file_->AdviseSequential(0, length);
  }
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override { return file_->ReadAt(offset, out); }
  uint64_t length() const override { return length_; }

 private:
  std::unique_ptr<File> file_;
  uint64_t length_;
};

class LocalOutput : public OutputFile {
 public:
  explicit LocalOutput(std::unique_ptr<File> file) : file_(std::move(file)) { buffer_.reserve(kWriteBufferBytes); }
  Status Write(ByteView bytes) override {
    if (buffer_.size() + bytes.size() > kWriteBufferBytes) RETURN_IF_ERROR(Flush());
    if (bytes.size() > kWriteBufferBytes) {
      RETURN_IF_ERROR(file_->WriteAt(at_, bytes));
      at_ += bytes.size();
      return Status::Ok();
    }
    buffer_.append(AsText(bytes));
    return Status::Ok();
  }
  Status Close() override { return Flush(); }

 private:
  Status Flush() {
    if (buffer_.empty()) return Status::Ok();
    RETURN_IF_ERROR(file_->WriteAt(at_, AsBytes(buffer_)));
    at_ += buffer_.size();
    buffer_.clear();
    return Status::Ok();
  }

  std::unique_ptr<File> file_;
  std::string buffer_;
  uint64_t at_ = 0;
};

class LocalFileSystem : public FileSystem {
 public:
  explicit LocalFileSystem(Disk& disk) : disk_(disk) {}
  std::string uri() const override { return "file:"; }
  std::string_view counter_name() const override { return "FILE"; }

  Result<std::unique_ptr<InputFile>> Open(const std::string& path) override {
    ASSIGN_OR_RETURN(FileStat stat, disk_.Stat(path));
    if (stat.is_directory) return Status(Code::kFileNotFound, path + " (Is a directory)");
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk_.Open(path, OpenMode::kRead));
    return Result<std::unique_ptr<InputFile>>(std::make_unique<LocalInput>(std::move(file), stat.size));
  }
  Result<std::unique_ptr<OutputFile>> Create(const std::string& path, CreateOptions options) override {
    RETURN_IF_ERROR(disk_.MakeDirs(ParentPath(path), 0755));
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk_.Open(path, options.overwrite ? OpenMode::kCreateTruncate : OpenMode::kCreateNew));
    return Result<std::unique_ptr<OutputFile>>(std::make_unique<LocalOutput>(std::move(file)));
  }
  Result<FileStatus> Stat(const std::string& path) override {
    Result<FileStat> stat = disk_.Stat(path);
    if (!stat.ok()) {
      if (stat.code() == Code::kFileNotFound) return Status(Code::kFileNotFound, "File file:" + path + " does not exist");
      return std::move(stat).status();
    }
    return FileStatus{path, stat->is_directory, stat->size, kLocalBlockBytes, stat->mtime_wall_ms, stat->atime_wall_ms};
  }
  Result<std::vector<FileStatus>> List(const std::string& path) override {
    ASSIGN_OR_RETURN(FileStatus self, Stat(path));
    if (!self.is_directory) return std::vector<FileStatus>{self};
    ASSIGN_OR_RETURN(std::vector<std::string> names, disk_.List(path));
    std::vector<FileStatus> entries;
    for (const std::string& name : names) {
      if (name.starts_with(".") && name.ends_with(".crc")) continue;  // checksum files of Hadoop's local file system
      Result<FileStatus> entry = Stat(JoinPath(path, name));
      if (entry.ok()) entries.push_back(std::move(entry).value());
    }
    return entries;
  }
  Status MakeDirs(const std::string& path) override { return disk_.MakeDirs(path, 0755); }
  Status Rename(const std::string& from, const std::string& to) override {
    if (disk_.Exists(to)) return Status(Code::kFileAlreadyExists, to + " exists");
    return disk_.Rename(from, to);
  }
  Status Remove(const std::string& path) override {
    Result<FileStat> stat = disk_.Stat(path);
    if (!stat.ok()) return stat.code() == Code::kFileNotFound ? Status::Ok() : std::move(stat).status();
    return stat->is_directory ? disk_.RemoveTree(path) : disk_.RemoveFile(path);
  }
  Status SetPermission(const std::string& path, uint32_t mode) override { return disk_.SetMode(path, mode); }
  Status SetAccessTime(const std::string& path, int64_t wall_ms) override { return disk_.SetTimes(path, -1, wall_ms); }
  Result<std::vector<BlockLocation>> Locations(const std::string&, uint64_t offset, uint64_t length) override {
    return std::vector<BlockLocation>{{offset, length, {"localhost"}}};
  }

 private:
  Disk& disk_;
};

class LocalFileSystems : public FileSystems {
 public:
  LocalFileSystems(Disk& disk, std::string working_folder) : fs_(disk), working_folder_(std::move(working_folder)) {}
  Result<Location> Resolve(std::string_view path) override {
    PathParts parts = CutPath(path);
    if (!parts.scheme.empty() && parts.scheme != "file") {
      return Status(Code::kUnsupported, "No FileSystem for scheme \"" + parts.scheme + "\"");
    }
    return Location{&fs_, NormalPath(parts.path, working_folder_)};
  }

 private:
  LocalFileSystem fs_;
  std::string working_folder_;
};

}  // namespace

std::unique_ptr<FileSystem> MakeLocalFileSystem(Disk& disk) { return std::make_unique<LocalFileSystem>(disk); }

PathParts CutPath(std::string_view uri) {
  PathParts parts;
  size_t colon = uri.find(':');
  if (colon != std::string_view::npos && colon > 0 && uri.find('/') > colon) {
    parts.scheme = uri.substr(0, colon);
    uri.remove_prefix(colon + 1);
  }
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    size_t slash = std::min(uri.find('/'), uri.size());
    parts.authority = uri.substr(0, slash);
    uri.remove_prefix(slash);
    if (uri.empty()) uri = "/";
  }
  parts.path = uri;
  return parts;
}

std::string NormalPath(std::string_view path, std::string_view working_folder) {
  std::string whole(path);
  if (!path.starts_with('/')) whole = std::string(working_folder) + "/" + whole;
  std::string normal;
  size_t at = 0;
  while (at < whole.size()) {
    size_t next = std::min(whole.find('/', at), whole.size());
    std::string_view part = std::string_view(whole).substr(at, next - at);
    if (part == "..") {
      normal.resize(normal.empty() ? 0 : normal.rfind('/'));
    } else if (!part.empty() && part != ".") {
      normal.append("/").append(part);
    }
    at = next + 1;
  }
  return normal.empty() ? "/" : normal;
}

std::unique_ptr<FileSystems> MakeLocalFileSystems(Disk& disk, std::string working_folder) {
  return std::make_unique<LocalFileSystems>(disk, std::move(working_folder));
}

}  // namespace tusk::mapreduce
