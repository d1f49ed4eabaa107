// Unix sockets, which can pass open files between processes of one machine. Beside Network and Stream: whoever wants
// them asks a Network or a Stream whether it is one of these (dynamic_cast); simulated ones are not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/disk.h"
#include "base/env/network.h"

namespace tusk {

// A Stream over a unix socket.
class FilePassing {
 public:
  virtual ~FilePassing() = default;
  // `byte`, and with it descriptors (of open files; they stay the caller's).
  virtual Task<Status> SendFiles(uint8_t byte, std::vector<int> descriptors, TimePoint deadline) = 0;
  struct Received {
    uint8_t byte = 0;
    std::vector<std::unique_ptr<File>> files;
  };
  // The next byte and the files, at most `count_max`, that came with it. Whatever was read before must have ended there.
  virtual Task<Result<Received>> ReceiveFiles(size_t count_max, TimePoint deadline) = 0;
};

// A Network that has unix sockets. Their streams give the path as the host of both ends.
class LocalSockets {
 public:
  virtual ~LocalSockets() = default;
  virtual Task<Result<std::unique_ptr<Stream>>> ConnectLocal(std::string path, TimePoint deadline) = 0;
  // Replaces what a dead listener has left there; everybody may connect (0666): the folders decide who gets there.
  virtual Result<std::unique_ptr<Listener>> ListenLocal(const std::string& path) = 0;
  // Whether this numeric address is one of this machine's.
  virtual bool IsOwnAddress(const std::string& address) const = 0;
};

// Whether nobody but root and this user could put another socket there: no folder above `path` may belong to another
// user or be writable for others, as Hadoop demands of dfs.domain.socket.path.
Status CheckSocketPath(const std::string& path);

// A File around an open descriptor, which it closes. `name` is for errors.
std::unique_ptr<File> AdoptFile(int descriptor, std::string name);

}  // namespace tusk
