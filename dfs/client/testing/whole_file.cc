// Writes and reads files whole.
#include "dfs/client/testing/whole_file.h"

#include <algorithm>

namespace tusk::dfs {

Task<Status> WriteWholeFile(FileSystem& fs, std::string path, std::string bytes, size_t step) {
  auto stream = co_await fs.Create(path);
  if (!stream.ok()) co_return stream.status();
  for (size_t at = 0; at < bytes.size(); at += step) {
    CO_RETURN_IF_ERROR(co_await (*stream)->Write(AsBytes(bytes).subspan(at, std::min(step, bytes.size() - at))));
  }
  co_return co_await (*stream)->Close();
}

Task<Status> ReadWholeFile(FileSystem& fs, std::string path, std::string* bytes, size_t step) {
  bytes->clear();
  auto stream = co_await fs.Open(path);
  if (!stream.ok()) co_return stream.status();
  std::vector<uint8_t> buffer(step);
  for (;;) {
    auto count = co_await (*stream)->Read(buffer);
    if (!count.ok()) co_return count.status();
    if (*count == 0) co_return co_await (*stream)->Close();
    *bytes += AsText(ByteView(buffer).first(*count));
  }
}

}  // namespace tusk::dfs
