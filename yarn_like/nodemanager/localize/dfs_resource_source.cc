// Reading sources through dfs/client.
#include "yarn_like/nodemanager/localize/dfs_resource_source.h"

#include <vector>

#include "base/async/blocking_pool.h"
#include "base/async/task_scope.h"

namespace tusk::yarn {
namespace {
constexpr size_t kCopyBytes = 1 << 20;

// As much as fits; fewer bytes only at the end of the file.
Task<Result<size_t>> Fill(dfs::InputStream& in, MutableByteView out) {
  size_t filled = 0;
  while (filled < out.size()) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await in.Read(out.subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  co_return filled;
}

Task<void> WriteBlock(Env env, File& file, uint64_t offset, ByteView bytes, Status& outcome) {
  Status written = co_await env.disk_pool.Run([&] { return file.WriteAt(offset, bytes); });
  if (!written.ok()) outcome = written;
}
}  // namespace

Task<bool> DfsResourceSource::PassableByAll(dfs::FileSystem* fs, std::string path) {
  while (path.size() > 1) {
    path = ParentPath(path);
    auto status = co_await fs->GetFileStatus(path);
    if (!status.ok() || (status->permission & 0001) == 0) co_return false;
  }
  co_return true;
}

Task<Result<SourceStat>> DfsResourceSource::Stat(std::string uri, std::string user, bool check_public) {
  CO_ASSIGN_OR_RETURN(dfs::FileSystems* systems, files_.Of(user));
  CO_ASSIGN_OR_RETURN(auto place, systems->Resolve(uri));
  CO_ASSIGN_OR_RETURN(auto status, co_await place.fs->GetFileStatus(place.path));
  SourceStat stat;
  stat.size = status.length;
  stat.mtime_wall_ms = status.mtime_wall_ms;
  stat.is_directory = status.is_directory();
  if (check_public && (status.permission & 0004) != 0) {
    stat.is_public = co_await PassableByAll(place.fs, place.path);
  }
  co_return stat;
}

Task<Result<uint64_t>> DfsResourceSource::Copy(std::string uri, std::string user, std::string local_path) {
  CO_ASSIGN_OR_RETURN(dfs::FileSystems* systems, files_.Of(user));
  CO_ASSIGN_OR_RETURN(auto place, systems->Resolve(uri));
  CO_ASSIGN_OR_RETURN(auto in, co_await place.fs->Open(place.path));
  auto opened = co_await env_.disk_pool.Run([this, &local_path] { return env_.disk.Open(local_path, OpenMode::kCreateNew); });
  CO_ASSIGN_OR_RETURN(auto out, std::move(opened));
  // One buffer is read into while the other is written.
  std::vector<uint8_t> buffers[2] = {std::vector<uint8_t>(kCopyBytes), std::vector<uint8_t>(kCopyBytes)};
  uint64_t total = 0;
  Status outcome;
  TaskScope writing(env_.loop);
  for (int turn = 0; outcome.ok(); turn ^= 1) {
    Result<size_t> count = co_await Fill(*in, buffers[turn]);
    co_await writing.Join();
    if (outcome.ok() && !count.ok()) outcome = count.status();
    if (!outcome.ok() || *count == 0) break;
    writing.Spawn(WriteBlock(env_, *out, total, ByteView(buffers[turn]).first(*count), outcome));
    total += *count;
  }
  co_await writing.Join();
  CO_RETURN_IF_ERROR(std::move(outcome));
  CO_RETURN_IF_ERROR(co_await in->Close());
  co_return total;
}

}  // namespace tusk::yarn
