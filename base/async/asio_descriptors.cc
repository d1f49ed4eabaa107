// SCM_RIGHTS and AF_UNIX.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/async/asio_descriptors_internal.h"

namespace tusk {
namespace {

constexpr size_t kDescriptorsMax = 16;
constexpr int kBacklog = 1024;

union Control {
  cmsghdr header;
  char room[CMSG_SPACE(sizeof(int) * kDescriptorsMax)];
};

bool FillAddress(const char* path, sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof(address->sun_path)) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::strcpy(address->sun_path, path);
  return true;
}

int CloseAndFail(int fd) {
  int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

}  // namespace

ssize_t SendDescriptors(int socket, uint8_t byte, const std::vector<int>& descriptors) {
  if (descriptors.empty() || descriptors.size() > kDescriptorsMax) {
    errno = EINVAL;
    return -1;
  }
  iovec part{&byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
  std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t ReceiveDescriptors(int socket, uint8_t* byte, size_t count_max, std::vector<int>* descriptors) {
  iovec part{byte, 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof(control);
  ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < came; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (descriptors->size() < count_max) {
        descriptors->push_back(fd);
      } else {
        ::close(fd);
      }
    }
  }
  return count;
}

int ListenAtPath(const char* path) {
  sockaddr_un address;
  if (!FillAddress(path, &address)) return -1;
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct stat info;
  if (::lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) && ::unlink(path) != 0) return CloseAndFail(fd);
  auto* at = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(fd, at, sizeof(address)) != 0 || ::chmod(path, 0666) != 0 || ::listen(fd, kBacklog) != 0) return CloseAndFail(fd);
  return fd;
}

int ConnectToPath(const char* path) {
  sockaddr_un address;
  if (!FillAddress(path, &address)) return -1;
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return CloseAndFail(fd);
  return fd;
}

}  // namespace tusk
