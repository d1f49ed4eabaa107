// AnswerCache: answers of at-most-once calls, kept so that a client that asks again (its connection broke, the namenode
// restarted) gets the first answer and the operation runs once. Filled by commits and, at start, from the edit log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

struct RetryKey {
  std::string client_id;  // 16 bytes; empty: the call is not remembered
  int32_t call_id = 0;
  bool operator==(const RetryKey&) const = default;
};

struct RememberedAnswer {
  Txid txid = 0;  // answered again only when this is durable
  std::string response;
};

class AnswerCache {
 public:
  // Answers stay for `kept_ms` (dfs.namenode.retrycache.expirytime.millis), and no more than `entries_max` of them.
  explicit AnswerCache(int64_t kept_ms = 600'000, size_t entries_max = 1'000'000)
      : kept_ms_(kept_ms), entries_max_(entries_max) {}

  const RememberedAnswer* Find(const RetryKey& key) const;
  void Add(const RetryKey& key, RememberedAnswer answer, int64_t now_wall_ms);
  int64_t kept_ms() const { return kept_ms_; }
  size_t size() const { return answers_.size(); }

 private:
  struct Hash {
    size_t operator()(const RetryKey& key) const {
      return std::hash<std::string>()(key.client_id) ^ (static_cast<size_t>(key.call_id) * 0x9E3779B97F4A7C15u);
    }
  };
  struct Expiry {
    int64_t at_wall_ms;
    RetryKey key;
    Txid txid;
  };
  const int64_t kept_ms_;
  const size_t entries_max_;
  std::unordered_map<RetryKey, RememberedAnswer, Hash> answers_;
  std::deque<Expiry> by_age_;
};

}  // namespace tusk::dfs
