// SASL DIGEST-MD5 as Hadoop uses it for tokens (hdfs-wire §1.3): user name and password are the Base64 of a token's
// identifier and password, realm "default", digest-uri "/default", protection "auth" only. By libgsasl.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace tusk {

// One authentication of a client.
class DigestMd5Server {
 public:
  // The password of a token's identifier, or why there is none.
  using PasswordOf = std::function<Result<std::string>(std::string_view identifier)>;

  static Result<std::unique_ptr<DigestMd5Server>> Start(PasswordOf password_of);
  virtual ~DigestMd5Server() = default;
  // What the client answers to.
  virtual const std::string& challenge() const = 0;
  // Once. The proof for the client ("rspauth=..."); kSasl or PasswordOf's error if the client has not the password.
  virtual Result<std::string> Verify(std::string_view response) = 0;
  // After Verify: whose token it was.
  virtual const std::string& identifier() const = 0;
};

class DigestMd5Client {
 public:
  static Result<std::unique_ptr<DigestMd5Client>> Start(std::string_view identifier, std::string_view password);
  virtual ~DigestMd5Client() = default;
  // Once. kSasl for a challenge that wants a protection other than "auth".
  virtual Result<std::string> Respond(std::string_view challenge) = 0;
  // Whether the server has the password too.
  virtual Status CheckProof(std::string_view proof) = 0;
};

}  // namespace tusk
