// The blocking face: every call is a task run on the loop thread; streams read ahead and write behind.
#include "dfs/client/blocking_file_system.h"

#include <algorithm>
#include <semaphore>

#include "base/async/loop_thread.h"
#include "dfs/client/dfs_file_system.h"

namespace tusk::dfs {

namespace {
constexpr size_t kPieceBytes = 1 << 20;  // read ahead and write behind in pieces of this size
}

// Two buffers: the loop fills one while the caller empties the other.
struct BlockingInputStream::Ahead {
  std::vector<uint8_t> ready;
  size_t used = 0;  // of ready
  std::vector<uint8_t> filling;
  bool in_progress = false;
  std::binary_semaphore filled{0};
  Result<size_t> outcome{size_t{0}};
  uint64_t position = 0;  // of the caller
};

BlockingInputStream::BlockingInputStream(LoopThread& thread, std::unique_ptr<InputStream> stream)
    : thread_(thread), stream_(std::move(stream)), ahead_(std::make_unique<Ahead>()) {}

BlockingInputStream::~BlockingInputStream() { (void)Close(); }

namespace {
// Fills as much of `out` as is cheap: until it is full or the file ends.
Task<Result<size_t>> FillPiece(InputStream& stream, MutableByteView out) {
  size_t done = 0;
  while (done < out.size()) {
    Result<size_t> count = co_await stream.Read(out.subspan(done));
    if (!count.ok()) {
      if (done > 0) break;  // the error comes again with the next piece
      co_return count;
    }
    if (*count == 0) break;
    done += *count;
  }
  co_return done;
}

Task<int> DestroyOnLoop(std::unique_ptr<InputStream> stream) {
  stream = nullptr;
  co_return 0;
}
Task<int> DestroyOnLoop(std::unique_ptr<OutputStream> stream) {
  stream = nullptr;
  co_return 0;
}
}  // namespace

Result<ByteView> BlockingInputStream::ReadPiece() {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  Ahead& ahead = *ahead_;
  if (ahead.used < ahead.ready.size()) {
    ByteView rest = ByteView(ahead.ready).subspan(ahead.used);
    ahead.used = ahead.ready.size();
    ahead.position += rest.size();
    return rest;
  }
  auto start = [&] {
    // Small files need no big buffer.
    uint64_t left = stream_->length() - std::min(stream_->length(), stream_->position());
    ahead.filling.resize(std::clamp<uint64_t>(left + 1, 512, kPieceBytes));
    ahead.in_progress = true;
    thread_.Start(FillPiece(*stream_, ahead.filling), [&ahead](Result<size_t> outcome) {
      ahead.outcome = std::move(outcome);
      ahead.filled.release();
    });
  };
  if (!ahead.in_progress) start();
  ahead.filled.acquire();
  ahead.in_progress = false;
  ahead.used = 0;
  if (!ahead.outcome.ok()) {
    ahead.ready.clear();
    return ahead.outcome.status();
  }
  std::swap(ahead.ready, ahead.filling);
  ahead.ready.resize(*ahead.outcome);
  if (ahead.ready.empty()) return ByteView();
  if (stream_->position() < stream_->length()) start();
  ahead.used = ahead.ready.size();
  ahead.position += ahead.ready.size();
  return ByteView(ahead.ready);
}

Result<size_t> BlockingInputStream::Read(MutableByteView out) {
  if (out.empty()) return size_t{0};
  Ahead& ahead = *ahead_;
  if (ahead.used == ahead.ready.size()) {
    ASSIGN_OR_RETURN(ByteView piece, ReadPiece());
    if (piece.empty()) return size_t{0};
    ahead.position -= piece.size();
    ahead.used -= piece.size();
  }
  size_t count = std::min(out.size(), ahead.ready.size() - ahead.used);
  std::memcpy(out.data(), ahead.ready.data() + ahead.used, count);
  ahead.used += count;
  ahead.position += count;
  return count;
}

Result<size_t> BlockingInputStream::ReadAt(uint64_t offset, MutableByteView out) {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  if (ahead_->in_progress) {  // one call at a time; what was fetched ahead is kept as ready bytes only if they follow
    RETURN_IF_ERROR(Seek(ahead_->position));
  }
  return thread_.Run(stream_->ReadAt(offset, out));
}

Status BlockingInputStream::Seek(uint64_t offset) {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  Ahead& ahead = *ahead_;
  uint64_t ready_begin = ahead.position - ahead.used;
  if (!ahead.in_progress && offset >= ready_begin && offset < ready_begin + ahead.ready.size()) {
    ahead.used = offset - ready_begin;
    ahead.position = offset;
    return Status::Ok();
  }
  if (ahead.in_progress) {
    ahead.filled.acquire();
    ahead.in_progress = false;
  }
  ahead.ready.clear();
  ahead.used = 0;
  RETURN_IF_ERROR(stream_->Seek(offset));
  ahead.position = offset;
  return Status::Ok();
}

uint64_t BlockingInputStream::position() const { return ahead_->position; }
uint64_t BlockingInputStream::length() const { return stream_->length(); }

Status BlockingInputStream::Close() {
  if (stream_ == nullptr) return Status::Ok();
  if (ahead_->in_progress) {
    ahead_->filled.acquire();
    ahead_->in_progress = false;
  }
  Status closed = thread_.Run(stream_->Close());
  thread_.Run(DestroyOnLoop(std::move(stream_)));
  return closed;
}

// The caller gathers into one buffer while the loop writes the other.
struct BlockingOutputStream::Behind {
  std::vector<uint8_t> gathering;
  std::vector<uint8_t> sending;
  bool in_progress = false;
  std::binary_semaphore sent{0};
  Status outcome;
  Status failed;  // the first error, kept
  uint64_t position = 0;
};

BlockingOutputStream::BlockingOutputStream(LoopThread& thread, std::unique_ptr<OutputStream> stream)
    : thread_(thread), stream_(std::move(stream)), behind_(std::make_unique<Behind>()) {
  behind_->position = stream_->position();
}

BlockingOutputStream::~BlockingOutputStream() {
  if (stream_ == nullptr) return;
  (void)WaitSent();
  thread_.Run(DestroyOnLoop(std::move(stream_)));
}

Status BlockingOutputStream::WaitSent() {
  Behind& behind = *behind_;
  if (behind.in_progress) {
    behind.sent.acquire();
    behind.in_progress = false;
    if (behind.failed.ok()) behind.failed = behind.outcome;
  }
  return behind.failed;
}

Status BlockingOutputStream::StartSend() {
  RETURN_IF_ERROR(WaitSent());
  Behind& behind = *behind_;
  if (behind.gathering.empty()) return Status::Ok();
  std::swap(behind.gathering, behind.sending);
  behind.gathering.clear();
  behind.in_progress = true;
  thread_.Start(stream_->Write(behind.sending), [&behind](Status outcome) {
    behind.outcome = std::move(outcome);
    behind.sent.release();
  });
  return Status::Ok();
}

Status BlockingOutputStream::Write(ByteView bytes) {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  Behind& behind = *behind_;
  RETURN_IF_ERROR(behind.failed);
  while (!bytes.empty()) {
    size_t count = std::min(bytes.size(), kPieceBytes - behind.gathering.size());
    behind.gathering.insert(behind.gathering.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    behind.position += count;
    if (behind.gathering.size() == kPieceBytes) RETURN_IF_ERROR(StartSend());
  }
  return Status::Ok();
}

Status BlockingOutputStream::Hflush() {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  RETURN_IF_ERROR(StartSend());
  RETURN_IF_ERROR(WaitSent());
  return thread_.Run(stream_->Hflush());
}

Status BlockingOutputStream::Hsync() {
  if (stream_ == nullptr) return Status(Code::kIOError, "Stream is closed!");
  RETURN_IF_ERROR(StartSend());
  RETURN_IF_ERROR(WaitSent());
  return thread_.Run(stream_->Hsync());
}

Status BlockingOutputStream::Close() {
  if (stream_ == nullptr) return behind_->failed;
  Status sent = StartSend();
  if (sent.ok()) sent = WaitSent();
  if (sent.ok()) sent = thread_.Run(stream_->Close());
  thread_.Run(DestroyOnLoop(std::move(stream_)));
  if (behind_->failed.ok()) behind_->failed = sent;
  return sent;
}

uint64_t BlockingOutputStream::position() const { return behind_->position; }

Result<FileStatus> BlockingFileSystem::GetFileStatus(const std::string& path) const {
  return thread_->Run(fs_->GetFileStatus(path));
}
Result<std::vector<FileStatus>> BlockingFileSystem::List(const std::string& path) const {
  return thread_->Run(fs_->List(path));
}
Status BlockingFileSystem::Mkdirs(const std::string& path, uint32_t permission) const {
  return thread_->Run(fs_->Mkdirs(path, permission));
}
Result<std::unique_ptr<BlockingOutputStream>> BlockingFileSystem::Create(const std::string& path,
                                                                         const CreateOptions& options) const {
  ASSIGN_OR_RETURN(auto stream, thread_->Run(fs_->Create(path, options)));
  return std::make_unique<BlockingOutputStream>(*thread_, std::move(stream));
}
Result<std::unique_ptr<BlockingOutputStream>> BlockingFileSystem::Append(const std::string& path, bool new_block) const {
  ASSIGN_OR_RETURN(auto stream, thread_->Run(fs_->Append(path, new_block)));
  return std::make_unique<BlockingOutputStream>(*thread_, std::move(stream));
}
Result<std::unique_ptr<BlockingInputStream>> BlockingFileSystem::Open(const std::string& path, bool verify) const {
  ASSIGN_OR_RETURN(auto stream, thread_->Run(fs_->Open(path, verify)));
  return std::make_unique<BlockingInputStream>(*thread_, std::move(stream));
}
Result<bool> BlockingFileSystem::Rename(const std::string& from, const std::string& to) const {
  return thread_->Run(fs_->Rename(from, to));
}
Status BlockingFileSystem::RenameTo(const std::string& from, const std::string& to, bool overwrite) const {
  return thread_->Run(fs_->RenameTo(from, to, overwrite));
}
Result<bool> BlockingFileSystem::Delete(const std::string& path, bool recursive) const {
  return thread_->Run(fs_->Delete(path, recursive));
}
Status BlockingFileSystem::SetPermission(const std::string& path, uint32_t permission) const {
  return thread_->Run(fs_->SetPermission(path, permission));
}
Status BlockingFileSystem::SetOwner(const std::string& path, const std::string& owner, const std::string& group) const {
  return thread_->Run(fs_->SetOwner(path, owner, group));
}
Status BlockingFileSystem::SetTimes(const std::string& path, int64_t mtime_wall_ms, int64_t atime_wall_ms) const {
  return thread_->Run(fs_->SetTimes(path, mtime_wall_ms, atime_wall_ms));
}
Result<bool> BlockingFileSystem::SetReplication(const std::string& path, uint32_t replication) const {
  return thread_->Run(fs_->SetReplication(path, replication));
}
Result<ContentSummary> BlockingFileSystem::GetContentSummary(const std::string& path) const {
  return thread_->Run(fs_->GetContentSummary(path));
}
Result<std::optional<Token>> BlockingFileSystem::TokenForContainers(const std::string& renewer) const {
  return thread_->Run(dfs::TokenForContainers(*fs_, renewer));
}
Result<std::vector<BlockLocation>> BlockingFileSystem::GetBlockLocations(const std::string& path, uint64_t offset,
                                                                         uint64_t length) const {
  return thread_->Run(fs_->GetBlockLocations(path, offset, length));
}
Result<std::optional<FileChecksum>> BlockingFileSystem::GetFileChecksum(const std::string& path) const {
  return thread_->Run(fs_->GetFileChecksum(path));
}
Result<FsUsage> BlockingFileSystem::GetUsage(const std::string& path) const { return thread_->Run(fs_->GetUsage(path)); }
Result<ServerDefaults> BlockingFileSystem::GetServerDefaults() const { return thread_->Run(fs_->GetServerDefaults()); }
Result<bool> BlockingFileSystem::Truncate(const std::string& path, uint64_t length) const {
  bool done = false;
  RETURN_IF_ERROR(thread_->Run(fs_->Truncate(path, length, &done)));
  return done;
}
Result<bool> BlockingFileSystem::IsClosed(const std::string& path) const { return thread_->Run(fs_->IsClosed(path)); }
Status BlockingFileSystem::Concat(const std::string& target, const std::vector<std::string>& sources) const {
  return thread_->Run(fs_->Concat(target, sources));
}

Result<bool> BlockingFileSystem::Exists(const std::string& path) const {
  auto status = GetFileStatus(path);
  if (status.ok()) return true;
  if (status.code() == Code::kFileNotFound) return false;
  return status.status();
}

Result<std::string> BlockingFileSystem::ReadFile(const std::string& path, uint64_t bytes_max) const {
  ASSIGN_OR_RETURN(auto stream, Open(path));
  std::string bytes;
  for (;;) {
    ASSIGN_OR_RETURN(ByteView piece, stream->ReadPiece());
    if (piece.empty()) return bytes;
    if (bytes.size() + piece.size() > bytes_max) {
      return Status(Code::kResourceExhausted, Qualify(path) + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
    bytes += AsText(piece);
  }
}

Status BlockingFileSystem::WriteFile(const std::string& path, std::string_view bytes, const CreateOptions& options) const {
  ASSIGN_OR_RETURN(auto stream, Create(path, options));
  RETURN_IF_ERROR(stream->Write(AsBytes(bytes)));
  return stream->Close();
}

BlockingFileSystems::BlockingFileSystems() = default;

namespace {
// Streams and connections belong to the loop, so they end there.
Task<int> EndOnLoop(std::unique_ptr<FileSystems>& file_systems) {
  co_await file_systems->Shutdown();
  file_systems = nullptr;
  co_return 0;
}
}  // namespace

Result<std::unique_ptr<BlockingFileSystems>> BlockingFileSystems::Create(Clock& clock, Random& random, Disk& disk,
                                                                         const Configuration& configuration,
                                                                         ClientUser user) {
  std::unique_ptr<BlockingFileSystems> made(new BlockingFileSystems);
  made->thread_ = std::make_unique<LoopThread>(clock, random, disk, "dfs-client");
  ASSIGN_OR_RETURN(made->file_systems_, FileSystems::Create(made->thread_->env(), configuration, std::move(user)));
  return made;
}

BlockingFileSystems::~BlockingFileSystems() {
  if (file_systems_ != nullptr) thread_->Run(EndOnLoop(file_systems_));
}

namespace {
Task<Result<FileSystems::Place>> ResolveOnLoop(FileSystems& file_systems, Path path) {
  co_return file_systems.Resolve(path);
}
}  // namespace

Result<BlockingFileSystems::Place> BlockingFileSystems::Resolve(const Path& path) {
  ASSIGN_OR_RETURN(FileSystems::Place place, thread_->Run(ResolveOnLoop(*file_systems_, path)));
  return Place{BlockingFileSystem(thread_.get(), place.fs), std::move(place.path)};
}

Result<BlockingFileSystems::Place> BlockingFileSystems::Resolve(std::string_view uri) {
  ASSIGN_OR_RETURN(Path path, Path::Parse(uri));
  return Resolve(path);
}

Result<BlockingFileSystem> BlockingFileSystems::Default() {
  ASSIGN_OR_RETURN(Place place, Resolve(file_systems_->default_uri()));
  return place.fs;
}

const Path& BlockingFileSystems::default_uri() const { return file_systems_->default_uri(); }
const Configuration& BlockingFileSystems::configuration() const { return file_systems_->configuration(); }

}  // namespace tusk::dfs
