// The thread that carries letters.
#include "mlkit/job/transport/mesh_post.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace tusk::ml {
namespace {

constexpr uint32_t kLetterMagic = 0x504b4d54;  // "TMKP"
constexpr uint64_t kLetterBytesMax = uint64_t{1} << 32;
constexpr auto kLook = std::chrono::seconds(60);   // between two looks at the membership; its end wakes at once

}  // namespace

struct MeshPost::Header {
  uint32_t magic = kLetterMagic;
  uint32_t to = 0;
  uint64_t epoch = 0;
  uint64_t length = 0;
};

struct MeshPost::Outgoing {
  Header header;
  std::vector<uint8_t> bytes;
  size_t done = 0;
};

struct MeshPost::Peer {
  std::unique_ptr<Channel> channel;     // null: this rank
  std::deque<Outgoing> outgoing;
  Header header;                        // of what comes
  size_t header_done = 0, body_done = 0;
  std::vector<uint8_t> body;
};

Result<std::unique_ptr<MeshPost>> MeshPost::Connect(MeshSetup setup, const Descriptor& listener, const Clock& clock, ::tusk::Random& random,
                                                    const AbortSignal& abort) {
  ASSIGN_OR_RETURN(std::vector<std::unique_ptr<Channel>> channels, ConnectMesh(setup, listener, clock, random, abort));
  return std::unique_ptr<MeshPost>(new MeshPost(std::move(setup), clock, abort, std::move(channels)));
}

MeshPost::MeshPost(MeshSetup setup, const Clock& clock, const AbortSignal& abort, std::vector<std::unique_ptr<Channel>> channels)
    : setup_(std::move(setup)), clock_(clock), abort_(abort),
      box_([&clock] { return std::chrono::duration<double>(clock.Now().time_since_epoch()).count(); }), peers_(channels.size()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  TUSK_CHECK(wake_.fd() >= 0) << "no event descriptor";
  for (size_t i = 0; i < channels.size(); ++i) peers_[i].channel = std::move(channels[i]);
  thread_ = std::thread([this] { Carry(); });
}

MeshPost::~MeshPost() {
  stopped_ = true;
  Wake();
  thread_.join();
}

void MeshPost::Wake() {
  const uint64_t one = 1;
  // Fails only where the counter is at its maximum: then it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(wake_.fd(), &one, sizeof one);
}

void MeshPost::Give(int to, To whom, std::vector<uint8_t> bytes) {
  sent_ += bytes.size();
  Outgoing letter;
  letter.header.to = static_cast<uint32_t>(whom);
  letter.header.epoch = setup_.epoch;
  letter.header.length = bytes.size();
  letter.bytes = std::move(bytes);
  {
    const std::lock_guard lock(mutex_);
    given_.emplace_back(to, std::move(letter));
  }
  if (std::this_thread::get_id() != thread_.get_id()) Wake();
}

void MeshPost::Handle(Letter letter) {
  box_.Handle(std::move(letter), [this](std::vector<Letter> answers) { Answer(std::move(answers)); });
}

void MeshPost::Answer(std::vector<Letter> answers) {
  for (Letter& answer : answers) {
    if (answer.peer == rank()) {
      box_.Put({rank(), std::move(answer.bytes)});
    } else {
      Give(answer.peer, To::kWorker, std::move(answer.bytes));
    }
  }
}

Status MeshPost::Send(int to, std::vector<uint8_t> bytes) {
  RETURN_IF_ERROR(box_.closed());
  if (to == rank()) {
    Handle({to, std::move(bytes)});
  } else {
    Give(to, To::kServer, std::move(bytes));
  }
  return Status::Ok();
}

Result<Letter> MeshPost::Receive() { return box_.Take(std::chrono::duration<double>(setup_.message_timeout).count()); }

void MeshPost::Carry() {
  const Status ended = CarryUntilStopped();
  box_.Close(ended.code() == Code::kCorruption ? ended : Status(Code::kCancelled, std::string(ended.message())));
  for (Peer& peer : peers_) peer.channel.reset();  // the others see it at once
}

Status MeshPost::CarryUntilStopped() {
  while (true) {
    if (stopped_ || abort_.raised()) return Status(Code::kCancelled, "the membership has ended");
    {
      const std::lock_guard lock(mutex_);
      for (auto& [to, letter] : given_) peers_[static_cast<size_t>(to)].outgoing.push_back(std::move(letter));
      given_.clear();
    }
    ASSIGN_OR_RETURN(const bool moved, MoveAll());
    if (!moved) RETURN_IF_ERROR(WaitForPeers());
  }
}

Result<bool> MeshPost::MoveAll() {
  bool moved = false;
  for (int rank = 0; rank < size(); ++rank) {
    Peer& peer = peers_[static_cast<size_t>(rank)];
    if (!peer.channel) continue;
    ASSIGN_OR_RETURN(const bool wrote, Write(peer));
    ASSIGN_OR_RETURN(const bool read, Read(rank, peer));
    moved = moved || wrote || read;
  }
  return moved;
}

Result<bool> MeshPost::Write(Peer& peer) {
  if (peer.outgoing.empty()) return false;
  Outgoing& letter = peer.outgoing.front();
  const size_t head = std::min(letter.done, sizeof(Header)), body = letter.done - head;
  const ByteView header = {reinterpret_cast<const uint8_t*>(&letter.header) + head, sizeof(Header) - head};
  ASSIGN_OR_RETURN(const size_t count, peer.channel->TryWrite(header, ByteView(letter.bytes).subspan(body)));
  letter.done += count;
  if (letter.done == sizeof(Header) + letter.bytes.size()) peer.outgoing.pop_front();
  return count > 0;
}

Status MeshPost::TakeHeader(Peer& peer) const {
  const Header& header = peer.header;
  if (header.magic != kLetterMagic || header.length > kLetterBytesMax || header.to < 1 || header.to > 2) {
    return Status(Code::kCorruption, "not a letter of a rank");
  }
  if (header.epoch != setup_.epoch) {
    return Status(Code::kCancelled, "a letter of epoch " + std::to_string(header.epoch) + " in " + std::to_string(setup_.epoch));
  }
  peer.body.resize(header.length);
  return Status::Ok();
}

Result<bool> MeshPost::Read(int from, Peer& peer) {
  size_t count = 0;
  if (peer.header_done < sizeof(Header)) {
    const MutableByteView rest = {reinterpret_cast<uint8_t*>(&peer.header) + peer.header_done, sizeof(Header) - peer.header_done};
    ASSIGN_OR_RETURN(count, peer.channel->TryRead(rest));
    peer.header_done += count;
    if (peer.header_done < sizeof(Header)) return count > 0;
    RETURN_IF_ERROR(TakeHeader(peer));
  }
  if (peer.body_done < peer.body.size()) {
    ASSIGN_OR_RETURN(const size_t more, peer.channel->TryRead(MutableByteView(peer.body).subspan(peer.body_done)));
    peer.body_done += more;
    count += more;
  }
  if (peer.body_done < peer.body.size()) return count > 0;
  Letter letter{from, std::exchange(peer.body, {})};
  const bool for_server = peer.header.to == static_cast<uint32_t>(To::kServer);
  peer.header_done = peer.body_done = 0;
  if (for_server) {
    Handle(std::move(letter));
  } else {
    box_.Put(std::move(letter));
  }
  return true;
}

Status MeshPost::WaitForPeers() {
  std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}};
  std::vector<Channel*> channels;
  for (Peer& peer : peers_) {
    if (!peer.channel) continue;
    ASSIGN_OR_RETURN(const std::optional<pollfd> wanted, peer.channel->PrepareWait(true, !peer.outgoing.empty()));
    if (!wanted) return Status::Ok();
    polled.push_back(*wanted);
    channels.push_back(peer.channel.get());
  }
  const Status waited = WaitForAny(polled, {clock_, abort_, clock_.Now() + kLook});
  if (waited.code() == Code::kTimedOut) return Status::Ok();
  RETURN_IF_ERROR(Status(waited));
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = ::read(wake_.fd(), &count, sizeof count);
  for (size_t i = 0; i < channels.size(); ++i) RETURN_IF_ERROR(channels[i]->Woken(polled[i + 1].revents));
  return Status::Ok();
}

}  // namespace tusk::ml
