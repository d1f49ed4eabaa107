// PieceLedger: which pieces are made, by whom others are being made, and what an idle worker gets. A pure state machine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core/time.h"

namespace tusk::quant {

class PieceLedger {
 public:
  // `made[i]`: by an earlier job or master.
  PieceLedger(std::vector<uint64_t> bytes, std::vector<bool> made);

  // The next piece for `worker`: one that it has already (a worker makes one at a time: it has not heard of it); one that nobody
  // makes; else one that takes its maker long, a second time.
  std::optional<size_t> Next(const std::string& worker, TimePoint now);
  // What a worker says it makes: its master may be a new one, or an answer may not have come.
  void Making(const std::string& worker, std::optional<size_t> piece, TimePoint now);
  // Committed; false: it was already.
  bool Done(const std::string& worker, size_t piece, TimePoint now);
  // This attempt is over without a result. The number of times that this piece has failed.
  int Failed(const std::string& worker, size_t piece);
  // What only this worker was making, one piece at most; it waits for others now.
  std::optional<size_t> Lose(const std::string& worker);

  size_t pieces() const { return bytes_.size(); }
  size_t done() const { return done_; }
  uint64_t bytes() const { return all_bytes_; }
  uint64_t bytes_done() const { return bytes_done_; }
  bool finished() const { return done_ == bytes_.size(); }
  // Pieces that wait for a worker.
  size_t waiting() const { return waiting_.size(); }
  // Pieces that workers are making.
  std::vector<size_t> UnderWay() const;
  bool IsMaking(const std::string& worker) const { return HeldBy(worker).has_value(); }
  bool IsMade(size_t piece) const { return made_[piece]; }

 private:
  std::optional<size_t> HeldBy(const std::string& worker) const;
  std::optional<size_t> Slow(const std::string& worker, TimePoint now) const;

  std::vector<uint64_t> bytes_;
  std::vector<bool> made_;
  std::set<size_t> waiting_;
  std::map<size_t, std::map<std::string, TimePoint>> makers_;   // of pieces under way: who, since when
  std::map<size_t, int> failures_;
  size_t done_ = 0, timed_ = 0;
  uint64_t all_bytes_ = 0, bytes_done_ = 0;
  Duration spent_{0};                                          // on timed_ pieces
};

}  // namespace tusk::quant
