// What the operating system says about this machine: who listens where, processes and their limits, file systems,
// addresses. Reads /proc and makes system calls; nothing is changed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/clock.h"
#include "base/env/network.h"

namespace tusk::tools {

struct ProcessFacts {
  int pid = 0;
  std::string user;
  std::vector<std::string> argv;
  std::string Short() const;  // "pid 12 (python3 -m http.server), user root"
};

// Who listens on which TCP port of this machine; pid 0 where it is not to be found out.
std::map<uint16_t, ProcessFacts> Listeners();
bool IsProcessAlive(int pid);

struct Limit {
  uint64_t soft = 0;  // UINT64_MAX: none
};
// "Max open files", "Max processes", "Max locked memory" of a process; pid 0: this one.
std::optional<Limit> ProcessLimit(int pid, const std::string& name);

struct FileSystemFacts {
  uint64_t bytes = 0;
  uint64_t bytes_free = 0;  // for the user that asks
  uint64_t inodes = 0;
  uint64_t inodes_free = 0;
  bool read_only = false;
};
// Of the file system of `path`, or of the nearest parent that exists.
Result<FileSystemFacts> FileSystemOf(const std::string& path);

struct FolderFacts {
  bool exists = false;
  bool is_folder = false;
  std::string owner;
  uint32_t mode = 0;
  bool writable = false;  // by this process's user
};
FolderFacts FolderOf(const std::string& path);

// Numeric addresses of a name, as the system resolves it; empty where it does not.
std::vector<std::string> ResolveName(const std::string& host);
// The name of a numeric address; "" where it has none.
std::string NameOfAddress(const std::string& address);
// The address of this machine from which it reaches another; "" where there is no way.
std::string AddressToward(const HostPort& to);
// Median time of a few small writes, each synced, to a file without a name in `folder`; nothing is left there.
Result<double> SyncMillis(const Clock& clock, const std::string& folder);
bool IsLoopback(const std::string& address);
// Whether an address is one of this machine's (0.0.0.0 and :: count).
bool IsOwnAddress(const std::string& address);
// kTimedOut, kConnectionRefused and the like.
Status TryConnect(const HostPort& to, int timeout_ms);

}  // namespace tusk::tools
