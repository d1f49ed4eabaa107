// The resource manager's delegation tokens (RM_DELEGATION_TOKEN): their identifier's bytes, and the client port's SASL.
#pragma once

#include "base/env/clock.h"
#include "base/rpc/server.h"
#include "base/security/delegation_tokens.h"

namespace tusk::yarn {

// Protobuf, as since Hadoop 2.6 (yarn-wire §5).
std::string EncodeRmDelegation(const DelegationTokenIdentifier& identifier);
Result<DelegationTokenIdentifier> DecodeRmDelegation(std::string_view bytes);
// "ann@EXAMPLE.COM", "ann/host@..." -> "ann"
std::string ShortName(const std::string& principal);

// The user of a connection is the token's owner.
class RmDelegationSecretManager : public rpc::SecretManager {
 public:
  RmDelegationSecretManager(const DelegationTokens& tokens, const Clock& clock) : tokens_(tokens), clock_(clock) {}
  Result<std::string> PasswordOf(std::string_view identifier) override;
  Result<rpc::CallUser> UserOf(std::string_view identifier) override;

 private:
  const DelegationTokens& tokens_;
  const Clock& clock_;
};

}  // namespace tusk::yarn
