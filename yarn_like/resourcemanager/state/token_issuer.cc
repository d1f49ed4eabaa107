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

TokenKeys NewTokenKeys(Random& random) {
  return {NewMasterKey(random), NewMasterKey(random), NewMasterKey(random)};
}

TokenIssuer::TokenIssuer(TokenKeys keys, TokenPolicy policy, int64_t rm_identifier, const ResourceTypes& types,
                         TimePoint now)
    : amrm_(std::move(keys.amrm), policy.roll_interval, policy.amrm_activation, now),
      nm_(std::move(keys.nm), policy.roll_interval, policy.node_activation, now),
      container_(std::move(keys.container), policy.roll_interval, policy.node_activation, now),
      policy_(policy),
      rm_identifier_(rm_identifier),
      types_(types) {}

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
