// HMAC-SHA1 passwords and key rolling.
#include "yarn_like/common/master_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/core/bytes.h"
#include "base/security/hmac.h"

namespace tusk::yarn {

namespace {

constexpr size_t kSecretBytes = 32;

Status UnknownKey(int32_t id) {
  return {Code::kInvalidToken, fmt::format("the token's master key {} is not known here", id)};
}

}  // namespace

MasterKey NewMasterKey(Random& random) {
  std::array<uint8_t, kSecretBytes> secret;
  std::array<uint8_t, sizeof(int32_t)> id;
  random.FillSecure(secret);
  random.FillSecure(id);
  return {LoadBigEndian<int32_t>(id.data()), std::string(AsText(secret))};
}

std::string TokenPassword(const MasterKey& key, std::string_view identifier) { return HmacSha1(key.secret, identifier); }

bool SamePassword(std::string_view a, std::string_view b) { return EqualInConstantTime(a, b); }

void KeyRing::Accept(MasterKey key) {
  if (current_ && current_->id == key.id) return;
  previous_ = std::move(current_);
  current_ = std::move(key);
}

const MasterKey* KeyRing::Find(int32_t id) const {
  if (current_ && current_->id == id) return &*current_;
  if (previous_ && previous_->id == id) return &*previous_;
  return nullptr;
}

Result<std::string> KeyRing::PasswordOf(int32_t key_id, std::string_view identifier) const {
  const MasterKey* key = Find(key_id);
  if (key == nullptr) return UnknownKey(key_id);
  return TokenPassword(*key, identifier);
}

RollingKey::RollingKey(MasterKey first, Duration interval, Duration activation, TimePoint now)
    : interval_(interval), activation_(activation), roll_at_(now + interval) {
  ring_.Accept(std::move(first));
}

RollingKey RollingKey::Restore(State stored, Duration interval, Duration activation, TimePoint now) {
  RollingKey key(stored.previous ? std::move(*stored.previous) : stored.current, interval, activation, now);
  key.ring_.Accept(std::move(stored.current));
  key.next_ = std::move(stored.next);
  key.roll_at_ = now + std::clamp(stored.until_roll, Duration::zero(), interval);
  if (key.next_) key.activate_at_ = now + std::clamp(stored.until_activation, Duration::zero(), activation);
  return key;
}

RollingKey::State RollingKey::Export(TimePoint now) const {
  State state{current(), ring_.previous(), next_, roll_at_ - now, {}};
  if (next_) state.until_activation = activate_at_ - now;
  return state;
}

const MasterKey* RollingKey::Find(int32_t id) const {
  if (next_ && next_->id == id) return &*next_;
  return ring_.Find(id);
}

Result<std::string> RollingKey::PasswordOf(int32_t key_id, std::string_view identifier) const {
  const MasterKey* key = Find(key_id);
  if (key == nullptr) return UnknownKey(key_id);
  return TokenPassword(*key, identifier);
}

bool RollingKey::Tick(TimePoint now, Random& random) {
  if (next_ && now >= activate_at_) {
    ring_.Accept(std::move(*next_));
    next_.reset();
    activate_at_ = kNever;
    return true;
  }
  if (!next_ && now >= roll_at_) {
    SetNext(NewMasterKey(random), now);
    return true;
  }
  return false;
}

void RollingKey::SetNext(MasterKey next, TimePoint now) {
  next_ = std::move(next);
  activate_at_ = now + activation_;
  roll_at_ = now + interval_;
}

}  // namespace tusk::yarn
