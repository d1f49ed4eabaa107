// RetryCache: the answers of at-most-once calls, so that a repetition (same client id and call id) gets the first
// answer instead of running again (hdfs-wire §1.4). Pure state; the caller passes the time. Only successes are kept.
//
// A payload is whatever the owner can make the answer from, usually the serialized response. Surviving a restart is
// the owner's part: its log records (client id, call id) with the change, and replaying the log calls Seed with the
// answer that the change gives.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/core/result.h"
#include "base/core/time.h"
#include "base/rpc/call.h"

namespace tusk::rpc {

struct RetryCacheLimits {
  Duration expiry = std::chrono::seconds(600);  // dfs.namenode.retrycache.expirytime.millis
  size_t entries_max = 1 << 20;                 // beyond it the oldest answers go
};

class RetryCache {
 public:
  using Limits = RetryCacheLimits;

  explicit RetryCache(Limits limits = {}) : limits_(limits) {}

  // Whether calls with this key are cached: false for an empty client id (such a client repeats at its own risk),
  // kInvalidArgument with Hadoop's text for one that is not 16 bytes.
  static Result<bool> Covers(const CallKey& key);

  enum class Found {
    kNew,      // run it, then Finish or Abandon
    kRunning,  // another copy runs; look again when it has ended
    kDone,     // `payload` is its answer
  };
  struct Lookup {
    Found found;
    std::string payload;
  };
  // `key` must be covered. kNew marks it as running.
  Lookup Begin(const CallKey& key, TimePoint now);
  // It succeeded.
  void Finish(const CallKey& key, std::string payload, TimePoint now);
  // It failed: a repetition runs again.
  void Abandon(const CallKey& key);
  // An answer known from a log.
  void Seed(const CallKey& key, std::string payload, TimePoint now) { Finish(key, std::move(payload), now); }

  size_t size() const { return entries_.size(); }

 private:
  struct Key {
    std::array<char, 16> client;
    int32_t call;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Entry {
    std::optional<std::string> payload;  // none while it runs
    TimePoint expires = kNever;
  };
  struct Expiry {
    TimePoint when;
    Key key;
  };
  static Key Pack(const CallKey& key);
  void DropOld(TimePoint now);

  Limits limits_;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::deque<Expiry> order_;  // by time of answer
};

}  // namespace tusk::rpc
