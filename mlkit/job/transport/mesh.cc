// Connecting with everybody.
#include "mlkit/job/transport/mesh.h"

#include <algorithm>

#include "mlkit/job/transport/handshake.h"

namespace tusk::ml {
namespace {

constexpr auto kHandshakeMax = std::chrono::seconds(5);   // of one connection
constexpr auto kRetryPause = std::chrono::milliseconds(10);

struct Connecting {
  const MeshSetup& setup;
  const Clock& clock;
  ::tusk::Random& random;
  const AbortSignal& abort;
  TimePoint deadline;
  std::vector<std::unique_ptr<Channel>> channels;

  HandshakeSetup OwnSide() const {
    return {setup.secret, setup.epoch, setup.rank, static_cast<int>(setup.ranks.size()), setup.machine, &random};
  }
  Status ToLower();
  Status FromHigher(const Descriptor& listener);
};

Status Connecting::ToLower() {
  for (int peer = 0; peer < setup.rank; ++peer) {
    const auto index = static_cast<size_t>(peer);
    while (!channels[index]) {
      const WaitLimits limits{clock, abort, deadline};
      Result<Descriptor> socket = ConnectTo(setup.ranks[index], limits);
      Status failed = socket.status();
      if (socket.ok()) {
        Result<Handshaken> handshaken = HandshakeAsCaller(std::move(socket).value(), peer, OwnSide(), limits);
        if (handshaken.ok()) channels[index] = std::move(handshaken.value().channel);
        failed = handshaken.status();
      }
      if (failed.ok()) break;
      if (abort.raised() || failed.code() == Code::kAccessControl || failed.code() == Code::kTimedOut) {
        return failed.WithContext("rank " + std::to_string(peer) + " at " + setup.ranks[index].ToString());
      }
      // It has not heard of this membership yet, or is gone: then the master will say so.
      const Status waited = WaitForAny({}, {clock, abort, std::min(deadline, clock.Now() + kRetryPause)});
      if (waited.code() != Code::kTimedOut) return waited;
      if (clock.Now() >= deadline) return failed.WithContext("rank " + std::to_string(peer) + " at " + setup.ranks[index].ToString());
    }
  }
  return Status::Ok();
}

Status Connecting::FromHigher(const Descriptor& listener) {
  for (size_t missing = setup.ranks.size() - static_cast<size_t>(setup.rank) - 1; missing > 0;) {
    ASSIGN_OR_RETURN(Descriptor socket, AcceptFrom(listener, {clock, abort, deadline}));
    const WaitLimits limits{clock, abort, std::min(deadline, clock.Now() + kHandshakeMax)};
    Result<Handshaken> handshaken = HandshakeAsAnswerer(std::move(socket), OwnSide(), limits);
    if (abort.raised()) return Status(Code::kCancelled, "the membership has ended");
    if (!handshaken.ok()) continue;
    std::unique_ptr<Channel>& channel = channels[static_cast<size_t>(handshaken.value().peer)];
    if (!channel) --missing;
    channel = std::move(handshaken.value().channel);  // a second connection of one rank: it has given up the first
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<std::unique_ptr<Channel>>> ConnectMesh(const MeshSetup& setup, const Descriptor& listener, const Clock& clock,
                                                          ::tusk::Random& random, const AbortSignal& abort) {
  if (setup.rank < 0 || static_cast<size_t>(setup.rank) >= setup.ranks.size()) return Status(Code::kInvalidArgument, "no such rank");
  Connecting connecting{setup, clock, random, abort, clock.Now() + setup.connect_timeout, {}};
  connecting.channels.resize(setup.ranks.size());
  // A rank answers others only once it is connected with all below it: no circle of waiting.
  RETURN_IF_ERROR(connecting.ToLower());
  RETURN_IF_ERROR(connecting.FromHigher(listener));
  return std::move(connecting.channels);
}

uint64_t MachineNumber(std::string_view boot_id, std::string_view host) {
  uint64_t number = 0xcbf29ce484222325;
  for (const std::string_view text : {boot_id, host}) {
    for (const char c : text) number = (number ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return boot_id.empty() ? 0 : number | 1;
}

}  // namespace tusk::ml
