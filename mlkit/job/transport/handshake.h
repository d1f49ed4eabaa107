// Handshake: two ranks of one membership prove to each other that they know the job's secret, and agree on shared memory. The
// secret never travels; proofs are hashes over both sides' fresh nonces, the epoch and the ranks (docs/formats/mlkit_job.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/core/result.h"
#include "base/env/random.h"
#include "mlkit/job/transport/channel.h"
#include "mlkit/job/transport/socket.h"

namespace tusk::ml {

// Who I am, for all handshakes of one membership.
struct HandshakeSetup {
  std::string secret;
  uint64_t epoch = 0;
  int rank = 0;
  int size = 0;
  uint64_t machine = 0;         // equal for ranks that may share memory; 0: never
  ::tusk::Random* random = nullptr;
};

struct Handshaken {
  int peer = -1;
  std::unique_ptr<Channel> channel;
};

// On a connection that this rank has made to `peer`. kStandby: the peer is not in this membership (yet).
Result<Handshaken> HandshakeAsCaller(Descriptor socket, int peer, const HandshakeSetup& setup, const WaitLimits& limits);
// On an accepted connection. Any error but kCancelled of limits.abort means: forget this connection, go on accepting.
Result<Handshaken> HandshakeAsAnswerer(Descriptor socket, const HandshakeSetup& setup, const WaitLimits& limits);

}  // namespace tusk::ml
