// Entries leave by age, or the oldest first when there are too many.
#include "dfs/namenode/retry/answer_cache.h"

namespace tusk::dfs {

const RememberedAnswer* AnswerCache::Find(const RetryKey& key) const {
  if (key.client_id.empty()) return nullptr;
  auto found = answers_.find(key);
  return found == answers_.end() ? nullptr : &found->second;
}

void AnswerCache::Add(const RetryKey& key, RememberedAnswer answer, int64_t now_wall_ms) {
  while (!by_age_.empty() && (by_age_.front().at_wall_ms <= now_wall_ms || answers_.size() >= entries_max_)) {
    auto found = answers_.find(by_age_.front().key);
    if (found != answers_.end() && found->second.txid == by_age_.front().txid) answers_.erase(found);
    by_age_.pop_front();
  }
  if (key.client_id.empty()) return;
  by_age_.push_back({now_wall_ms + kept_ms_, key, answer.txid});
  answers_.insert_or_assign(key, std::move(answer));
}

}  // namespace tusk::dfs
