// Asks the kernel what is in memory (preadv2 with RWF_NOWAIT) and reads the rest.
#include "base/env/page_cache.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace tusk {
namespace {

constexpr uint64_t kStep = 128 << 10;  // the kernel reads ahead by about that much

bool InMemory(int fd, uint64_t offset) {
  uint8_t byte = 0;
  iovec probe{&byte, 1};
  return ::preadv2(fd, &probe, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0;
}

}  // namespace

void PopulatePageCache(File& file, uint64_t offset, uint64_t length) {
  const int fd = file.fd();
  if (fd < 0) return;
  const uint64_t end = offset + length;
  std::vector<uint8_t> scratch;
  for (uint64_t at = offset; at < end; at += kStep) {
    const uint64_t last = std::min(at + kStep, end) - 1;
    if (InMemory(fd, at) && InMemory(fd, last)) continue;
    if (scratch.empty()) {
      scratch.resize(kStep);
      ::posix_fadvise(fd, static_cast<off_t>(at), static_cast<off_t>(end - at), POSIX_FADV_WILLNEED);
    }
    if (::pread(fd, scratch.data(), last + 1 - at, static_cast<off_t>(at)) <= 0) return;
  }
}

}  // namespace tusk
