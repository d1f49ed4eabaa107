// Reading sources through dfs/client.
#include "yarn_like/nodemanager/localize/dfs_resource_source.h"

#include <vector>

#include "base/async/blocking_pool.h"

namespace tusk::yarn {
namespace {
constexpr size_t kCopyBytes = 256 << 10;
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
  std::vector<uint8_t> part(kCopyBytes);
  uint64_t total = 0;
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await in->Read(part));
    if (count == 0) break;
    Status written = co_await env_.disk_pool.Run([&] { return out->WriteAt(total, ByteView(part).first(count)); });
    CO_RETURN_IF_ERROR(written);
    total += count;
  }
  CO_RETURN_IF_ERROR(co_await in->Close());
  co_return total;
}

}  // namespace tusk::yarn
