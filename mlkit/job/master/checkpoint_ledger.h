// CheckpointLedger: which pieces of which checkpoints have been written; tells when one is complete. Pure.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "mlkit/job/wire/checkpoint_store.h"

namespace tusk::ml {

class CheckpointLedger {
 public:
  // All pieces by number once the last one is there; each checkpoint once.
  std::optional<std::vector<CheckpointPiece>> Written(uint64_t epoch, uint64_t step, uint32_t pieces, CheckpointPiece piece) {
    if (step <= committed_ || piece.number >= pieces || pieces > kPiecesMax) return std::nullopt;
    std::map<uint32_t, CheckpointPiece>& known = pieces_[{step, epoch}];
    known[piece.number] = piece;
    if (known.size() < pieces) return std::nullopt;
    std::vector<CheckpointPiece> all;
    for (const auto& [number, entry] : known) all.push_back(entry);
    committed_ = step;
    pieces_.erase(pieces_.begin(), pieces_.upper_bound({step, UINT64_MAX}));  // older ones will never be complete
    return all;
  }
  // The training has gone back behind `step`: its checkpoints are made again.
  void WentBackTo(uint64_t step) {
    if (step < committed_) committed_ = step;
  }

 private:
  static constexpr uint32_t kPiecesMax = 100'000;
  std::map<std::pair<uint64_t, uint64_t>, std::map<uint32_t, CheckpointPiece>> pieces_;  // by step and epoch
  uint64_t committed_ = 0;
};

}  // namespace tusk::ml
