// The adapter from mapreduce's FileSystem to dfs's blocking one.
#include "mapreduce/client/dfs_file_systems.h"

#include <map>
#include <mutex>

#include "base/security/token.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::mapreduce {
namespace {

class DfsInput : public InputFile {
 public:
  explicit DfsInput(std::unique_ptr<dfs::BlockingInputStream> stream) : stream_(std::move(stream)) {}
  // In order, as tasks read, the stream fetches ahead; elsewhere it reads at the place.
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    if (out.empty() || offset >= stream_->length()) return size_t{0};
    if (offset != stream_->position()) {
      if (read_in_order_ || offset == 0) return stream_->ReadAt(offset, out);
      RETURN_IF_ERROR(stream_->Seek(offset));  // a split's start
    }
    read_in_order_ = true;
    size_t filled = 0;
    while (filled < out.size()) {
      ASSIGN_OR_RETURN(size_t count, stream_->Read(out.subspan(filled)));
      if (count == 0) break;
      filled += count;
    }
    return filled;
  }
  uint64_t length() const override { return stream_->length(); }

 private:
  std::unique_ptr<dfs::BlockingInputStream> stream_;
  bool read_in_order_ = false;
};

class DfsOutput : public OutputFile {
 public:
  explicit DfsOutput(std::unique_ptr<dfs::BlockingOutputStream> stream) : stream_(std::move(stream)) {}
  Status Write(ByteView bytes) override { return stream_->Write(bytes); }
  Status Close() override { return stream_->Close(); }

 private:
  std::unique_ptr<dfs::BlockingOutputStream> stream_;
};

FileStatus FromDfs(const dfs::FileStatus& status) {
  return {status.path, status.is_directory(), status.length, status.block_size, status.mtime_wall_ms, status.atime_wall_ms};
}

class AdaptedFileSystem : public FileSystem {
 public:
  AdaptedFileSystem(dfs::BlockingFileSystem fs, std::string user) : fs_(fs), user_(std::move(user)) {}
  std::string uri() const override { return fs_.uri(); }
  std::string_view counter_name() const override { return fs_.uri().starts_with("file") ? "FILE" : "HDFS"; }
  Result<std::unique_ptr<InputFile>> Open(const std::string& path) override {
    ASSIGN_OR_RETURN(std::unique_ptr<dfs::BlockingInputStream> stream, fs_.Open(path));
    return Result<std::unique_ptr<InputFile>>(std::make_unique<DfsInput>(std::move(stream)));
  }
  Result<std::unique_ptr<OutputFile>> Create(const std::string& path, CreateOptions options) override {
    dfs::CreateOptions dfs_options;
    dfs_options.overwrite = options.overwrite;
    if (options.replication > 0) dfs_options.replication = static_cast<uint32_t>(options.replication);
    if (options.block_size > 0) dfs_options.block_size = options.block_size;
    ASSIGN_OR_RETURN(std::unique_ptr<dfs::BlockingOutputStream> stream, fs_.Create(path, dfs_options));
    return Result<std::unique_ptr<OutputFile>>(std::make_unique<DfsOutput>(std::move(stream)));
  }
  Result<FileStatus> Stat(const std::string& path) override {
    ASSIGN_OR_RETURN(dfs::FileStatus status, fs_.GetFileStatus(path));
    return FromDfs(status);
  }
  Result<std::vector<FileStatus>> List(const std::string& path) override {
    ASSIGN_OR_RETURN(std::vector<dfs::FileStatus> entries, fs_.List(path));
    std::vector<FileStatus> list;
    for (const dfs::FileStatus& entry : entries) list.push_back(FromDfs(entry));
    return list;
  }
  Status MakeDirs(const std::string& path) override { return fs_.Mkdirs(path, 0755); }
  Status Rename(const std::string& from, const std::string& to) override { return fs_.RenameTo(from, to, false); }
  Status Remove(const std::string& path) override {
    Result<bool> removed = fs_.Delete(path, true);
    return removed.ok() || removed.code() == Code::kFileNotFound ? Status::Ok() : std::move(removed).status();
  }
  Status Concat(const std::string& target, const std::vector<std::string>& sources) override { return fs_.Concat(target, sources); }
  Status SetPermission(const std::string& path, uint32_t mode) override { return fs_.SetPermission(path, mode); }
  Status SetAccessTime(const std::string& path, int64_t wall_ms) override { return fs_.SetTimes(path, -1, wall_ms); }
  Result<std::vector<BlockLocation>> Locations(const std::string& path, uint64_t offset, uint64_t length) override {
    ASSIGN_OR_RETURN(std::vector<dfs::BlockLocation> blocks, fs_.GetBlockLocations(path, offset, length));
    std::vector<BlockLocation> locations;
    for (dfs::BlockLocation& block : blocks) locations.push_back({block.offset, block.length, std::move(block.hosts)});
    return locations;
  }
  Status AddTokens(Credentials& credentials) override {
    ASSIGN_OR_RETURN(const std::optional<Token> token, fs_.TokenForContainers(user_));
    if (token) credentials.tokens[token->service] = *token;
    return Status::Ok();
  }

 private:
  dfs::BlockingFileSystem fs_;
  const std::string user_;   // who may renew tokens
};

class AdaptedFileSystems : public FileSystems {
 public:
  AdaptedFileSystems(std::unique_ptr<dfs::BlockingFileSystems> systems, std::string user) : systems_(std::move(systems)), user_(std::move(user)) {}
  Result<Location> Resolve(std::string_view path) override {
    ASSIGN_OR_RETURN(dfs::BlockingFileSystems::Place place, systems_->Resolve(path));
    std::lock_guard lock(mutex_);
    std::unique_ptr<AdaptedFileSystem>& adapted = adapted_[place.fs.uri()];
    if (!adapted) adapted = std::make_unique<AdaptedFileSystem>(place.fs, user_);
    return Location{adapted.get(), place.path};
  }

 private:
  std::unique_ptr<dfs::BlockingFileSystems> systems_;
  const std::string user_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<AdaptedFileSystem>> adapted_;
};

}  // namespace

Result<std::unique_ptr<FileSystems>> MakeDfsFileSystems(Clock& clock, Random& random, Disk& disk, const Configuration& conf,
                                                        const std::string& user, const std::string& working_folder) {
  ASSIGN_OR_RETURN(std::unique_ptr<dfs::BlockingFileSystems> systems,
                   dfs::BlockingFileSystems::Create(clock, random, disk, conf, {user, working_folder}));
  return Result<std::unique_ptr<FileSystems>>(std::make_unique<AdaptedFileSystems>(std::move(systems), user));
}

}  // namespace tusk::mapreduce
