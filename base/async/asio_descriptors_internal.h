// Open files across unix sockets: the two system calls. For base/async only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tusk {

// As sendmsg: 1, or -1 with errno.
ssize_t SendDescriptors(int socket, uint8_t byte, const std::vector<int>& descriptors);
// As recvmsg of one byte; what came with it, up to `count_max`, is added to `descriptors`, more is closed.
ssize_t ReceiveDescriptors(int socket, uint8_t* byte, size_t count_max, std::vector<int>* descriptors);
// A non-blocking socket bound to `path` and listening, or -1 with errno.
int ListenAtPath(const char* path);
// A non-blocking socket connected to `path`, or -1 with errno. (EAGAIN: its queue is full.)
int ConnectToPath(const char* path);

}  // namespace tusk
