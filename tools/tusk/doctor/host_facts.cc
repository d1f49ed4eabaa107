// See the header.
#include "tools/tusk/doctor/host_facts.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace tusk::tools {
namespace {

namespace fs = std::filesystem;

std::string UserName(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(uid);
}

std::optional<ProcessFacts> ProcessOf(int pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return std::nullopt;
  ProcessFacts facts{pid, UserName(info.st_uid), {}};
  std::ifstream cmdline(folder + "/cmdline", std::ios::binary);
  std::string word;
  while (facts.argv.size() < 256 && std::getline(cmdline, word, '\0')) facts.argv.push_back(word);
  return facts;
}

std::vector<int> Pids() {
  std::vector<int> pids;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

// Ports that are listened on, by the name that the socket has in /proc/PID/fd.
std::map<std::string, uint16_t> ListeningSockets() {
  std::map<std::string, uint16_t> sockets;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      std::istringstream words(line);
      std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
      const size_t colon = local.find(':');
      if (state != "0A" || colon == std::string::npos) continue;
      sockets["socket:[" + inode + "]"] = static_cast<uint16_t>(std::strtoul(local.c_str() + colon + 1, nullptr, 16));
    }
  }
  return sockets;
}

std::string TextOf(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) return "";
  return text.data();
}

}  // namespace

std::string ProcessFacts::Short() const {
  if (pid == 0) return "a process of another user";
  std::string command;
  for (const std::string& word : argv) command += (command.empty() ? "" : " ") + word;
  if (command.size() > 80) command = command.substr(0, 77) + "...";
  return "pid " + std::to_string(pid) + " (" + command + "), user " + user;
}

std::map<uint16_t, ProcessFacts> Listeners() {
  std::map<uint16_t, ProcessFacts> holders;
  const auto sockets = ListeningSockets();
  for (const auto& [name, port] : sockets) holders[port];
  for (int pid : Pids()) {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", unreadable)) {
      std::error_code gone;
      const auto found = sockets.find(fs::read_symlink(entry.path(), gone).string());
      if (found != sockets.end() && holders[found->second].pid == 0) holders[found->second] = ProcessOf(pid).value_or(ProcessFacts{});
    }
  }
  return holders;
}

bool IsProcessAlive(int pid) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno != EPERM)) return false;
  // One that has ended and is not yet waited for is no life.
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  const size_t state = text.rfind(") ");
  return state == std::string::npos || text.compare(state, 3, ") Z") != 0;
}

std::optional<Limit> ProcessLimit(int pid, const std::string& name) {
  std::ifstream in("/proc/" + (pid == 0 ? "self" : std::to_string(pid)) + "/limits");
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    std::string soft;
    words >> soft;
    if (soft == "unlimited") return Limit{UINT64_MAX};
    return Limit{std::strtoull(soft.c_str(), nullptr, 10)};
  }
  return std::nullopt;
}

Result<FileSystemFacts> FileSystemOf(const std::string& path) {
  std::string at = path;
  struct statvfs info {};
  while (::statvfs(at.c_str(), &info) != 0) {
    if (errno != ENOENT || at == "/" || at.empty()) return Status::FromErrno(errno, "statvfs", at);
    at = fs::path(at).parent_path().string();
  }
  return FileSystemFacts{info.f_blocks * info.f_frsize, info.f_bavail * info.f_frsize, info.f_files, info.f_favail,
                         (info.f_flag & ST_RDONLY) != 0};
}

FolderFacts FolderOf(const std::string& path) {
  FolderFacts facts;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return facts;
  facts.exists = true;
  facts.is_folder = S_ISDIR(info.st_mode);
  facts.owner = UserName(info.st_uid);
  facts.mode = info.st_mode & 07777;
  facts.writable = ::access(path.c_str(), W_OK | X_OK) == 0;
  return facts;
}

std::vector<std::string> ResolveName(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<std::string> addresses;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (std::string text = TextOf(each->ai_addr, each->ai_addrlen); !text.empty()) addresses.push_back(std::move(text));
  }
  ::freeaddrinfo(found);
  return addresses;
}

std::string NameOfAddress(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), nullptr, &hints, &found) != 0) return "";
  char name[NI_MAXHOST] = "";
  const int failed = ::getnameinfo(found->ai_addr, found->ai_addrlen, name, sizeof(name), nullptr, 0, NI_NAMEREQD);
  ::freeaddrinfo(found);
  return failed != 0 ? "" : name;
}

std::string AddressToward(const HostPort& to) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found) != 0) return "";
  // Connecting a datagram socket sends nothing and chooses the way.
  const int fd = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string address;
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  if (fd >= 0 && ::connect(fd, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    address = TextOf(reinterpret_cast<sockaddr*>(&own), size);
  }
  if (fd >= 0) ::close(fd);
  ::freeaddrinfo(found);
  return address;
}

Result<double> SyncMillis(const Clock& clock, const std::string& folder) {
  constexpr size_t kTries = 5;
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return Status::FromErrno(errno, "open", folder);
  const std::string block(4096, 'x');
  std::vector<double> times;
  int error = 0;
  for (size_t i = 0; i < kTries && error == 0; ++i) {
    const auto began = clock.Now();
    if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()) || ::fsync(fd) != 0) error = errno;
    times.push_back(std::chrono::duration<double, std::milli>(clock.Now() - began).count());
  }
  ::close(fd);
  if (error != 0) return Status::FromErrno(error, "fsync", folder);
  std::sort(times.begin(), times.end());
  return times[kTries / 2];
}

bool IsLoopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

bool IsOwnAddress(const std::string& address) {
  if (IsLoopback(address) || address == "0.0.0.0" || address == "::") return true;
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return false;
  bool own = false;
  for (const ifaddrs* each = interfaces; each != nullptr && !own; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    own = TextOf(each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)) == address;
  }
  ::freeifaddrs(interfaces);
  return own;
}

Status TryConnect(const HostPort& to, int timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found) != 0) {
    return Status(Code::kUnknownHost, to.host + " does not resolve");
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0) {
    if (::connect(fd, found->ai_addr, found->ai_addrlen) != 0) error = errno;
    if (error == EINPROGRESS) {
      pollfd waits{fd, POLLOUT, 0};
      socklen_t size = sizeof(error);
      error = ETIMEDOUT;
      if (::poll(&waits, 1, timeout_ms) == 1) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    ::close(fd);
  }
  ::freeaddrinfo(found);
  return error == 0 ? Status::Ok() : Status::FromErrno(error, "connect", to.ToString());
}

}  // namespace tusk::tools
