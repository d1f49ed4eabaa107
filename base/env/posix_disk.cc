// Disk over POSIX calls.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/env/local_sockets.h"
#include "base/env/real_env.h"

namespace tusk {
namespace {

class PosixFile : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }

  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    size_t done = 0;
    while (done < out.size()) {
      ssize_t count = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Status::FromErrno(errno, "read", path_);
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    return done;
  }
  Status WriteAt(uint64_t offset, ByteView bytes) override {
    while (!bytes.empty()) {
      ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Status::FromErrno(errno, "write", path_);
      bytes = bytes.subspan(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return Status::Ok();
  }
  Status Truncate(uint64_t size) override {
    return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? Status::Ok() : Status::FromErrno(errno, "truncate", path_);
  }
  Result<uint64_t> Size() override {
    struct stat info;
    if (::fstat(fd_, &info) != 0) return Status::FromErrno(errno, "stat", path_);
    return static_cast<uint64_t>(info.st_size);
  }
  Status Sync() override {
    return ::fdatasync(fd_) == 0 ? Status::Ok() : Status::FromErrno(errno, "sync", path_);
  }
  void StartWriteback(uint64_t offset, uint64_t length) override {
    ::sync_file_range(fd_, static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE);
  }
  void AdviseSequential(uint64_t offset, uint64_t length) override {
    ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_SEQUENTIAL);
  }
  void AdviseDontNeed(uint64_t offset, uint64_t length) override {
    ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_DONTNEED);
  }
  int fd() const override { return fd_; }

 private:
  int fd_;
  std::string path_;
};

// fcntl locks do not exclude this process from itself, so holders are also listed here.
class LockTable {
 public:
  bool Insert(const std::string& path) {
    std::lock_guard lock(mutex_);
    return held_.insert(path).second;
  }
  void Erase(const std::string& path) {
    std::lock_guard lock(mutex_);
    held_.erase(path);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> held_;
};

class PosixLock : public FileLock {
 public:
  PosixLock(LockTable& table, int fd, std::string path) : table_(table), fd_(fd), path_(std::move(path)) {}
  ~PosixLock() override {
    ::close(fd_);
    table_.Erase(path_);
  }

 private:
  LockTable& table_;
  int fd_;
  std::string path_;
};

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kReadWrite: return O_RDWR;
    case OpenMode::kCreate: return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kCreateTruncate: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

std::string UserName(uid_t uid) {
  static thread_local std::pair<uid_t, std::string> last{static_cast<uid_t>(-1), ""};
  if (last.first != uid) {
    passwd entry;
    passwd* found = nullptr;
    char buffer[4096];
    bool known = ::getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr;
    last = {uid, known ? entry.pw_name : std::to_string(uid)};
  }
  return last.second;
}

std::string GroupName(gid_t gid) {
  static thread_local std::pair<gid_t, std::string> last{static_cast<gid_t>(-1), ""};
  if (last.first != gid) {
    group entry;
    group* found = nullptr;
    char buffer[16384];
    bool known = ::getgrgid_r(gid, &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr;
    last = {gid, known ? entry.gr_name : std::to_string(gid)};
  }
  return last.second;
}

class PosixDisk : public Disk {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int fd = ::open(path.c_str(), FlagsOf(mode) | O_CLOEXEC, 0644);
    if (fd < 0) return Status::FromErrno(errno, "open", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
  }
  Result<FileStat> Stat(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, "stat", path);
    FileStat stat;
    stat.is_directory = S_ISDIR(info.st_mode);
    stat.size = static_cast<uint64_t>(info.st_size);
    stat.mtime_wall_ms = info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000;
    stat.mode = info.st_mode & 07777;
    stat.atime_wall_ms = info.st_atim.tv_sec * 1000 + info.st_atim.tv_nsec / 1'000'000;
    return stat;
  }
  Result<std::vector<std::string>> List(const std::string& path) override {
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr) return Status::FromErrno(errno, "list", path);
    std::vector<std::string> names;
    errno = 0;
    while (dirent* entry = ::readdir(dir)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
      errno = 0;
    }
    int failed = errno;
    ::closedir(dir);
    if (failed != 0) return Status::FromErrno(failed, "list", path);
    std::sort(names.begin(), names.end());
    return names;
  }
  Status MakeDir(const std::string& path, uint32_t mode) override {
    return ::mkdir(path.c_str(), mode) == 0 ? Status::Ok() : Status::FromErrno(errno, "mkdir", path);
  }
  Status MakeDirs(const std::string& path, uint32_t mode) override {
    auto stat = Stat(path);
    if (stat.ok()) {
      return stat->is_directory ? Status::Ok() : Status::FromErrno(ENOTDIR, "mkdir", path);
    }
    std::string parent = ParentPath(path);
    RETURN_IF_ERROR(MakeDirs(parent, mode));
    Status made = MakeDir(path, mode);
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
    return SyncDir(parent);
  }
  Status RemoveFile(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? Status::Ok() : Status::FromErrno(errno, "remove", path);
  }
  Status RemoveDir(const std::string& path) override {
    return ::rmdir(path.c_str()) == 0 ? Status::Ok() : Status::FromErrno(errno, "remove", path);
  }
  Status RemoveTree(const std::string& path) override {
    // Others may remove or add files in it meanwhile; then what is left is tried again.
    std::error_code error;
    for (int tries = 0; tries < 5; ++tries) {
      std::filesystem::remove_all(path, error);
      if (error != std::errc::no_such_file_or_directory && error != std::errc::directory_not_empty) break;
    }
    return error ? Status::FromErrno(error.value(), "remove", path) : Status::Ok();
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status::Ok() : Status::FromErrno(errno, "rename " + from + " to", to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    return ::link(from.c_str(), to.c_str()) == 0 ? Status::Ok() : Status::FromErrno(errno, "link " + from + " to", to);
  }
  Status Symlink(const std::string& target, const std::string& path) override {
    return ::symlink(target.c_str(), path.c_str()) == 0 ? Status::Ok() : Status::FromErrno(errno, "symlink", path);
  }
  Status SyncDir(const std::string& path) override {
    int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Status::FromErrno(errno, "open", path);
    int failed = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    return failed == 0 ? Status::Ok() : Status::FromErrno(failed, "sync", path);
  }
  Status SetMode(const std::string& path, uint32_t mode) override {
    return ::chmod(path.c_str(), mode) == 0 ? Status::Ok() : Status::FromErrno(errno, "chmod", path);
  }
  Result<FileOwner> OwnerOf(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, "stat", path);
    return FileOwner{UserName(info.st_uid), GroupName(info.st_gid)};
  }
  Status SetOwner(const std::string& path, const std::string& user, const std::string& group) override {
    auto uid = static_cast<uid_t>(-1);
    auto gid = static_cast<gid_t>(-1);
    if (!user.empty()) {
      passwd* entry = ::getpwnam(user.c_str());
      if (entry == nullptr) return Status(Code::kIOError, "invalid user: '" + user + "'");
      uid = entry->pw_uid;
    }
    if (!group.empty()) {
      ::group* entry = ::getgrnam(group.c_str());
      if (entry == nullptr) return Status(Code::kIOError, "invalid group: '" + group + "'");
      gid = entry->gr_gid;
    }
    return ::chown(path.c_str(), uid, gid) == 0 ? Status::Ok() : Status::FromErrno(errno, "chown", path);
  }
  Status SetTimes(const std::string& path, int64_t mtime_wall_ms, int64_t atime_wall_ms) override {
    auto spec = [](int64_t wall_ms) {
      timespec time{};
      time.tv_sec = wall_ms / 1000;
      time.tv_nsec = wall_ms < 0 ? UTIME_OMIT : wall_ms % 1000 * 1'000'000;
      return time;
    };
    timespec times[2] = {spec(atime_wall_ms), spec(mtime_wall_ms)};
    return ::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0 ? Status::Ok() : Status::FromErrno(errno, "utimes", path);
  }
  Result<DiskSpace> Space(const std::string& path) override {
    struct statvfs info;
    if (::statvfs(path.c_str(), &info) != 0) return Status::FromErrno(errno, "statvfs", path);
    return DiskSpace{info.f_blocks * info.f_frsize, info.f_bavail * info.f_frsize};
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    if (!locks_.Insert(path)) return Status(Code::kAlreadyExists, path + " is locked by this process");
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
      locks_.Erase(path);
      return Status::FromErrno(errno, "open", path);
    }
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd, F_SETLK, &whole) != 0) {
      ::close(fd);
      locks_.Erase(path);
      return Status(Code::kAlreadyExists, path + " is locked by another process");
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(locks_, fd, path));
  }

 private:
  LockTable locks_;
};

}  // namespace

std::unique_ptr<File> AdoptFile(int descriptor, std::string name) {
  return std::make_unique<PosixFile>(descriptor, std::move(name));
}

std::unique_ptr<Disk> MakePosixDisk() { return std::make_unique<PosixDisk>(); }

}  // namespace tusk
