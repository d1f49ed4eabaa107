// The bytes of the handshake.
#include "mlkit/job/transport/handshake.h"

#include <array>
#include <cstring>

#include "base/security/hmac.h"

namespace tusk::ml {
namespace {

constexpr uint32_t kHelloMagic = 0x484b4d54;  // "TMKH"
constexpr uint32_t kVersion = 1;
constexpr size_t kNonceBytes = 32;
constexpr size_t kProofBytes = 20;
constexpr size_t kNameBytes = 64;

struct Hello {
  uint32_t magic = kHelloMagic;
  uint32_t version = kVersion;
  uint64_t epoch = 0;
  int32_t from = 0;
  int32_t to = 0;
  uint64_t machine = 0;
  uint8_t nonce[kNonceBytes] = {};
};
static_assert(sizeof(Hello) == 64);

enum Answer : uint32_t { kAccepted = 1, kOtherEpoch = 2 };

struct Reply {
  uint32_t answer = 0;
  uint32_t same_machine = 0;
  uint8_t nonce[kNonceBytes] = {};
  uint8_t proof[kProofBytes] = {};
  uint8_t padding[4] = {};
};
static_assert(sizeof(Reply) == 64);

struct Confirmation {
  uint8_t proof[kProofBytes] = {};
  uint8_t padding[4] = {};
  char shared_memory[kNameBytes] = {};  // empty: none is offered
};

template <typename T>
ByteView BytesOf(const T& value) {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof value};
}
template <typename T>
MutableByteView MutableBytesOf(T& value) {
  return {reinterpret_cast<uint8_t*>(&value), sizeof value};
}

std::string Proof(const std::string& secret, const char* side, const Hello& hello, const Reply& reply) {
  std::string text = side;
  text.append(reinterpret_cast<const char*>(&hello), sizeof hello);
  text.append(reinterpret_cast<const char*>(&reply), offsetof(Reply, proof));
  return HmacSha1(secret, text);
}

bool Proves(const uint8_t (&proof)[kProofBytes], const std::string& expected) {
  return EqualInConstantTime({reinterpret_cast<const char*>(proof), kProofBytes}, expected);
}

std::string SharedName(::tusk::Random& random) {
  std::array<uint8_t, 16> bytes = {};
  random.FillSecure(bytes);
  std::string name = "/tusk-ml-";
  for (const uint8_t byte : bytes) {
    name += "0123456789abcdef"[byte >> 4];
    name += "0123456789abcdef"[byte & 15];
  }
  return name;
}

}  // namespace

Result<Handshaken> HandshakeAsCaller(Descriptor socket, int peer, const HandshakeSetup& setup, const WaitLimits& limits) {
  Hello hello;
  hello.epoch = setup.epoch;
  hello.from = setup.rank;
  hello.to = peer;
  hello.machine = setup.machine;
  setup.random->FillSecure(hello.nonce);
  RETURN_IF_ERROR(SendAll(socket, BytesOf(hello), limits));
  Reply reply;
  RETURN_IF_ERROR(ReceiveAll(socket, MutableBytesOf(reply), limits));
  if (reply.answer != kAccepted) return Status(Code::kStandby, "rank " + std::to_string(peer) + " is in another membership");
  if (!Proves(reply.proof, Proof(setup.secret, "answerer", hello, reply))) {
    return Status(Code::kAccessControl, "what answers as rank " + std::to_string(peer) + " does not know the job's secret");
  }
  Confirmation confirmation;
  const std::string proof = Proof(setup.secret, "caller", hello, reply);
  std::memcpy(confirmation.proof, proof.data(), kProofBytes);
  std::unique_ptr<SharedRegion> region;
  const std::string name = SharedName(*setup.random);
  if (reply.same_machine != 0) {
    Result<std::unique_ptr<SharedRegion>> made = SharedRegion::Create(name);
    if (made.ok()) region = std::move(made).value();
  }
  if (region) std::memcpy(confirmation.shared_memory, name.data(), name.size());
  Status exchanged = SendAll(socket, BytesOf(confirmation), limits);
  uint8_t mapped = 0;
  if (exchanged.ok()) exchanged = ReceiveAll(socket, MutableBytesOf(mapped), limits);
  if (region) SharedRegion::Unlink(name);
  RETURN_IF_ERROR(exchanged);
  if (region && mapped == 1) return Handshaken{peer, MakeSharedChannel(std::move(region), true, std::move(socket))};
  return Handshaken{peer, MakeTcpChannel(std::move(socket))};
}

Result<Handshaken> HandshakeAsAnswerer(Descriptor socket, const HandshakeSetup& setup, const WaitLimits& limits) {
  Hello hello;
  RETURN_IF_ERROR(ReceiveAll(socket, MutableBytesOf(hello), limits));
  if (hello.magic != kHelloMagic || hello.version != kVersion) return Status(Code::kInvalidArgument, "not a rank of a job");
  Reply reply;
  if (hello.epoch != setup.epoch || hello.to != setup.rank || hello.from <= setup.rank || hello.from >= setup.size) {
    reply.answer = kOtherEpoch;
    RETURN_IF_ERROR(SendAll(socket, BytesOf(reply), limits));
    return Status(Code::kStandby, "a rank of another membership");
  }
  reply.answer = kAccepted;
  reply.same_machine = setup.machine != 0 && setup.machine == hello.machine ? 1 : 0;
  setup.random->FillSecure(reply.nonce);
  const std::string proof = Proof(setup.secret, "answerer", hello, reply);
  std::memcpy(reply.proof, proof.data(), kProofBytes);
  RETURN_IF_ERROR(SendAll(socket, BytesOf(reply), limits));
  Confirmation confirmation;
  RETURN_IF_ERROR(ReceiveAll(socket, MutableBytesOf(confirmation), limits));
  if (!Proves(confirmation.proof, Proof(setup.secret, "caller", hello, reply))) {
    return Status(Code::kAccessControl, "a connection as rank " + std::to_string(hello.from) + " does not know the job's secret");
  }
  std::unique_ptr<SharedRegion> region;
  const std::string name(confirmation.shared_memory, strnlen(confirmation.shared_memory, kNameBytes));
  if (!name.empty()) {
    Result<std::unique_ptr<SharedRegion>> opened = SharedRegion::Open(name);
    if (opened.ok()) region = std::move(opened).value();
  }
  const uint8_t mapped = region ? 1 : 0;
  RETURN_IF_ERROR(SendAll(socket, BytesOf(mapped), limits));
  if (region) return Handshaken{hello.from, MakeSharedChannel(std::move(region), false, std::move(socket))};
  return Handshaken{hello.from, MakeTcpChannel(std::move(socket))};
}

}  // namespace tusk::ml
