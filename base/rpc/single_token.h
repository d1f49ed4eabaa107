// SingleTokenSecrets: the secrets of a server that knows one token: an app master whose job's containers all come with it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/rpc/server.h"
#include "base/security/token.h"

namespace tusk::rpc {

class SingleTokenSecrets : public SecretManager {
 public:
  explicit SingleTokenSecrets(Token token) : token_(std::move(token)) {}
  Result<std::string> PasswordOf(std::string_view identifier) override {
    if (identifier != token_.identifier) return Status(Code::kInvalidToken, "not the token of this job");
    return token_.password;
  }
  // The token's service is the name that its holders have.
  Result<CallUser> UserOf(std::string_view identifier) override {
    CallUser user;
    user.name = token_.service;
    user.method = AuthMethod::kToken;
    user.token_kind = token_.kind;
    user.token_identifier = identifier;
    return user;
  }

 private:
  Token token_;
};

}  // namespace tusk::rpc
