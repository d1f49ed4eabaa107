// Verification of NM and container tokens.
#include "yarn_like/nodemanager/rpc/token_gate.h"

#include <fmt/format.h>

#include <algorithm>

namespace tusk::yarn {
namespace {

Status Unauthorized(std::string_view why) {
  return Status(Code::kYarn, fmt::format("Unauthorized request to start container.{}", why));
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
  Status invalid(Code::kInvalidToken, "Invalid container token used for starting container on : " + node_.ToString());
  Result<ContainerTokenIdentifier> parsed = ContainerTokenIdentifier::Parse(identifier, types_);
  if (!parsed.ok()) return invalid;
  ContainerTokenIdentifier grant = std::move(*parsed);
  Result<std::string> expected = container_keys_.PasswordOf(grant.key_id, identifier);
  if (!expected.ok() || !SamePassword(*expected, password)) return invalid;
  if (grant.node_address != node_.ToString() || !IsPlainUser(grant.submitter)) return invalid;
  if (grant.container.attempt.ToString() != attempt_user) {
    return Unauthorized(
        fmt::format("\nNMToken for application attempt : {} was used for starting container with container token issued for "
                    "application attempt : {}",
                    attempt_user, grant.container.attempt.ToString()));
  }
  if (used_until_wall_ms_.contains(grant.container)) {
    return Unauthorized(fmt::format("\n Attempt to relaunch the same container with id {}.", grant.container.ToString()));
  }
  if (grant.expiry_wall_ms < wall_ms) {
    return Unauthorized(
        fmt::format("\nThis token is expired. current time is {} found {}\nNote: System times on machines may be out of sync. "
                    "Check system time and time zones.",
                    wall_ms, grant.expiry_wall_ms));
  }
  if (grant.rm_identifier != rm_identifier_) {
    return Status(Code::kInvalidContainer,
                  fmt::format("Container {} rejected as it is allocated by a previous RM", grant.container.ToString()));
  }
  return grant;
}

void TokenGate::MarkUsed(const ContainerTokenIdentifier& grant, std::string_view nm_token_identifier, int64_t wall_ms) {
  std::erase_if(used_until_wall_ms_, [wall_ms](const auto& entry) { return entry.second < wall_ms; });
  used_until_wall_ms_[grant.container] = grant.expiry_wall_ms;
  Result<NmTokenIdentifier> token = NmTokenIdentifier::Parse(nm_token_identifier);
  if (!token.ok()) return;
  const MasterKey* key = nm_keys_.Find(token->key_id);
  if (key != nullptr) attempt_keys_[grant.container.attempt] = *key;
}

void TokenGate::ForgetApplication(const ApplicationId& application) {
  std::erase_if(attempt_keys_, [&](const auto& entry) { return entry.first.application == application; });
}

}  // namespace tusk::yarn
