// The keys that sign YARN's tokens: password = HMAC-SHA1(key, identifier bytes). A KeyRing accepts the current key
// and the one before it; a RollingKey is the issuer's side, which announces the next key before it signs with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/random.h"

namespace tusk::yarn {

// As MasterKeyProto: a random signed id and the secret. Java's are 8 bytes long; any length verifies.
struct MasterKey {
  int32_t id = 0;
  std::string secret;
  bool operator==(const MasterKey&) const = default;
};

MasterKey NewMasterKey(Random& random);
// 20 bytes.
std::string TokenPassword(const MasterKey& key, std::string_view identifier);
// In constant time.
bool SamePassword(std::string_view a, std::string_view b);

// A verifier's keys, e.g. those that a node manager got from the resource manager.
class KeyRing {
 public:
  // Makes `key` current and the current one previous; the same id again changes nothing.
  void Accept(MasterKey key);
  const std::optional<MasterKey>& current() const { return current_; }
  const std::optional<MasterKey>& previous() const { return previous_; }
  // Null where no accepted key has this id.
  const MasterKey* Find(int32_t id) const;
  // kInvalidToken where the key is unknown.
  Result<std::string> PasswordOf(int32_t key_id, std::string_view identifier) const;

 private:
  std::optional<MasterKey> current_;
  std::optional<MasterKey> previous_;
};

// An issuer's keys: rolled each `interval`, the new one announced (node managers learn it by heartbeat) `activation`
// before it starts to sign.
class RollingKey {
 public:
  // What is stored of it. Delays count from the moment of the call.
  struct State {
    MasterKey current;
    std::optional<MasterKey> previous;
    std::optional<MasterKey> next;
    Duration until_roll{};
    Duration until_activation{};  // where there is a next one
  };

  RollingKey(MasterKey first, Duration interval, Duration activation, TimePoint now);
  // As stored. Delays are bounded by `interval` and `activation`, which may have been changed.
  static RollingKey Restore(State stored, Duration interval, Duration activation, TimePoint now);
  State Export(TimePoint now) const;
  const MasterKey& current() const { return *ring_.current(); }
  const std::optional<MasterKey>& next() const { return next_; }
  // The key that verifiers should learn: the next where there is one.
  const MasterKey& announced() const { return next_ ? *next_ : current(); }
  const MasterKey* Find(int32_t id) const;
  Result<std::string> PasswordOf(int32_t key_id, std::string_view identifier) const;
  // Rolls or activates what is due; true if anything changed (the state store then saves it).
  bool Tick(TimePoint now, Random& random);

 private:
  void SetNext(MasterKey next, TimePoint now);

  KeyRing ring_;
  std::optional<MasterKey> next_;
  Duration interval_;
  Duration activation_;
  TimePoint roll_at_;
  TimePoint activate_at_ = kNever;
};

}  // namespace tusk::yarn
