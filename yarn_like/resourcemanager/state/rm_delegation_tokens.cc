// Identifier bytes and the names in them.
#include "yarn_like/resourcemanager/state/rm_delegation_tokens.h"

#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/proto/yarn_security_token.pb.h"

namespace tusk::yarn {

std::string EncodeRmDelegation(const DelegationTokenIdentifier& identifier) {
  hadoop::yarn::YARNDelegationTokenIdentifierProto proto;
  proto.set_owner(identifier.owner);
  proto.set_renewer(identifier.renewer);
  proto.set_realuser(identifier.real_user);
  proto.set_issuedate(identifier.issue_wall_ms);
  proto.set_maxdate(identifier.max_wall_ms);
  proto.set_sequencenumber(identifier.sequence);
  proto.set_masterkeyid(identifier.key_id);
  return proto.SerializeAsString();
}

Result<DelegationTokenIdentifier> DecodeRmDelegation(std::string_view bytes) {
  hadoop::yarn::YARNDelegationTokenIdentifierProto proto;
  if (bytes.size() > kTokenIdentifierBytesMax ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::kInvalidToken, "the identifier of a delegation token does not parse");
  }
  return DelegationTokenIdentifier{proto.owner(),     proto.renewer(),        proto.realuser(),   proto.issuedate(),
                                   proto.maxdate(), proto.sequencenumber(), proto.masterkeyid()};
}

std::string ShortName(const std::string& principal) { return principal.substr(0, principal.find_first_of("/@")); }

Result<std::string> RmDelegationSecretManager::PasswordOf(std::string_view identifier) {
  return tokens_.PasswordOf(identifier, clock_.WallMillis());
}

Result<rpc::CallUser> RmDelegationSecretManager::UserOf(std::string_view identifier) {
  ASSIGN_OR_RETURN(const DelegationTokenIdentifier parsed, DecodeRmDelegation(identifier));
  if (parsed.owner.empty()) return Status(Code::kInvalidToken, "the token has no owner");
  rpc::CallUser user;
  user.name = ShortName(parsed.owner);
  user.real_user = parsed.real_user == parsed.owner ? "" : ShortName(parsed.real_user);
  user.method = rpc::AuthMethod::kToken;
  user.token_kind = kRmDelegationTokenKind;
  user.token_identifier = identifier;
  return user;
}

}  // namespace tusk::yarn
