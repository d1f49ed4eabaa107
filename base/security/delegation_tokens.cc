// Issue, renew, cancel, expire.
#include "base/security/delegation_tokens.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/core/bytes.h"
#include "base/security/hmac.h"

namespace tusk {
namespace {
constexpr size_t kSecretBytes = 32;

// "2026-11-21 15:00:11,123+0000", as Java's Time.formatTime.
std::string JavaTime(int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::array<char, 8> zone{};
  (void)std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &parts);
  (void)std::strftime(zone.data(), zone.size(), "%z", &parts);
  const std::string millis = std::to_string(1000 + wall_ms % 1000);
  return std::string(date.data()) + "," + millis.substr(1) + zone.data();
}
}  // namespace

DelegationTokens::DelegationTokens(DelegationTokenPolicy policy, Encode encode, Decode decode, Journal* journal,
                                   Random& random)
    : policy_(std::move(policy)),
      encode_(std::move(encode)),
      decode_(std::move(decode)),
      journal_(journal),
      random_(random) {}

void DelegationTokens::Restore(const Stored& stored) {
  for (const Key& key : stored.keys) {
    keys_[key.id] = key;
    // A new key signs from the next issue on: how old this one is, is not stored.
    current_key_ = std::max(current_key_, key.id);
  }
  for (const StoredToken& token : stored.tokens) {
    const Result<DelegationTokenIdentifier> identifier = decode_(token.identifier);
    if (!identifier.ok()) continue;
    tokens_[identifier->sequence] = token;
    last_sequence_ = std::max(last_sequence_, identifier->sequence);
  }
}

std::string DelegationTokens::Describe(const DelegationTokenIdentifier& id) const {
  if (policy_.describe) return "(" + policy_.describe(id) + ")";
  return "(" + policy_.kind + " owner=" + id.owner + ", renewer=" + id.renewer + ", realUser=" + id.real_user +
         ", issueDate=" + std::to_string(id.issue_wall_ms) + ", maxDate=" + std::to_string(id.max_wall_ms) +
         ", sequenceNumber=" + std::to_string(id.sequence) + ", masterKeyId=" + std::to_string(id.key_id) + ")";
}

void DelegationTokens::RollKey(int64_t now_wall_ms) {
  std::array<uint8_t, kSecretBytes> secret;
  random_.FillSecure(secret);
  Key key{current_key_ + 1, std::string(AsText(secret)),
          now_wall_ms + policy_.key_interval_ms + policy_.lifetime_max_ms};
  current_key_ = key.id;
  roll_wall_ms_ = now_wall_ms + policy_.key_interval_ms;
  if (journal_ != nullptr) journal_->KeyAdded(key);
  keys_[key.id] = std::move(key);
}

Result<DelegationTokens::Issued> DelegationTokens::Issue(const std::string& owner, const std::string& renewer,
                                                         const std::string& real_user, int64_t now_wall_ms) {
  if (tokens_.size() >= policy_.tokens_max) return Status(Code::kIOError, "too many delegation tokens");
  if (now_wall_ms >= roll_wall_ms_) RollKey(now_wall_ms);
  const DelegationTokenIdentifier identifier{owner,
                                             renewer,
                                             real_user,
                                             now_wall_ms,
                                             now_wall_ms + policy_.lifetime_max_ms,
                                             ++last_sequence_,
                                             current_key_};
  StoredToken token{encode_(identifier),
                    now_wall_ms + std::min(policy_.renew_interval_ms, policy_.lifetime_max_ms)};
  if (journal_ != nullptr) journal_->TokenChanged(identifier.sequence, token.identifier, token.renew_wall_ms);
  Issued issued{token.identifier, HmacSha1(keys_.at(current_key_).secret, token.identifier)};
  tokens_[identifier.sequence] = std::move(token);
  return issued;
}

Result<const DelegationTokens::StoredToken*> DelegationTokens::Find(std::string_view bytes) const {
  ASSIGN_OR_RETURN(const DelegationTokenIdentifier identifier, decode_(bytes));
  const auto at = tokens_.find(identifier.sequence);
  if (at == tokens_.end() || at->second.identifier != bytes || !keys_.contains(identifier.key_id)) {
    return Status(Code::kInvalidToken, "Token for real user: " + identifier.real_user + ", can't be found in cache");
  }
  return &at->second;
}

Result<std::string> DelegationTokens::PasswordOf(std::string_view bytes, int64_t now_wall_ms) const {
  ASSIGN_OR_RETURN(const StoredToken* token, Find(bytes));
  ASSIGN_OR_RETURN(const DelegationTokenIdentifier identifier, decode_(bytes));
  if (token->renew_wall_ms < now_wall_ms) {
    return Status(Code::kInvalidToken, "Token " + identifier.real_user + " has expired, current time: " +
                                           JavaTime(now_wall_ms) +
                                           " expected renewal time: " + JavaTime(token->renew_wall_ms));
  }
  return HmacSha1(keys_.at(identifier.key_id).secret, bytes);
}

Result<int64_t> DelegationTokens::Renew(std::string_view bytes, std::string_view password, const std::string& renewer,
                                        int64_t now_wall_ms) {
  ASSIGN_OR_RETURN(const DelegationTokenIdentifier id, decode_(bytes));
  if (id.max_wall_ms < now_wall_ms) {
    return Status(Code::kInvalidToken, renewer + " tried to renew an expired token " + Describe(id) +
                                           " max expiration date: " + JavaTime(id.max_wall_ms) +
                                           " currentTime: " + JavaTime(now_wall_ms));
  }
  if (id.renewer.empty()) {
    return Status(Code::kAccessControl, renewer + " tried to renew a token " + Describe(id) + " without a renewer");
  }
  if (id.renewer != renewer) {
    return Status(Code::kAccessControl, renewer + " tries to renew a token " + Describe(id) +
                                            " with non-matching renewer " + id.renewer);
  }
  if (!Find(bytes).ok()) return Status(Code::kInvalidToken, "Renewal request for unknown token " + Describe(id));
  if (!EqualInConstantTime(HmacSha1(keys_.at(id.key_id).secret, bytes), password)) {
    return Status(Code::kAccessControl,
                  renewer + " is trying to renew a token " + Describe(id) + " with wrong password");
  }
  StoredToken& token = tokens_.at(id.sequence);
  token.renew_wall_ms = std::min(id.max_wall_ms, now_wall_ms + policy_.renew_interval_ms);
  if (journal_ != nullptr) journal_->TokenChanged(id.sequence, token.identifier, token.renew_wall_ms);
  return token.renew_wall_ms;
}

Status DelegationTokens::Cancel(std::string_view bytes, const std::string& canceller) {
  ASSIGN_OR_RETURN(const DelegationTokenIdentifier id, decode_(bytes));
  if (canceller != id.owner && (id.renewer.empty() || canceller != id.renewer)) {
    return {Code::kAccessControl, canceller + " is not authorized to cancel the token " + Describe(id)};
  }
  if (!Find(bytes).ok()) return {Code::kInvalidToken, "Token not found " + Describe(id)};
  tokens_.erase(id.sequence);
  if (journal_ != nullptr) journal_->TokenRemoved(id.sequence);
  return Status::Ok();
}

void DelegationTokens::Tick(int64_t now_wall_ms) {
  std::erase_if(tokens_, [&](const auto& entry) {
    const bool expired = entry.second.renew_wall_ms < now_wall_ms;
    if (expired && journal_ != nullptr) journal_->TokenRemoved(entry.first);
    return expired;
  });
  std::erase_if(keys_, [&](const auto& entry) {
    const bool expired = entry.second.expiry_wall_ms < now_wall_ms && entry.first != current_key_;
    if (expired && journal_ != nullptr) journal_->KeyRemoved(entry.first);
    return expired;
  });
}

}  // namespace tusk
