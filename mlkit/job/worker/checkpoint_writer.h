// CheckpointWriter: writes this rank's piece of a checkpoint while the training goes on. One at a time: the next one waits for
// the last, so that a slow file system slows the training down instead of filling memory.
#pragma once

#include <functional>
#include <thread>

#include "mlkit/job/wire/checkpoint_store.h"

namespace tusk::ml {

class CheckpointWriter {
 public:
  // Called on the writing thread with what was written, or with the error: a checkpoint less, not the job's end.
  using Written = std::function<void(uint32_t pieces, const Result<CheckpointPiece>& piece)>;

  explicit CheckpointWriter(CheckpointStore store) : store_(std::move(store)) {}
  ~CheckpointWriter() { Wait(); }
  CheckpointWriter(const CheckpointWriter&) = delete;

  // `whole` is the encoded checkpoint; `rank` writes its piece, if it has one.
  void Write(uint64_t epoch, uint64_t step, int rank, int ranks, std::vector<uint8_t> whole, Written written) {
    Wait();
    const uint32_t pieces = CheckpointStore::PiecesOf(whole.size(), ranks);
    if (static_cast<uint32_t>(rank) >= pieces) return;
    thread_ = std::thread([this, epoch, step, rank, pieces, bytes = std::move(whole), done = std::move(written)] {
      const auto number = static_cast<uint32_t>(rank);
      done(pieces, store_.WritePiece(epoch, step, number, CheckpointStore::PieceOf(bytes, pieces, number)));
    });
  }
  void Wait() {
    if (thread_.joinable()) thread_.join();
  }
  const CheckpointStore& store() const { return store_; }

 private:
  CheckpointStore store_;
  std::thread thread_;
};

}  // namespace tusk::ml
