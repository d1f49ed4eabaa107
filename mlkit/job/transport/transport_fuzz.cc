// Any bytes from the other end of a connection, in the handshake from either side and as messages of a rank that has proved
// itself: an error or what was sent, never a crash, and no memory for bytes that have not come.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/env/real_env.h"
#include "mlkit/job/transport/handshake.h"
#include "mlkit/job/transport/mesh_link.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kEpoch = 5;
constexpr MessageTag kTag = {1, 7};

struct World {
  std::unique_ptr<Clock> clock = MakeSystemClock();
  std::unique_ptr<::tusk::Random> random = MakeSystemRandom();
  AbortSignal abort;
  WaitLimits Soon() const { return {*clock, abort, clock->Now() + std::chrono::seconds(2)}; }
};

World& TheWorld() {
  static World world;
  return world;
}

HandshakeSetup Rank(int rank) { return {"secret", kEpoch, rank, 2, 0, TheWorld().random.get()}; }

// The other end, which says `bytes` and nothing more.
Descriptor Saying(ByteView bytes) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) __builtin_trap();
  const Descriptor speaker(ends[1]);
  if (::send(speaker.fd(), bytes.data(), bytes.size(), 0) < 0 && !bytes.empty()) __builtin_trap();
  ::shutdown(speaker.fd(), SHUT_WR);
  return Descriptor(ends[0]);
}

void Handshakes(std::vector<uint8_t> bytes, bool as_answerer, bool begins_well) {
  if (begins_well && as_answerer && bytes.size() >= 24) {
    const uint32_t head[6] = {0x484b4d54, 1, kEpoch, 0, 1, 0};   // magic, version, epoch, from, to
    std::memcpy(bytes.data(), head, sizeof head);
  } else if (begins_well && bytes.size() >= 4) {
    const uint32_t accepted = 1;
    std::memcpy(bytes.data(), &accepted, sizeof accepted);
  }
  const Result<Handshaken> made =
      as_answerer ? HandshakeAsAnswerer(Saying(bytes), Rank(0), TheWorld().Soon()) : HandshakeAsCaller(Saying(bytes), 0, Rank(1), TheWorld().Soon());
  if (made.ok()) __builtin_trap();   // nobody guesses a proof
}

struct Head {
  uint32_t magic = 0x4d4b4d54, operation = kTag.operation;
  uint64_t epoch = kEpoch, sequence = kTag.sequence, length = 0;
};

void Messages(const uint8_t* data, size_t size) {
  if (size < 4) return;
  World& world = TheWorld();
  Result<Descriptor> listener = ListenOn("127.0.0.1", 0);
  if (!listener.ok()) __builtin_trap();
  const Result<uint16_t> port = PortOf(*listener);
  MeshSetup mesh;
  mesh.epoch = kEpoch;
  mesh.ranks = {{"127.0.0.1", port.value()}, {"127.0.0.1", 1}};
  mesh.secret = "secret";
  std::unique_ptr<Channel> peer;
  std::thread other([&] {
    Result<Descriptor> socket = ConnectTo({"127.0.0.1", port.value()}, world.Soon());
    if (!socket.ok()) __builtin_trap();
    Result<Handshaken> made = HandshakeAsCaller(std::move(*socket), 0, Rank(1), world.Soon());
    if (!made.ok()) __builtin_trap();
    peer = std::move(made->channel);
  });
  const Result<std::unique_ptr<MeshLink>> link = MeshLink::Connect(mesh, *listener, *world.clock, *world.random, world.abort);
  other.join();
  if (!link.ok()) __builtin_trap();
  Head head;
  const uint8_t flaws = data[1];
  std::memcpy(&head.length, data + 2, 2);
  if (flaws & 1) head.magic ^= data[2];
  if (flaws & 2) head.operation += data[2];
  if (flaws & 4) head.epoch += data[2];
  if (flaws & 8) head.sequence += data[2];
  if (flaws & 16) head.length <<= data[3] % 48;
  const ByteView body = {data + 4, size - 4};
  if (!peer->TryWrite({reinterpret_cast<const uint8_t*>(&head), sizeof head}, body).ok()) __builtin_trap();
  peer.reset();   // the end of what it says
  std::vector<uint8_t> any(1), exact(data[0] % 64);
  size_t consumed = 0;
  Inbox in;
  if (flaws & 32) {
    in.any_length = &any;
  } else if (flaws & 64) {
    in.consume_length = exact.size();
    in.consume = [&consumed](size_t at, ByteView piece) {
      if (at != consumed) __builtin_trap();
      consumed += piece.size();
    };
  } else {
    in.exact = exact;
  }
  const Status status = (*link)->Exchange(kTag, Link::kNobody, {}, 1, in);
  if (any.size() > body.size() + (size_t{64} << 20)) __builtin_trap();
  if (status.ok() && head.length > body.size()) __builtin_trap();
  if (status.ok() && in.any_length && (any.size() != head.length || std::memcmp(any.data(), body.data(), any.size()) != 0)) __builtin_trap();
}

}  // namespace
}  // namespace tusk::ml

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 32'000) return 0;
  if (data[0] % 3 < 2) {
    tusk::ml::Handshakes({data + 2, data + size}, data[0] % 3 == 0, data[1] % 4 != 0);
  } else {
    tusk::ml::Messages(data, size);
  }
  return 0;
}
