// MeshLink: a Link over one channel for each pair of ranks. Made once per membership; when any connection ends, the whole link
// ends, and its closing tells the others within a round trip.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/collectives/link.h"
#include "mlkit/job/transport/mesh.h"

namespace tusk::ml {

class MeshLink final : public Link {
 public:
  // Connects with all other ranks of the membership, which do the same now. kCancelled once `abort` is raised.
  static Result<std::unique_ptr<MeshLink>> Connect(MeshSetup setup, const Descriptor& listener, const Clock& clock,
                                                   ::tusk::Random& random, const AbortSignal& abort);
  ~MeshLink() override;

  int rank() const override { return setup_.rank; }
  int size() const override { return static_cast<int>(setup_.ranks.size()); }
  Status Exchange(const MessageTag& tag, int to, ByteView out, int from, const Inbox& in) override;
  uint64_t bytes_sent() const override { return sent_; }

 private:
  struct Sending;
  struct Receiving;

  MeshLink(MeshSetup setup, const Clock& clock, const AbortSignal& abort) : setup_(std::move(setup)), clock_(clock), abort_(abort) {}
  Result<bool> Move(Sending& sending, Receiving& receiving);
  Status Wait(const Sending& sending, const Receiving& receiving, TimePoint deadline);
  Status TakeHeader(Receiving& receiving);
  static void Grow(Receiving& receiving);

  const MeshSetup setup_;
  const Clock& clock_;
  const AbortSignal& abort_;
  std::vector<std::unique_ptr<Channel>> channels_;  // by rank; null: this rank, or after the end
  uint64_t sent_ = 0;
};

}  // namespace tusk::ml
