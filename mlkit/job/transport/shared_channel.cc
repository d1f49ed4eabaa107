// A channel over two rings of shared memory. Whoever finds nothing to do says so in the ring and sleeps on the pair's TCP
// connection; the other side then rings by one byte. The connection's end is the end of the channel.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "mlkit/collectives/link.h"
#include "mlkit/job/transport/channel.h"

namespace tusk::ml {
namespace {

constexpr size_t kRingBytes = 1 << 20;

struct Ring {
  alignas(64) std::atomic<uint64_t> written;   // bytes ever; only the writer changes it
  alignas(64) std::atomic<uint64_t> taken;     // bytes ever; only the reader changes it
  alignas(64) std::atomic<uint32_t> reader_sleeps;
  std::atomic<uint32_t> writer_sleeps;
  alignas(64) uint8_t bytes[kRingBytes];
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);
constexpr size_t kRegionBytes = 2 * sizeof(Ring);

Status Gone(const char* why) { return Status(Code::kCancelled, std::string("the connection to another rank ended: ") + why); }

class SharedChannel final : public Channel {
 public:
  SharedChannel(std::unique_ptr<SharedRegion> region, bool creator, Descriptor socket)
      : region_(std::move(region)), socket_(std::move(socket)) {
    auto* rings = reinterpret_cast<Ring*>(region_->bytes());
    out_ = rings + (creator ? 0 : 1);
    in_ = rings + (creator ? 1 : 0);
  }

  Result<size_t> TryWrite(ByteView first, ByteView second) override {
    ASSIGN_OR_RETURN(const size_t count, Put(first));
    if (count < first.size() || second.empty()) return Published(count);
    ASSIGN_OR_RETURN(const size_t more, Put(second));
    return Published(count + more);
  }

  Result<size_t> TryRead(MutableByteView out) override {
    size_t done = 0;
    ASSIGN_OR_RETURN(const size_t there, Available());
    const size_t count = std::min(out.size(), there);
    while (done < count) {
      const ByteView piece = Contiguous(count - done, done);
      std::memcpy(out.data() + done, piece.data(), piece.size());
      done += piece.size();
    }
    return Took(count);
  }

  Result<size_t> TryConsume(size_t most, const std::function<void(ByteView piece)>& take) override {
    ASSIGN_OR_RETURN(const size_t available, Available());
    const size_t there = std::min(most, available);
    const size_t count = there == most ? there : there / kPieceUnit * kPieceUnit;
    for (size_t done = 0; done < count;) {
      const ByteView piece = Contiguous(count - done, done);
      const size_t whole = piece.size() == count - done ? piece.size() : piece.size() / kPieceUnit * kPieceUnit;
      if (whole > 0) {
        take(piece.first(whole));
        done += whole;
        continue;
      }
      uint8_t across[kPieceUnit];  // a unit that goes over the ring's end
      const size_t length = std::min(count - done, kPieceUnit);
      std::memcpy(across, piece.data(), piece.size());
      std::memcpy(across + piece.size(), in_->bytes, length - piece.size());
      take({across, length});
      done += length;
    }
    return Took(count);
  }

  Result<std::optional<pollfd>> PrepareWait(bool for_reading, bool for_writing) override {
    if (for_reading) {
      in_->reader_sleeps.store(1);
      ASSIGN_OR_RETURN(const size_t available, Available());
      if (available > 0) return std::optional<pollfd>();
    }
    if (for_writing) {
      out_->writer_sleeps.store(1);
      ASSIGN_OR_RETURN(const size_t space, Space());
      if (space > 0) return std::optional<pollfd>();
    }
    return std::optional<pollfd>(pollfd{socket_.fd(), POLLIN, 0});
  }

  Status Woken(short events) override {
    if (events == 0) return Status::Ok();
    uint8_t bells[256];
    const ssize_t received = ::recv(socket_.fd(), bells, sizeof bells, MSG_DONTWAIT);
    if (received > 0 || (received < 0 && (errno == EAGAIN || errno == EINTR))) return Status::Ok();
    return Gone(received == 0 ? "closed" : std::strerror(errno));
  }

 private:
  // What the other side says is not believed: counters outside of the ring end the connection.
  Result<size_t> Available() const {
    const uint64_t count = in_->written.load(std::memory_order_seq_cst) - read_;
    if (count > kRingBytes) return Gone("the shared memory is damaged");
    return static_cast<size_t>(count);
  }
  Result<size_t> Space() const {
    const uint64_t used = sent_ - out_->taken.load(std::memory_order_seq_cst);
    if (used > kRingBytes) return Gone("the shared memory is damaged");
    return static_cast<size_t>(kRingBytes - used);
  }
  ByteView Contiguous(size_t count, size_t ahead) const {
    const size_t at = (read_ + ahead) % kRingBytes;
    return {in_->bytes + at, std::min(count, kRingBytes - at)};
  }
  Result<size_t> Put(ByteView bytes) {
    ASSIGN_OR_RETURN(const size_t space, Space());
    const size_t count = std::min(bytes.size(), space);
    const size_t at = sent_ % kRingBytes, before_end = std::min(count, kRingBytes - at);
    if (count == 0) return count;
    std::memcpy(out_->bytes + at, bytes.data(), before_end);
    std::memcpy(out_->bytes, bytes.data() + before_end, count - before_end);
    sent_ += count;
    return count;
  }
  Result<size_t> Published(size_t count) {
    if (count == 0) return count;
    out_->written.store(sent_, std::memory_order_seq_cst);
    if (out_->reader_sleeps.load() != 0 && out_->reader_sleeps.exchange(0) != 0) RETURN_IF_ERROR(Bell());
    return count;
  }
  Result<size_t> Took(size_t count) {
    if (count == 0) return count;
    read_ += count;
    in_->taken.store(read_, std::memory_order_seq_cst);
    // A writer is woken for half a ring, not for every piece.
    ASSIGN_OR_RETURN(const size_t left, Available());
    if (left <= kRingBytes / 2 && in_->writer_sleeps.load() != 0 && in_->writer_sleeps.exchange(0) != 0) RETURN_IF_ERROR(Bell());
    return count;
  }
  Status Bell() {
    const uint8_t bell = 1;
    const ssize_t sent = ::send(socket_.fd(), &bell, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == 1 || errno == EAGAIN || errno == EINTR) return Status::Ok();  // EAGAIN: thousands of bells are under way
    return Gone(std::strerror(errno));
  }

  std::unique_ptr<SharedRegion> region_;
  Descriptor socket_;
  Ring* out_;
  Ring* in_;
  uint64_t sent_ = 0, read_ = 0;
};

}  // namespace

Result<std::unique_ptr<SharedRegion>> SharedRegion::Create(const std::string& name) {
  const Descriptor memory(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (memory.fd() < 0) return Status::FromErrno(errno, "shm_open", name);
  // Reserved now: a full /dev/shm must not become a SIGBUS later.
  const int error = ::posix_fallocate(memory.fd(), 0, kRegionBytes);
  void* bytes = error != 0 ? MAP_FAILED : ::mmap(nullptr, kRegionBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (bytes == MAP_FAILED) {
    Unlink(name);
    return Status::FromErrno(error != 0 ? error : errno, "mmap", name);
  }
  return std::unique_ptr<SharedRegion>(new SharedRegion(static_cast<uint8_t*>(bytes)));
}

Result<std::unique_ptr<SharedRegion>> SharedRegion::Open(const std::string& name) {
  const Descriptor memory(::shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0));
  if (memory.fd() < 0) return Status::FromErrno(errno, "shm_open", name);
  struct stat status = {};
  if (::fstat(memory.fd(), &status) != 0 || status.st_size != static_cast<off_t>(kRegionBytes) || status.st_uid != ::geteuid()) {
    return Status(Code::kCorruption, name + ": not the shared memory of this job");
  }
  void* bytes = ::mmap(nullptr, kRegionBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (bytes == MAP_FAILED) return Status::FromErrno(errno, "mmap", name);
  return std::unique_ptr<SharedRegion>(new SharedRegion(static_cast<uint8_t*>(bytes)));
}

void SharedRegion::Unlink(const std::string& name) { ::shm_unlink(name.c_str()); }

SharedRegion::~SharedRegion() { ::munmap(bytes_, kRegionBytes); }

std::unique_ptr<Channel> MakeSharedChannel(std::unique_ptr<SharedRegion> region, bool creator, Descriptor socket) {
  return std::make_unique<SharedChannel>(std::move(region), creator, std::move(socket));
}

}  // namespace tusk::ml
