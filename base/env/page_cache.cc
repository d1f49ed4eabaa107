// Asks the kernel what is in memory (cachestat, or preadv2 with RWF_NOWAIT before Linux 6.5) and reads the rest.
#include "base/env/page_cache.h"

#include <fcntl.h>
#include <sys/syscall.h>
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

// Of the whole range, by one call. False where the kernel has no such call.
bool AllInMemory(int fd, uint64_t offset, uint64_t length) {
#if defined(SYS_cachestat)
  constexpr long kCall = SYS_cachestat;
#else
  constexpr long kCall = 451;  // on every architecture
#endif
  struct Range {
    uint64_t offset, length;
  } range{offset, length};
  struct Counts {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
  } counts{};
  if (length == 0 || ::syscall(kCall, fd, &range, &counts, 0) != 0) return false;
  static const uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return counts.cached >= (offset + length - 1) / page - offset / page + 1;
}

}  // namespace

bool ReadIfInMemory(File& file, uint64_t offset, MutableByteView out) {
  if (out.empty()) return true;
  if (file.fd() < 0) return false;
  iovec part{out.data(), out.size()};
  return ::preadv2(file.fd(), &part, 1, static_cast<off_t>(offset), RWF_NOWAIT) == static_cast<ssize_t>(out.size());
}

void PopulatePageCache(File& file, uint64_t offset, uint64_t length) {
  const int fd = file.fd();
  if (fd < 0) return;
  if (AllInMemory(fd, offset, length)) return;
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
