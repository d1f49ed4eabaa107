// Records of tokens and keys, and the rules around them.
#include "dfs/namenode/security/namenode_tokens.h"

#include "base/core/writable.h"
#include "base/log/log.h"
#include "base/security/hmac.h"
#include "dfs/common/delegation_token.h"
#include "dfs/namenode/namespace/keys.h"

namespace tusk::dfs {
namespace {

constexpr const char* kModule = "tokens";

std::string NumberedKey(char kind, int32_t number) {
  std::string key(1, kind);
  AppendBigEndian(key, static_cast<uint32_t>(number));
  return key;
}
std::string TokenKey(int32_t sequence) { return NumberedKey('t', sequence); }
std::string SigningKey(int32_t id) { return NumberedKey('k', id); }

std::string TimedRecord(int64_t wall_ms, std::string_view bytes) {
  WritableWriter out;
  out.VLong(wall_ms);
  out.Raw(bytes);
  return std::move(out).bytes();
}

struct TimedBytes {
  int64_t wall_ms = 0;
  std::string bytes;
};
Result<TimedBytes> ReadTimedRecord(std::string_view record) {
  WritableReader in(record);
  TimedBytes read;
  ASSIGN_OR_RETURN(read.wall_ms, in.VLong());
  ASSIGN_OR_RETURN(std::string_view rest, in.Raw(in.remaining()));
  read.bytes = rest;
  return read;
}

}  // namespace

NameNodeTokens::NameNodeTokens(Env env, NamespaceDriver& driver, NameNodeTokenConfig config)
    : env_(env),
      driver_(driver),
      config_(std::move(config)),
      tokens_(config_.policy, EncodeDelegationTokenIdentifier, DecodeDelegationTokenIdentifier, this, env_.random) {}

Result<std::unique_ptr<NameNodeTokens>> NameNodeTokens::Load(Env env, NamespaceDriver& driver,
                                                             NameNodeTokenConfig config) {
  config.policy.kind = kDelegationTokenKind;
  config.policy.describe = DescribeDelegationToken;
  std::unique_ptr<NameNodeTokens> tokens(new NameNodeTokens(env, driver, std::move(config)));
  RETURN_IF_ERROR(tokens->Restore());
  return tokens;
}

Status NameNodeTokens::Restore() {
  DelegationTokens::Stored stored;
  const RecordStore& store = driver_.namesystem().store();
  Status damage;
  RETURN_IF_ERROR(store.Scan("k", "l", [&](std::string_view key, std::string_view value) {
    Result<TimedBytes> read = ReadTimedRecord(value);
    if (!read.ok() || key.size() != 5) damage = Status(Code::kCorruption, "a key of delegation tokens is damaged");
    if (!damage.ok()) return false;
    const auto* number = reinterpret_cast<const uint8_t*>(key.data()) + 1;
    stored.keys.push_back({static_cast<int32_t>(LoadBigEndian<uint32_t>(number)), std::move(read->bytes), read->wall_ms});
    return true;
  }));
  RETURN_IF_ERROR(damage);
  RETURN_IF_ERROR(store.Scan("t", "u", [&](std::string_view, std::string_view value) {
    Result<TimedBytes> read = ReadTimedRecord(value);
    if (!read.ok()) damage = Status(Code::kCorruption, "a delegation token's record is damaged");
    if (damage.ok()) stored.tokens.push_back({std::move(read->bytes), read->wall_ms});
    return damage.ok();
  }));
  RETURN_IF_ERROR(damage);
  tokens_.Restore(stored);
  return Status::Ok();
}

Edit NameNodeTokens::TakeEdit() {
  Edit edit(driver_.namesystem().counters());
  for (RecordChange& change : heard_) edit.AddRecord(std::move(change));
  heard_.clear();
  return edit;
}

Task<Result<std::optional<Token>>> NameNodeTokens::Issue(Caller owner, std::string real_user, std::string renewer) {
  if (!config_.issues) co_return std::optional<Token>();
  CO_RETURN_IF_ERROR(co_await driver_.Room());
  const Call call = At(owner);
  CO_RETURN_IF_ERROR(driver_.namesystem().RefuseInSafeMode("issue delegation token", call.now));
  CO_ASSIGN_OR_RETURN(DelegationTokens::Issued issued, tokens_.Issue(owner.user, renewer, real_user, call.now_ms));
  CO_RETURN_IF_ERROR(co_await driver_.Commit(TakeEdit(), {"getDelegationToken", {}, {}}, call));
  LogInfo(kModule, "a delegation token for {}, renewer {}", owner.user, renewer);
  co_return Token{std::move(issued.identifier), std::move(issued.password), kDelegationTokenKind, ""};
}

Task<Result<int64_t>> NameNodeTokens::Renew(Token token, Caller renewer) {
  CO_RETURN_IF_ERROR(co_await driver_.Room());
  const Call call = At(renewer);
  CO_RETURN_IF_ERROR(driver_.namesystem().RefuseInSafeMode("renew delegation token", call.now));
  CO_ASSIGN_OR_RETURN(int64_t until, tokens_.Renew(token.identifier, token.password, renewer.user, call.now_ms));
  CO_RETURN_IF_ERROR(co_await driver_.Commit(TakeEdit(), {"renewDelegationToken", {}, {}}, call));
  co_return until;
}

Task<Status> NameNodeTokens::Cancel(Token token, Caller canceller) {
  CO_RETURN_IF_ERROR(co_await driver_.Room());
  const Call call = At(canceller);
  CO_RETURN_IF_ERROR(driver_.namesystem().RefuseInSafeMode("cancel delegation token", call.now));
  CO_RETURN_IF_ERROR(tokens_.Cancel(token.identifier, canceller.user));
  co_return co_await driver_.Commit(TakeEdit(), {"cancelDelegationToken", {}, {}}, call);
}

void NameNodeTokens::Tick() {
  Caller nobody;
  const Call call = At(nobody);
  tokens_.Tick(call.now_ms);
  if (!heard_.empty()) driver_.CommitLater(TakeEdit(), {"expireDelegationTokens", {}, {}}, call);
}

Result<std::string> NameNodeTokens::PasswordOf(std::string_view identifier) {
  auto password = tokens_.PasswordOf(identifier, env_.clock.WallMillis());
  if (password.ok() || password.code() == Code::kInvalidToken) return password;
  return Status(Code::kInvalidToken, "not a delegation token of this namenode");
}

Result<rpc::CallUser> NameNodeTokens::UserOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(DelegationTokenIdentifier id, DecodeDelegationTokenIdentifier(identifier));
  if (id.owner.empty()) return Status(Code::kInvalidToken, "Token with no owner (" + DescribeDelegationToken(id) + ")");
  rpc::CallUser user;
  user.name = id.owner;
  if (id.real_user != id.owner) user.real_user = id.real_user;
  user.method = rpc::AuthMethod::kToken;
  user.token_kind = kDelegationTokenKind;
  user.token_identifier = identifier;
  return user;
}

Result<rpc::CallUser> NameNodeTokens::UserOfToken(const Token& token) {
  ASSIGN_OR_RETURN(std::string password, PasswordOf(token.identifier));
  if (!EqualInConstantTime(password, token.password)) {
    ASSIGN_OR_RETURN(DelegationTokenIdentifier id, DecodeDelegationTokenIdentifier(token.identifier));
    return Status(Code::kInvalidToken, "token (" + DescribeDelegationToken(id) + ") is invalid, password doesn't match");
  }
  return UserOf(token.identifier);
}

void NameNodeTokens::KeyAdded(const DelegationTokens::Key& key) {
  heard_.push_back({SigningKey(key.id), TimedRecord(key.expiry_wall_ms, key.secret)});
}
void NameNodeTokens::KeyRemoved(int32_t id) { heard_.push_back({SigningKey(id), std::nullopt}); }
void NameNodeTokens::TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) {
  heard_.push_back({TokenKey(sequence), TimedRecord(renew_wall_ms, identifier)});
}
void NameNodeTokens::TokenRemoved(int32_t sequence) { heard_.push_back({TokenKey(sequence), std::nullopt}); }

}  // namespace tusk::dfs
