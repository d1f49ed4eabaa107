// The floor of the data path: moves and checksums the same bytes over the same hops as a DFS does, and nothing else.
// usage: dfs_control write|read HOPS STREAMS MIB FOLDER
// write: a client sends packets (64 KiB with a CRC32C per 512 bytes) through HOPS processes over loopback TCP; each
// writes data and checksums to files in FOLDER, the last one verifies, one byte comes back. read: one process sends
// checksums from memory and data by sendfile, the client verifies. Blocking calls, a thread per stream, 512 KiB a call.
// Prints "wall SECONDS cpu SECONDS daemons SECONDS bytes N": cpu is the client's.
#include <arpa/inet.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/env/real_env.h"

namespace {

constexpr size_t kChunk = 512, kData = 64 << 10, kSums = kData / kChunk * 4, kPacket = kData + kSums;
constexpr size_t kBatch = 8;  // packets a call

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

double Seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }
double Cpu(int who) {
  rusage used{};
  ::getrusage(who, &used);
  return Seconds(used.ru_utime) + Seconds(used.ru_stime);
}

struct Door {
  int fd = -1;
  sockaddr_in address{};
};

Door Listen() {
  Door door;
  door.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  door.address.sin_family = AF_INET;
  door.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(door.address);
  auto* at = reinterpret_cast<sockaddr*>(&door.address);
  if (::bind(door.fd, at, length) != 0 || ::listen(door.fd, 64) != 0 || ::getsockname(door.fd, at, &length) != 0) Die("listen");
  return door;
}

int Connect(const Door& door) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&door.address), sizeof(door.address)) != 0) Die("connect");
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  return fd;
}

void SendAll(int fd, const uint8_t* bytes, size_t count) {
  while (count > 0) {
    ssize_t done = ::send(fd, bytes, count, MSG_NOSIGNAL);
    if (done <= 0) Die("send");
    bytes += done;
    count -= static_cast<size_t>(done);
  }
}

// Fewer only at the end.
size_t RecvAll(int fd, uint8_t* bytes, size_t count) {
  size_t have = 0;
  while (have < count) {
    ssize_t done = ::recv(fd, bytes + have, count - have, 0);
    if (done < 0) Die("recv");
    if (done == 0) break;
    have += static_cast<size_t>(done);
  }
  return have;
}

void Sum(const uint8_t* data, uint8_t* sums) {
  for (size_t i = 0; i < kData / kChunk; ++i) {
    uint32_t crc = ~crc32_iscsi(const_cast<unsigned char*>(data + i * kChunk), kChunk, ~0u);
    std::memcpy(sums + i * 4, &crc, 4);
  }
}

void Verify(const uint8_t* packet) {
  uint8_t sums[kSums];
  Sum(packet + kSums, sums);
  if (std::memcmp(packet, sums, kSums) != 0) Die("checksum");
}

void WriteParts(int fd, std::vector<iovec> parts, off_t at) {
  size_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  if (::pwritev(fd, parts.data(), static_cast<int>(parts.size()), at) != static_cast<ssize_t>(total)) Die("pwritev");
}

// One stream of a daemon in a write pipeline.
void ReceiveStream(int up, const Door* next, std::string path) {
  int down = next != nullptr ? Connect(*next) : -1;
  int data = ::open((path + ".data").c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  int meta = ::open((path + ".meta").c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  std::vector<uint8_t> buffer(kBatch * kPacket);
  off_t packets = 0;
  for (;;) {
    size_t have = RecvAll(up, buffer.data(), buffer.size());
    if (down >= 0) SendAll(down, buffer.data(), have);
    std::vector<iovec> bytes, sums;
    for (size_t at = 0; at + kPacket <= have; at += kPacket) {
      if (down < 0) Verify(buffer.data() + at);
      sums.push_back({buffer.data() + at, kSums});
      bytes.push_back({buffer.data() + at + kSums, kData});
    }
    WriteParts(data, bytes, packets * static_cast<off_t>(kData));
    WriteParts(meta, sums, packets * static_cast<off_t>(kSums));
    packets += static_cast<off_t>(bytes.size());
    if (have < buffer.size()) break;
  }
  uint8_t ack = 1;
  if (down >= 0) {
    ::shutdown(down, SHUT_WR);
    if (RecvAll(down, &ack, 1) != 1) Die("ack");
    ::close(down);
  }
  SendAll(up, &ack, 1);
  for (int fd : {up, data, meta}) ::close(fd);
}

void WriteStream(const Door& first, size_t packets) {
  int fd = Connect(first);
  std::vector<uint8_t> source(1 << 20), buffer(kBatch * kPacket);
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  for (size_t done = 0; done < packets;) {
    size_t count = std::min(kBatch, packets - done);
    for (size_t i = 0; i < count; ++i) {
      uint8_t* packet = buffer.data() + i * kPacket;
      std::memcpy(packet + kSums, source.data() + (done + i) % 16 * kData, kData);  // an application's bytes are copied once
      Sum(packet + kSums, packet);
    }
    SendAll(fd, buffer.data(), count * kPacket);
    done += count;
  }
  ::shutdown(fd, SHUT_WR);
  uint8_t ack = 0;
  if (RecvAll(fd, &ack, 1) != 1) Die("ack");
  ::close(fd);
}

void SendStream(int up, std::string path, size_t packets) {
  int data = ::open((path + ".data").c_str(), O_RDONLY | O_CLOEXEC);
  int meta = ::open((path + ".meta").c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<uint8_t> sums(packets * kSums);
  if (::pread(meta, sums.data(), sums.size(), 0) != static_cast<ssize_t>(sums.size())) Die("meta");
  off_t at = 0;
  for (size_t i = 0; i < packets; ++i) {
    if (::send(up, sums.data() + i * kSums, kSums, MSG_MORE | MSG_NOSIGNAL) != static_cast<ssize_t>(kSums)) Die("send");
    for (off_t end = at + static_cast<off_t>(kData); at < end;) {
      if (::sendfile(up, data, &at, static_cast<size_t>(end - at)) <= 0) Die("sendfile");
    }
  }
  for (int fd : {up, data, meta}) ::close(fd);
}

void ReadStream(const Door& first, size_t packets) {
  int fd = Connect(first);
  std::vector<uint8_t> buffer(kBatch * kPacket);
  for (size_t done = 0; done < packets;) {
    size_t count = std::min(kBatch, packets - done);
    if (RecvAll(fd, buffer.data(), count * kPacket) != count * kPacket) Die("short");
    for (size_t i = 0; i < count; ++i) Verify(buffer.data() + i * kPacket);
    done += count;
  }
  ::close(fd);
}

void Daemon(bool write, const Door& own, const Door* next, int streams, const std::string& path, size_t packets) {
  std::vector<std::thread> threads;
  for (int i = 0; i < streams; ++i) {
    int up = ::accept4(own.fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (up < 0) Die("accept");
    std::string file = path + "." + std::to_string(i);
    threads.emplace_back([=] { write ? ReceiveStream(up, next, file) : SendStream(up, file, packets); });
  }
  for (std::thread& thread : threads) thread.join();
}

struct Used {
  double wall, client, daemons;
};

Used Round(bool write, int hops, int streams, size_t packets, const std::string& folder) {
  std::vector<Door> doors;
  for (int hop = 0; hop < hops; ++hop) doors.push_back(Listen());
  const double children = Cpu(RUSAGE_CHILDREN);
  std::vector<pid_t> daemons;
  for (int hop = 0; hop < hops; ++hop) {
    pid_t pid = ::fork();
    if (pid == 0) {
      Daemon(write, doors[static_cast<size_t>(hop)], hop + 1 < hops ? &doors[static_cast<size_t>(hop) + 1] : nullptr, streams,
             folder + "/hop" + std::to_string(hop), packets);
      std::_Exit(0);
    }
    daemons.push_back(pid);
  }
  const double own = Cpu(RUSAGE_SELF);
  const auto clock = tusk::MakeSystemClock();
  const tusk::TimePoint began = clock->Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < streams; ++i) {
    threads.emplace_back([&] { write ? WriteStream(doors[0], packets) : ReadStream(doors[0], packets); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> wall = clock->Now() - began;
  for (pid_t pid : daemons) {
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid || status != 0) std::_Exit(1);
  }
  for (const Door& door : doors) ::close(door.fd);
  return {wall.count(), Cpu(RUSAGE_SELF) - own, Cpu(RUSAGE_CHILDREN) - children};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: dfs_control write|read HOPS STREAMS MIB FOLDER\n");
    return 2;
  }
  const bool write = std::string(argv[1]) == "write";
  const int hops = write ? std::atoi(argv[2]) : 1, streams = std::atoi(argv[3]);
  const size_t packets = (std::strtoull(argv[4], nullptr, 10) << 20) / static_cast<size_t>(streams) / kData;
  if (!write) (void)Round(true, 1, streams, packets, argv[5]);  // what will be read
  Used used = Round(write, hops, streams, packets, argv[5]);
  std::printf("wall %.4f cpu %.4f daemons %.4f bytes %zu\n", used.wall, used.client, used.daemons,
              packets * kData * static_cast<size_t>(streams));
  return 0;
}
