// MeshPost: a Post over a mesh of its own. One thread moves all letters and calls this rank's server; the worker calls its own rank's
// server by itself. When any connection ends, or the membership does, every wait ends with kCancelled, and the others see it.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mlkit/collectives/letter_box.h"
#include "mlkit/job/transport/mesh.h"

namespace tusk::ml {

class MeshPost final : public Post {
 public:
  // All ranks have the mesh of their link by now (ConnectMesh).
  static Result<std::unique_ptr<MeshPost>> Connect(MeshSetup setup, const Descriptor& listener, const Clock& clock, ::tusk::Random& random,
                                                   const AbortSignal& abort);
  ~MeshPost() override;

  int rank() const override { return setup_.rank; }
  int size() const override { return static_cast<int>(setup_.ranks.size()); }
  Status Send(int to, std::vector<uint8_t> bytes) override;
  Result<Letter> Receive() override;
  void Serve(Server server) override {
    box_.Serve(std::move(server), [this](std::vector<Letter> answers) { Answer(std::move(answers)); });
  }
  double Now() const override { return box_.Now(); }
  double waited() const override { return box_.waited(); }
  uint64_t bytes_sent() const override { return sent_; }

 private:
  enum class To : uint32_t { kServer = 1, kWorker = 2 };
  struct Header;
  struct Outgoing;
  struct Peer;   // its channel, and letters under way

  MeshPost(MeshSetup setup, const Clock& clock, const AbortSignal& abort, std::vector<std::unique_ptr<Channel>> channels);
  void Carry();                                              // the thread
  Status CarryUntilStopped();
  Result<bool> MoveAll();
  Result<bool> Write(Peer& peer);
  Result<bool> Read(int from, Peer& peer);
  Status TakeHeader(Peer& peer) const;
  Status WaitForPeers();
  void Handle(Letter letter);
  void Answer(std::vector<Letter> answers);
  void Give(int to, To whom, std::vector<uint8_t> bytes);
  void Wake();

  const MeshSetup setup_;
  const Clock& clock_;
  const AbortSignal& abort_;
  LetterBox box_;
  std::vector<Peer> peers_;                                  // of the thread only
  std::mutex mutex_;
  std::deque<std::pair<int, Outgoing>> given_;               // for the thread to carry
  Descriptor wake_;
  std::atomic<bool> stopped_{false};
  std::atomic<uint64_t> sent_{0};
  std::thread thread_;                                       // last: it uses the rest
};

}  // namespace tusk::ml
