// leveldb::Env over Disk.
#include "dfs/namenode/store/leveldb_env.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace tusk::dfs {
namespace {

leveldb::Status ToLevelDb(const Status& status) {
  if (status.ok()) return leveldb::Status::OK();
  if (status.code() == Code::kFileNotFound) return leveldb::Status::NotFound(std::string(status.message()));
  return leveldb::Status::IOError(std::string(status.message()));
}

class DiskSequentialFile : public leveldb::SequentialFile {
 public:
  explicit DiskSequentialFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  leveldb::Status Read(size_t count, leveldb::Slice* result, char* scratch) override {
    Result<size_t> got = file_->ReadAt(offset_, {reinterpret_cast<uint8_t*>(scratch), count});
    if (!got.ok()) return ToLevelDb(got.status());
    offset_ += *got;
    *result = leveldb::Slice(scratch, *got);
    return leveldb::Status::OK();
  }
  leveldb::Status Skip(uint64_t count) override {
    offset_ += count;
    return leveldb::Status::OK();
  }

 private:
  std::unique_ptr<File> file_;
  uint64_t offset_ = 0;
};

class DiskRandomAccessFile : public leveldb::RandomAccessFile {
 public:
  explicit DiskRandomAccessFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  leveldb::Status Read(uint64_t offset, size_t count, leveldb::Slice* result, char* scratch) const override {
    Result<size_t> got = file_->ReadAt(offset, {reinterpret_cast<uint8_t*>(scratch), count});
    if (!got.ok()) return ToLevelDb(got.status());
    *result = leveldb::Slice(scratch, *got);
    return leveldb::Status::OK();
  }

 private:
  std::unique_ptr<File> file_;
};

class DiskWritableFile : public leveldb::WritableFile {
 public:
  DiskWritableFile(Disk& disk, std::unique_ptr<File> file, std::string path)
      : disk_(disk),
        file_(std::move(file)),
        path_(std::move(path)),
        is_manifest_(BaseName(path_).starts_with("MANIFEST")) {}
  leveldb::Status Append(const leveldb::Slice& data) override {
    buffer_.append(data.data(), data.size());
    return buffer_.size() >= kBufferBytes ? Flush() : leveldb::Status::OK();
  }
  leveldb::Status Close() override {
    leveldb::Status written = WriteOut();
    file_.reset();
    return written;
  }
  // A manifest's records stay here until Sync: they name tables, whose names must reach the disk before them.
  leveldb::Status Flush() override { return is_manifest_ ? leveldb::Status::OK() : WriteOut(); }
  leveldb::Status Sync() override {
    if (is_manifest_) {
      Status synced = disk_.SyncDir(ParentPath(path_));
      if (!synced.ok()) return ToLevelDb(synced);
    }
    leveldb::Status written = WriteOut();
    if (!written.ok()) return written;
    return ToLevelDb(file_->Sync());
  }

 private:
  static constexpr size_t kBufferBytes = 64 << 10;

  leveldb::Status WriteOut() {
    if (buffer_.empty()) return leveldb::Status::OK();
    Status written = file_->WriteAt(offset_, AsBytes(buffer_));
    if (!written.ok()) return ToLevelDb(written);
    offset_ += buffer_.size();
    buffer_.clear();
    return leveldb::Status::OK();
  }

  Disk& disk_;
  std::unique_ptr<File> file_;
  const std::string path_;
  const bool is_manifest_;
  std::string buffer_;
  uint64_t offset_ = 0;
};

// Where LevelDB's own log goes.
class NoFile : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice&) override { return leveldb::Status::OK(); }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }
};

class NoLogger : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

class DiskLock : public leveldb::FileLock {
 public:
  explicit DiskLock(std::unique_ptr<tusk::FileLock> held) : held_(std::move(held)) {}

 private:
  std::unique_ptr<tusk::FileLock> held_;
};

class DiskEnv : public LevelDbEnv {
 public:
  // LevelDB's own Env serves only NowMicros and the test folder.
  explicit DiskEnv(Disk& disk) : LevelDbEnv(leveldb::Env::Default()), disk_(disk), worker_([this] { Work(); }) {}
  ~DiskEnv() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override {
    return OpenAs<DiskSequentialFile>(path, OpenMode::kRead, result);
  }
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override {
    return OpenAs<DiskRandomAccessFile>(path, OpenMode::kRead, result);
  }
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override {
    if (path.ends_with(".log")) {
      *result = new NoFile;
      return leveldb::Status::OK();
    }
    Result<std::unique_ptr<File>> file = disk_.Open(path, OpenMode::kCreateTruncate);
    if (!file.ok()) return ToLevelDb(file.status());
    *result = new DiskWritableFile(disk_, std::move(file).value(), path);
    return leveldb::Status::OK();
  }
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile**) override {
    return leveldb::Status::NotSupported("append to", path);
  }
  bool FileExists(const std::string& path) override { return disk_.Exists(path); }
  leveldb::Status GetChildren(const std::string& folder, std::vector<std::string>* names) override {
    Result<std::vector<std::string>> listed = disk_.List(folder);
    if (!listed.ok()) return ToLevelDb(listed.status());
    *names = std::move(listed).value();
    return leveldb::Status::OK();
  }
  leveldb::Status RemoveFile(const std::string& path) override {
    if (path.ends_with(".log") && !disk_.Exists(path)) return leveldb::Status::OK();
    return ToLevelDb(disk_.RemoveFile(path));
  }
  leveldb::Status CreateDir(const std::string& folder) override { return ToLevelDb(disk_.MakeDirs(folder, 0700)); }
  leveldb::Status RemoveDir(const std::string& folder) override { return ToLevelDb(disk_.RemoveDir(folder)); }
  leveldb::Status GetFileSize(const std::string& path, uint64_t* size) override {
    Result<FileStat> stat = disk_.Stat(path);
    if (!stat.ok()) return ToLevelDb(stat.status());
    *size = stat->size;
    return leveldb::Status::OK();
  }
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
    Status renamed = disk_.Rename(from, to);
    if (!renamed.ok()) return ToLevelDb(renamed);
    return ToLevelDb(disk_.SyncDir(ParentPath(to)));
  }
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override {
    Result<std::unique_ptr<tusk::FileLock>> held = disk_.Lock(path);
    if (!held.ok()) return ToLevelDb(held.status());
    *lock = new DiskLock(std::move(held).value());
    return leveldb::Status::OK();
  }
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override {
    delete lock;
    return leveldb::Status::OK();
  }
  leveldb::Status NewLogger(const std::string&, leveldb::Logger** result) override {
    *result = new NoLogger;
    return leveldb::Status::OK();
  }
  void Schedule(void (*function)(void*), void* argument) override {
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back(function, argument);
    }
    changed_.notify_one();
  }
  void WaitIdle() override {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return queue_.empty() && !working_; });
  }

 private:
  template <typename Wrapper, typename Base>
  leveldb::Status OpenAs(const std::string& path, OpenMode mode, Base** result) {
    Result<std::unique_ptr<File>> file = disk_.Open(path, mode);
    if (!file.ok()) return ToLevelDb(file.status());
    *result = new Wrapper(std::move(file).value());
    return leveldb::Status::OK();
  }
  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto [function, argument] = queue_.front();
      queue_.pop_front();
      working_ = true;
      lock.unlock();
      function(argument);
      lock.lock();
      working_ = false;
      if (queue_.empty()) idle_.notify_all();
    }
  }

  Disk& disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable idle_;
  std::deque<std::pair<void (*)(void*), void*>> queue_;
  bool working_ = false;
  bool stopping_ = false;
  std::thread worker_;  // last: it uses the others
};

}  // namespace

std::unique_ptr<LevelDbEnv> MakeLevelDbEnv(Disk& disk) { return std::make_unique<DiskEnv>(disk); }

}  // namespace tusk::dfs
