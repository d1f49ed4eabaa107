// Verification of NM and container tokens.
#include "yarn_like/nodemanager/rpc/token_gate.h"

#include <fmt/format.h>

#include <algorithm>

namespace tusk::yarn {
namespace {

Status Unauthorized(bool start, std::string_view why) {
  return Status(Code::kYarn, fmt::format("Unauthorized request to {} container{}.{}", start ? "start" : "increase",
                                         start ? "" : " resource", why));
}

// A user's name becomes a folder's name, and stands in a script.
bool IsPlainUser(std::string_view user) {
  constexpr std::string_view kForbidden = "/\"$`\\";
  return !user.empty() && user != "." && user != ".." && user.size() <= 255 &&
         std::none_of(user.begin(), user.end(), [&](char c) {
           return static_cast<unsigned char>(c) < 0x20 || kForbidden.find(c) != std::string_view::npos;
         });
}

}  // namespace

void TokenGate::Save(std::string key, std::optional<std::string> value) {
  if (saver_) saver_(std::move(key), std::move(value));
}

void TokenGate::SaveKeys(std::string_view kind, const KeyRing& ring) {
  auto save = [&](std::string_view which, const std::optional<MasterKey>& key) {
    if (key) Save("k/" + std::string(kind) + "/" + std::string(which), KeyRecord{key->id, key->secret}.Encode());
  };
  save("current", ring.current());
  save("previous", ring.previous());
}

void TokenGate::AcceptContainerKey(MasterKey key) {
  if (container_keys_.current() == key) return;
  container_keys_.Accept(std::move(key));
  SaveKeys("container", container_keys_);
}

void TokenGate::AcceptNmKey(MasterKey key) {
  if (nm_keys_.current() == key) return;
  nm_keys_.Accept(std::move(key));
  SaveKeys("nm", nm_keys_);
}

void TokenGate::Recover(const NodeRecords& records) {
  auto restore = [&](KeyRing& ring, const std::string& kind) {
    for (const char* which : {"/previous", "/current"}) {
      auto found = records.keys.find(kind + which);
      if (found != records.keys.end()) ring.Accept({found->second.id, found->second.secret});
    }
  };
  restore(container_keys_, "container");
  restore(nm_keys_, "nm");
  for (const auto& [name, key] : records.keys) {
    Result<ApplicationAttemptId> attempt = ApplicationAttemptId::Parse(name.starts_with("attempt/") ? name.substr(8) : "");
    if (attempt.ok()) attempt_keys_[*attempt] = {key.id, key.secret};
  }
  for (const auto& [name, until] : records.used_until_wall_ms) {
    Result<ContainerId> id = ContainerId::Parse(name);
    if (id.ok()) used_until_wall_ms_[*id] = until;
  }
}

Result<std::string> TokenGate::PasswordOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(NmTokenIdentifier token, NmTokenIdentifier::Parse(identifier));
  if (token.node != node_) {
    return Status(Code::kInvalidToken,
                  fmt::format("Given NMToken for application : {} is not valid for current node manager.expected : {} found : {}",
                              token.attempt.ToString(), node_.ToString(), token.node.ToString()));
  }
  if (nm_keys_.Find(token.key_id) != nullptr) return nm_keys_.PasswordOf(token.key_id, identifier);
  auto kept = attempt_keys_.find(token.attempt);
  if (kept != attempt_keys_.end() && kept->second.id == token.key_id) return TokenPassword(kept->second, identifier);
  return Status(Code::kInvalidToken, fmt::format("Given NMToken for application : {} seems to have been generated illegally.",
                                                 token.attempt.ToString()));
}

Result<rpc::CallUser> TokenGate::UserOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(NmTokenIdentifier token, NmTokenIdentifier::Parse(identifier));
  rpc::CallUser user;
  user.name = token.attempt.ToString();
  user.method = rpc::AuthMethod::kToken;
  user.token_kind = kNmTokenKind;
  user.token_identifier = identifier;
  return user;
}

Result<ContainerTokenIdentifier> TokenGate::CheckGrant(const std::string& attempt_user, std::string_view identifier,
                                                       std::string_view password, int64_t wall_ms) {
  return Check(Purpose::kStart, attempt_user, identifier, password, wall_ms);
}

Result<ContainerTokenIdentifier> TokenGate::CheckUpdate(const std::string& attempt_user, std::string_view identifier,
                                                        std::string_view password, int64_t wall_ms) {
  return Check(Purpose::kUpdate, attempt_user, identifier, password, wall_ms);
}

Result<ContainerTokenIdentifier> TokenGate::Check(Purpose purpose, const std::string& attempt_user, std::string_view identifier,
                                                  std::string_view password, int64_t wall_ms) {
  bool start = purpose == Purpose::kStart;
  Status invalid(Code::kInvalidToken, "Invalid container token used for starting container on : " + node_.ToString());
  Result<ContainerTokenIdentifier> parsed = ContainerTokenIdentifier::Parse(identifier, types_);
  if (!parsed.ok()) return invalid;
  ContainerTokenIdentifier grant = std::move(*parsed);
  if (grant.node_address != node_.ToString()) {
    return Status(Code::kInvalidToken,
                  fmt::format("Given Container {} identifier is not valid for current Node manager. Expected : {} Found : {}",
                              grant.container.ToString(), node_.ToString(), grant.node_address));
  }
  Result<std::string> expected = container_keys_.PasswordOf(grant.key_id, identifier);
  if (!expected.ok()) {
    return Status(Code::kInvalidToken,
                  fmt::format("Given Container {} seems to have an illegally generated token.", grant.container.ToString()));
  }
  if (!SamePassword(*expected, password) || !IsPlainUser(grant.submitter)) return invalid;
  Result<ApplicationAttemptId> attempt = ApplicationAttemptId::Parse(attempt_user);
  // A later attempt of the same application may: it took over the containers of the one before.
  if (!attempt.ok() || attempt->application != grant.container.attempt.application) {
    return Unauthorized(start, fmt::format("\nNMToken for application attempt : {} was used for {}container with container "
                                           "token issued for application attempt : {}",
                                           attempt_user, start ? "starting " : "increasing resource of ",
                                           grant.container.attempt.ToString()));
  }
  if (start && used_until_wall_ms_.contains(grant.container)) {
    return Unauthorized(start, fmt::format("\n Attempt to relaunch the same container with id {}.", grant.container.ToString()));
  }
  if (grant.expiry_wall_ms < wall_ms) {
    return Unauthorized(start,
                        fmt::format("\nThis token is expired. current time is {} found {}\nNote: System times on machines may "
                                    "be out of sync. Check system time and time zones.",
                                    wall_ms, grant.expiry_wall_ms));
  }
  if (grant.rm_identifier != rm_identifier_) {
    return Status(Code::kInvalidContainer,
                  fmt::format("\nContainer {} rejected as it is allocated by a previous RM", grant.container.ToString()));
  }
  return grant;
}

Status TokenGate::CheckStarter(std::string_view nm_token_identifier) const {
  ASSIGN_OR_RETURN(NmTokenIdentifier token, NmTokenIdentifier::Parse(nm_token_identifier));
  if (nm_keys_.Find(token.key_id) != nullptr) return Status::Ok();
  const auto kept = attempt_keys_.find(token.attempt);
  if (kept != attempt_keys_.end() && kept->second.id == token.key_id) return Status::Ok();
  return Status(Code::kInvalidToken, "Older NMToken should not be used while starting the container.");
}

void TokenGate::MarkUsed(const ContainerTokenIdentifier& grant, std::string_view nm_token_identifier, int64_t wall_ms) {
  std::erase_if(used_until_wall_ms_, [&](const auto& entry) {
    if (entry.second < wall_ms) Save("used/" + entry.first.ToString(), std::nullopt);
    return entry.second < wall_ms;
  });
  used_until_wall_ms_[grant.container] = grant.expiry_wall_ms;
  Save("used/" + grant.container.ToString(), std::to_string(grant.expiry_wall_ms));
  Result<NmTokenIdentifier> token = NmTokenIdentifier::Parse(nm_token_identifier);
  if (!token.ok()) return;
  const MasterKey* key = nm_keys_.Find(token->key_id);
  if (key == nullptr) return;
  MasterKey& kept = attempt_keys_[grant.container.attempt];
  if (kept == *key) return;
  kept = *key;
  Save("k/attempt/" + grant.container.attempt.ToString(), KeyRecord{key->id, key->secret}.Encode());
}

void TokenGate::ForgetApplication(const ApplicationId& application) {
  std::erase_if(attempt_keys_, [&](const auto& entry) {
    bool its = entry.first.application == application;
    if (its) Save("k/attempt/" + entry.first.ToString(), std::nullopt);
    return its;
  });
}

}  // namespace tusk::yarn
