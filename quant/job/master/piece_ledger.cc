// Who makes what.
#include "quant/job/master/piece_ledger.h"

#include <algorithm>

namespace tusk::quant {
namespace {

// A second attempt is worth its work where the first takes so many times the average, and not less than this.
constexpr int kSlowTimes = 3;
constexpr Duration kSlowLeast = std::chrono::seconds(2);
constexpr Duration kUnknownMax = std::chrono::seconds(5);

}  // namespace

PieceLedger::PieceLedger(std::vector<uint64_t> bytes, std::vector<bool> made) : bytes_(std::move(bytes)), made_(std::move(made)) {
  made_.resize(bytes_.size(), false);
  for (size_t piece = 0; piece < bytes_.size(); ++piece) {
    all_bytes_ += bytes_[piece];
    if (made_[piece]) {
      ++done_;
      bytes_done_ += bytes_[piece];
    } else {
      waiting_.insert(piece);
    }
  }
}

std::optional<size_t> PieceLedger::Next(const std::string& worker, TimePoint now) {
  std::optional<size_t> piece = HeldBy(worker);
  if (piece) return makers_[*piece][worker] = now, piece;
  if (!waiting_.empty()) {
    piece = *waiting_.begin();
    waiting_.erase(waiting_.begin());
  } else {
    piece = Slow(worker, now);
  }
  if (piece) makers_[*piece].emplace(worker, now);
  return piece;
}

std::vector<size_t> PieceLedger::UnderWay() const {
  std::vector<size_t> pieces;
  for (const auto& [piece, makers] : makers_) pieces.push_back(piece);
  return pieces;
}

std::optional<size_t> PieceLedger::HeldBy(const std::string& worker) const {
  for (const auto& [piece, makers] : makers_) {
    if (makers.contains(worker)) return piece;
  }
  return std::nullopt;
}

std::optional<size_t> PieceLedger::Slow(const std::string& worker, TimePoint now) const {
  if (timed_ == 0) return std::nullopt;
  const Duration slow = std::max(kSlowLeast, kSlowTimes * spent_ / static_cast<int64_t>(timed_));
  std::optional<size_t> found;
  Duration longest = slow;
  for (const auto& [piece, makers] : makers_) {
    if (makers.size() != 1 || makers.begin()->first == worker) continue;
    const Duration taken = now - makers.begin()->second;
    if (taken < longest) continue;
    longest = taken;
    found = piece;
  }
  return found;
}

void PieceLedger::Making(const std::string& worker, std::optional<size_t> piece, TimePoint now) {
  if (piece && *piece < bytes_.size() && !made_[*piece]) {
    waiting_.erase(*piece);
    makers_[*piece].emplace(worker, now);
  }
  // An answer that was lost on its way: the worker does not know that it has the piece.
  for (auto it = makers_.begin(); it != makers_.end();) {
    const auto maker = it->second.find(worker);
    const bool unknown = maker != it->second.end() && now - maker->second > kUnknownMax && piece != it->first;
    if (unknown) it->second.erase(maker);
    if (it->second.empty()) {
      waiting_.insert(it->first);
      it = makers_.erase(it);
    } else {
      ++it;
    }
  }
}

bool PieceLedger::Done(const std::string& worker, size_t piece, TimePoint now) {
  if (piece >= bytes_.size() || made_[piece]) return false;
  if (const auto makers = makers_.find(piece); makers != makers_.end()) {
    if (const auto maker = makers->second.find(worker); maker != makers->second.end()) {
      spent_ += now - maker->second;
      ++timed_;
    }
    makers_.erase(makers);
  }
  waiting_.erase(piece);
  made_[piece] = true;
  ++done_;
  bytes_done_ += bytes_[piece];
  return true;
}

int PieceLedger::Failed(const std::string& worker, size_t piece) {
  if (piece >= bytes_.size() || made_[piece]) return 0;
  if (const auto makers = makers_.find(piece); makers != makers_.end()) {
    makers->second.erase(worker);
    if (makers->second.empty()) {
      makers_.erase(makers);
      waiting_.insert(piece);
    }
  }
  return ++failures_[piece];
}

std::optional<size_t> PieceLedger::Lose(const std::string& worker) {
  std::optional<size_t> lost;
  for (auto it = makers_.begin(); it != makers_.end();) {
    it->second.erase(worker);
    if (!it->second.empty()) {
      ++it;
      continue;
    }
    lost = it->first;
    waiting_.insert(it->first);
    it = makers_.erase(it);
  }
  return lost;
}

}  // namespace tusk::quant
