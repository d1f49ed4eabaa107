// Mesh: one channel for each pair of ranks of a membership. MeshLink and MeshPost have one each.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"
#include "base/env/random.h"
#include "mlkit/job/transport/channel.h"
#include "mlkit/job/transport/socket.h"

namespace tusk::ml {

struct MeshSetup {
  uint64_t epoch = 0;
  int rank = 0;
  std::vector<HostPort> ranks;          // numeric addresses of all listeners, by rank
  std::string secret;                   // of the job
  uint64_t machine = 0;                 // MachineNumber(); 0: no shared memory
  Duration connect_timeout = std::chrono::seconds(30);
  Duration message_timeout = std::chrono::minutes(10);   // a rank that is this late counts as lost
  int spins = 0;                        // looks at the channels before sleeping; more only where cores are free
};

// By rank; null: this one. All ranks of the membership do the same now; a second mesh of the same ranks is made once all have the
// first (after a barrier over it). kCancelled once `abort` is raised.
Result<std::vector<std::unique_ptr<Channel>>> ConnectMesh(const MeshSetup& setup, const Descriptor& listener, const Clock& clock,
                                                          ::tusk::Random& random, const AbortSignal& abort);

// A number of this machine and its boot, from /proc; 0 where it is unknown.
uint64_t MachineNumber(std::string_view boot_id, std::string_view host);

}  // namespace tusk::ml
