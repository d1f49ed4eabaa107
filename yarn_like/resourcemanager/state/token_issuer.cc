// Making tokens: an identifier, its HMAC, the kind and where it is for.
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {
namespace {

Token Sign(const MasterKey& key, std::string identifier, std::string_view kind, std::string service) {
  std::string password = TokenPassword(key, identifier);
  return {std::move(identifier), std::move(password), std::string(kind), std::move(service)};
}

std::string ServiceOf(const NodeRecord& node) { return node.ip + ":" + std::to_string(node.id.port); }

}  // namespace

TokenKeys NewTokenKeys(Random& random, const TokenPolicy& policy) {
  TokenKeys keys;
  keys.amrm = {NewMasterKey(random), {}, {}, policy.amrm_roll_interval, {}};
  keys.nm = {NewMasterKey(random), {}, {}, policy.nm_roll_interval, {}};
  keys.container = {NewMasterKey(random), {}, {}, policy.container_roll_interval, {}};
  return keys;
}

TokenIssuer::TokenIssuer(TokenKeys keys, TokenPolicy policy, int64_t rm_identifier, const ResourceTypes& types,
                         TimePoint now)
    : amrm_(RollingKey::Restore(std::move(keys.amrm), policy.amrm_roll_interval, policy.amrm_activation, now)),
      nm_(RollingKey::Restore(std::move(keys.nm), policy.nm_roll_interval, policy.node_activation, now)),
      container_(
          RollingKey::Restore(std::move(keys.container), policy.container_roll_interval, policy.node_activation, now)),
      policy_(policy),
      rm_identifier_(rm_identifier),
      types_(types) {}

TokenKeys TokenIssuer::Export(TimePoint now) const {
  return {amrm_.Export(now), nm_.Export(now), container_.Export(now)};
}

Token TokenIssuer::AmRmToken(const ApplicationAttemptId& attempt) const {
  const AmRmTokenIdentifier identifier{attempt, amrm_.current().id};
  return Sign(amrm_.current(), identifier.Serialize(), kAmRmTokenKind, "");
}

Token TokenIssuer::NmToken(const ApplicationAttemptId& attempt, const NodeRecord& node,
                           const std::string& submitter) const {
  const NmTokenIdentifier identifier{attempt, node.id, submitter, nm_.current().id};
  return Sign(nm_.current(), identifier.Serialize(), kNmTokenKind, ServiceOf(node));
}

Token TokenIssuer::ContainerToken(const LiveContainer& container, const NodeRecord& node, const Submission& submission,
                                  int64_t now_wall_ms) const {
  ContainerTokenIdentifier identifier;
  identifier.container = container.grant.container;
  identifier.node_address = node.id.ToString();
  identifier.submitter = submission.user;
  identifier.resource = container.grant.resource;
  identifier.expiry_wall_ms = now_wall_ms + policy_.container_token_expiry_ms;
  identifier.key_id = container_.current().id;
  identifier.rm_identifier = rm_identifier_;
  identifier.priority = container.grant.priority;
  identifier.creation_wall_ms = container.creation_wall_ms;
  identifier.log_aggregation_context = submission.log_aggregation_context;
  identifier.type = container.grant.is_am ? ContainerType::kApplicationMaster : ContainerType::kTask;
  identifier.execution = container.grant.execution;
  identifier.allocation_request_id = container.grant.allocation_request_id;
  identifier.version = container.version;
  return Sign(container_.current(), identifier.Serialize(types_), kContainerTokenKind, ServiceOf(node));
}

bool TokenIssuer::Tick(TimePoint now, Random& random) {
  const bool amrm = amrm_.Tick(now, random);
  const bool nm = nm_.Tick(now, random);
  const bool container = container_.Tick(now, random);
  return amrm || nm || container;
}

Result<std::string> AmRmSecretManager::PasswordOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(const AmRmTokenIdentifier parsed, AmRmTokenIdentifier::Parse(identifier));
  if (!is_live_(parsed.attempt)) {
    return Status(Code::kInvalidToken, "Password not found for ApplicationAttempt " + parsed.attempt.ToString());
  }
  return issuer_.amrm().PasswordOf(parsed.key_id, identifier);
}

Result<rpc::CallUser> AmRmSecretManager::UserOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(const AmRmTokenIdentifier parsed, AmRmTokenIdentifier::Parse(identifier));
  rpc::CallUser user;
  user.name = parsed.attempt.ToString();
  user.method = rpc::AuthMethod::kToken;
  user.token_kind = kAmRmTokenKind;
  user.token_identifier = identifier;
  return user;
}

}  // namespace tusk::yarn
